"""Resample rows by resampling their sums: one matrix product in place of a thousand scorings.

Above ``NORMAL_FROM`` rows the sums are drawn from the normal distribution they converge to (mean S,
covariance n Sigma): the resampled sum of n rows is a sum of n independent draws, so at 10,000 rows the
central limit theorem leaves nothing to see, and 100,000 rows take milliseconds instead of seconds.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from metrics.score import Interval

if TYPE_CHECKING:
    import numpy as np

    from metrics.statistics import RowStatistics

    Array = np.ndarray[Any, Any]

NORMAL_FROM = 10_000
_CACHED_UP_TO = 2_000
_CHUNK = 2_000_000


def resampled_sums(rows: Array, resamples: int, seed: int) -> Array:
    """Column sums of ``resamples`` draws of n rows with replacement: ``(n, k) -> (resamples, k)``."""
    import numpy as np

    n = len(rows)
    if n > NORMAL_FROM:
        rng = np.random.default_rng(seed)
        centred = rows - rows.mean(axis=0)
        # Eigenvectors instead of Cholesky: columns that never vary make the covariance singular.
        values, vectors = np.linalg.eigh(centred.T @ centred)
        root = vectors * np.sqrt(np.clip(values, 0.0, None))
        sums: Array = rows.sum(axis=0) + rng.standard_normal((resamples, rows.shape[1])) @ root.T
        # Counts cannot be negative; the normal does not know that. Cosines can be, and are left alone.
        bounded: Array = np.where((rows >= 0).all(axis=0), np.clip(sums, 0.0, None), sums)
        return bounded
    if n <= _CACHED_UP_TO:
        weighted: Array = _weights(n, resamples, seed) @ rows
        return weighted
    rng = np.random.default_rng(seed)
    step = max(1, _CHUNK // n)
    pieces = [_draw(rng, n, min(step, resamples - start)) @ rows for start in range(0, resamples, step)]
    joined: Array = np.concatenate(pieces)
    return joined


def _draw(rng: Any, n: int, resamples: int) -> Array:
    """How often each row was drawn, shape (resamples, n)."""
    import numpy as np

    picks = rng.integers(0, n, size=(resamples, n))
    picks += np.arange(resamples)[:, None] * n
    counts: Array = np.bincount(picks.ravel(), minlength=resamples * n).reshape(resamples, n)
    return counts.astype(np.float64)


@lru_cache(maxsize=2)
def _weights(n: int, resamples: int, seed: int) -> Array:
    """Kept because every metric of one table is resampled over the same rows with the same seed."""
    import numpy as np

    return _draw(np.random.default_rng(seed), n, resamples)


def percentile_interval(values: Array, level: float = 0.95, method: str = "bootstrap") -> Interval:
    """The central ``level`` of resampled values."""
    import numpy as np

    ends: Array = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(ends[0]), float(ends[1]), level, method)


def bootstrap_interval(
    statistics: RowStatistics, *, resamples: int, seed: int, level: float = 0.95
) -> Interval:
    """Percentile bootstrap interval of a metric over its rows."""
    import numpy as np

    rows = np.asarray(statistics.rows, dtype=np.float64)
    values = statistics.values_of(resampled_sums(rows, resamples, seed))
    return percentile_interval(values, level, "bootstrap" if len(rows) <= NORMAL_FROM else "bootstrap-normal")
