"""Two systems on the same rows: paired bootstrap (Koehn, 2004) and approximate randomisation (Riezler and
Maxwell, 2005), for any metric that is a function of per-row sums.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from metrics.errors import MetricError
from metrics.score import Interval
from metrics.statistics import DEFAULT_SEED, RowStatistics, mean_statistics
from metrics.texts import References, check_pairs

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

Test = Literal["bootstrap", "randomisation"]
RowMetric = Callable[[str, str], float]
"""A metric of one hypothesis and one reference, higher is better; the corpus value is the mean."""


class Comparison(msgspec.Struct, frozen=True):
    """System B against system A: effect first, then how sure.

    ``difference`` is B - A on the metric's scale, ``interval`` its 95 % bootstrap interval, ``p_value`` the
    chance of a difference at least this large if the two were exchangeable. ``verdict`` is ``b_better``,
    ``a_better``, or ``unclear`` where p >= 0.05 or the interval holds 0.
    """

    metric: str
    a: float
    b: float
    difference: float
    interval: Interval
    p_value: float
    test: Test
    n: int
    resamples: int
    seed: int
    signature: str
    verdict: Literal["a_better", "b_better", "unclear"]
    warnings: tuple[str, ...] = ()


def compare_systems(
    metric: str | RowMetric,
    a: Sequence[str],
    b: Sequence[str],
    references: References,
    *,
    test: Test = "randomisation",
    resamples: int = 10_000,
    seed: int = DEFAULT_SEED,
) -> Comparison:
    """Compare two systems' outputs for the same rows under one metric.

    Args:
        metric: a name from :data:`metrics.generation.table.STATISTICS`, or a function of one hypothesis and
            one reference whose mean is the value.
        a: the baseline's outputs.
        b: the other system's.
        references: shared references.
        test: how the p-value is made (the interval is always bootstrapped). Randomisation keeps its word
            at any size; the bootstrap's p-value is too small below some 30 rows.
        resamples: resamples, or shuffles.
        seed: of both.

    Raises:
        MetricError: ``unknown-metric``, ``too-few`` below 2 rows, or see :func:`metrics.texts.check_pairs`.
    """
    if callable(metric):
        return compare_statistics(
            _by_row(metric, a, references),
            _by_row(metric, b, references),
            test=test,
            resamples=resamples,
            seed=seed,
        )
    from metrics.generation.table import statistics_of

    of_a, of_b = statistics_of(metric, a, references), statistics_of(metric, b, references)
    if of_a.signature != of_b.signature and metric.startswith("rouge"):
        # Only one of them wrote letters outside the Latin script; both are then read by the wider rule.
        from metrics.generation.rouge import rouge_statistics

        of_a, of_b = (
            rouge_statistics(outputs, references, types=(metric,), words="mixed")[metric]
            for outputs in (a, b)
        )
    return compare_statistics(of_a, of_b, test=test, resamples=resamples, seed=seed)


def compare_statistics(
    a: RowStatistics,
    b: RowStatistics,
    *,
    test: Test = "randomisation",
    resamples: int = 10_000,
    seed: int = DEFAULT_SEED,
) -> Comparison:
    """Compare two systems by their per-row statistics, perplexity and classification included.

    Raises:
        MetricError: ``lengths-differ``, ``signatures-differ``, ``too-few``, ``unknown-option``.
    """
    import numpy as np

    from metrics.resampling import percentile_interval, resampled_sums

    if len(a.rows) != len(b.rows):
        raise MetricError("lengths-differ", f"system A has {len(a.rows)} rows, B has {len(b.rows)}")
    if len(a.rows) < 2:
        raise MetricError("too-few", "one row cannot tell two systems apart", "Score at least 30 rows")
    if resamples < 1 or test not in {"bootstrap", "randomisation"}:
        raise MetricError("unknown-option", f"test={test!r}, resamples={resamples}")
    if a.signature != b.signature:
        raise MetricError(
            "signatures-differ",
            f"A was scored as {a.signature}, B as {b.signature}",
            "Score both with the same choices; name the tokenizer instead of auto",
        )
    rows_a, rows_b = np.asarray(a.rows, dtype=np.float64), np.asarray(b.rows, dtype=np.float64)
    width = rows_a.shape[1]
    drawn = resampled_sums(np.hstack([rows_a, rows_b]), resamples, seed)
    differences: Array = a.values_of(drawn[:, width:]) - a.values_of(drawn[:, :width])
    value_a, value_b = a.value(), b.value()
    difference = value_b - value_a
    if test == "bootstrap":
        # Under the null the resampled differences centre on zero instead of on what was observed.
        shifted = np.abs(differences - differences.mean())
    else:
        shifted = np.abs(_shuffled_differences(a, rows_a, rows_b, resamples, seed))
    # A shuffle that reproduces the observed split must count, rounding or not; +1 keeps p honest (never 0).
    tolerance = 1e-12 * max(1.0, abs(value_a), abs(value_b))
    extreme = int(np.count_nonzero(shifted >= abs(difference) - tolerance))
    p_value = 1.0 if difference == 0 else (extreme + 1) / (resamples + 1)
    interval = percentile_interval(differences, method="paired-bootstrap")
    clear = p_value < 0.05 and not interval.low <= 0 <= interval.high
    better = difference > 0 if a.higher_is_better else difference < 0
    warnings = [f"few rows ({len(a.rows)}): only large differences can show"] if len(a.rows) < 100 else []
    warnings += [text for text in dict.fromkeys((*a.warnings, *b.warnings)) if "few rows" not in text]
    return Comparison(
        metric=a.name,
        a=value_a,
        b=value_b,
        difference=difference,
        interval=interval,
        p_value=p_value,
        test=test,
        n=len(a.rows),
        resamples=resamples,
        seed=seed,
        signature=a.signature,
        verdict="unclear" if not clear else "b_better" if better else "a_better",
        warnings=tuple(warnings),
    )


def _shuffled_differences(
    statistics: RowStatistics, rows_a: Array, rows_b: Array, shuffles: int, seed: int
) -> Array:
    """B - A after swapping the two outputs of each row with probability one half, shape (shuffles,)."""
    import numpy as np

    rng = np.random.default_rng(seed)
    swap = rows_a - rows_b
    sums_a, sums_b = rows_a.sum(axis=0), rows_b.sum(axis=0)
    step = max(1, 4_000_000 // len(swap))
    found = []
    for start in range(0, shuffles, step):
        mask = rng.integers(0, 2, size=(min(step, shuffles - start), len(swap)), dtype=np.int8).astype(
            np.float64
        )
        moved = mask @ swap
        found.append(statistics.values_of(sums_b + moved) - statistics.values_of(sums_a - moved))
    joined: Array = np.concatenate(found)
    return joined


def _by_row(metric: RowMetric, hypotheses: Sequence[str], references: References) -> RowStatistics:
    hyps, refs = check_pairs(hypotheses, references)
    name = getattr(metric, "__name__", "custom")
    values = []
    for row, (hyp, several) in enumerate(zip(hyps, refs, strict=True)):
        value = float(max(metric(hyp, ref) for ref in several))
        if value != value or value in (float("inf"), float("-inf")):
            raise MetricError(
                "not-a-number", f"{name} gave {value} for row {row + 1}", "Return finite numbers", row
            )
        values.append(value)
    return mean_statistics(name, values, f"{name}|average:mean-of-rows|kind:custom", scale="ratio")
