"""Per-row sufficient statistics: what makes a corpus metric resampleable without scoring texts again.

Every metric here is a function of column sums over rows: BLEU of matched and total n-grams, ROUGE of
F-measures and a count, perplexity of NLL and tokens. Resampling rows is then resampling sums, a matrix
product, and any two systems scored on the same rows can be compared by one routine.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metrics.score import Scale, Score

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

DEFAULT_RESAMPLES = 1000
DEFAULT_SEED = 12345
"""sacreBLEU's own default, so that a reader who knows it recognises it."""


@dataclass(frozen=True)
class RowStatistics:
    """One system's rows under one metric.

    Args:
        name: the metric's standard name.
        scale: the scale of the value.
        signature: how the statistics were made.
        rows: n rows of k numbers.
        value_of: the exact value from the k column sums; the number that is reported.
        values_of: the same for an array of sums ``(m, k) -> (m,)``, vectorised, for resampling.
        higher_is_better: direction; False for TER and perplexity.
        parts: what the value is made of.
        warnings: why a reader should hesitate.
    """

    name: str
    scale: Scale
    signature: str
    rows: Sequence[Sequence[float]]
    value_of: Callable[[Sequence[float]], float]
    values_of: Callable[[Array], Array]
    higher_is_better: bool = True
    parts: dict[str, float] | None = None
    warnings: tuple[str, ...] = ()

    def sums(self) -> list[float]:
        """The k column sums; exact for integers, correctly rounded for floats."""
        return [
            sum(column) if all(type(item) is int for item in column) else math.fsum(column)
            for column in zip(*self.rows, strict=True)
        ]

    def value(self) -> float:
        """The metric's value over all rows."""
        return self.value_of(self.sums())

    def row_values(self) -> Array:
        """The metric of each row alone, shape (n,): for finding the worst rows, not for averaging."""
        import numpy as np

        return self.values_of(np.asarray(self.rows, dtype=np.float64))

    def score(self, *, resamples: int = DEFAULT_RESAMPLES, seed: int = DEFAULT_SEED) -> Score:
        """The value with a percentile bootstrap interval over rows; ``resamples=0`` leaves it out."""
        interval = None
        signature = self.signature
        if resamples > 0 and len(self.rows) > 1:
            from metrics.resampling import bootstrap_interval

            interval = bootstrap_interval(self, resamples=resamples, seed=seed)
            head, _, tail = signature.rpartition("|finetutor:")
            signature = f"{head}|bs:{resamples}|seed:{seed}|finetutor:{tail}"
        return Score(
            name=self.name,
            value=self.value(),
            scale=self.scale,
            n=len(self.rows),
            signature=signature,
            interval=interval,
            parts=dict(self.parts or {}),
            warnings=self.warnings,
        )


def mean_statistics(
    name: str,
    values: Sequence[float],
    signature: str,
    *,
    scale: Scale = "0-1",
    higher_is_better: bool = True,
    parts: dict[str, float] | None = None,
    warnings: tuple[str, ...] = (),
) -> RowStatistics:
    """Statistics of a metric that is the plain mean of its rows: (value, 1) a row, ratio of sums."""
    return ratio_statistics(
        name,
        values,
        [1] * len(values),
        signature,
        scale=scale,
        higher_is_better=higher_is_better,
        parts=parts,
        warnings=warnings,
    )


def ratio_statistics(
    name: str,
    above: Sequence[float],
    below: Sequence[float],
    signature: str,
    *,
    scale: Scale,
    higher_is_better: bool = True,
    parts: dict[str, float] | None = None,
    warnings: tuple[str, ...] = (),
) -> RowStatistics:
    """Statistics of a ratio of sums; 0 where the denominator sums to 0, which callers exclude or document."""

    def value_of(sums: Sequence[float]) -> float:
        return sums[0] / sums[1] if sums[1] else 0.0

    def values_of(sums: Array) -> Array:
        import numpy as np

        ratios: Array = np.divide(sums[:, 0], sums[:, 1], out=np.zeros(len(sums)), where=sums[:, 1] != 0)
        return ratios

    return RowStatistics(
        name,
        scale,
        signature,
        list(zip(above, below, strict=True)),
        value_of,
        values_of,
        higher_is_better,
        parts,
        warnings,
    )
