"""Reliability of a test: Cronbach's alpha, which is KR-20 where every item is right or wrong."""

from collections.abc import Mapping
from math import sqrt

import msgspec

MIN_SITTINGS = 20
_MIN_PAIR = 8  # sittings in which two items met, for their covariance to count


class Reliability(msgspec.Struct, frozen=True, kw_only=True):
    """How well sittings can be told apart by these items; None where there are too few."""

    sittings: int
    items: int
    """Different items over all sittings."""
    length: float
    """Mean number of items a sitting: the length that ``alpha`` is for."""
    alpha: float | None
    standard_error: float | None
    """Of measurement, as a share of the score (0-1)."""
    dichotomous: bool
    """Every score was 0 or 1, so alpha is KR-20."""


def reliability(by_sitting: Mapping[str, Mapping[str, float]]) -> Reliability:
    """Alpha from the average variance and covariance of the items: k c / (v + (k - 1) c).

    On a complete table this is Cronbach's alpha exactly (Psychometrika 16 (1951) 297); where sittings have
    different items, each covariance comes from the sittings in which the two items met.

    Args:
        by_sitting: sitting to item to score, 0-1.
    """
    items = sorted({item for scores in by_sitting.values() for item in scores})
    sittings = len(by_sitting)
    length = sum(len(scores) for scores in by_sitting.values()) / sittings if sittings else 0.0
    dichotomous = all(score in (0.0, 1.0) for scores in by_sitting.values() for score in scores.values())
    alpha = error = None
    if sittings >= MIN_SITTINGS and length >= 2:
        variance, covariance = _averages(by_sitting)
        if variance is not None and covariance is not None and variance > 0:
            total = variance + (length - 1) * covariance
            alpha = length * covariance / total if total > 0 else None
            if alpha is not None:
                # Variance of the mean score of a sitting is total / length.
                error = sqrt(total / length) * sqrt(max(0.0, 1.0 - alpha))
    return Reliability(
        sittings=sittings,
        items=len(items),
        length=length,
        alpha=alpha,
        standard_error=error,
        dichotomous=dichotomous,
    )


def _averages(by_sitting: Mapping[str, Mapping[str, float]]) -> tuple[float | None, float | None]:
    """Mean variance of an item and mean covariance of two, over items and pairs met often enough."""
    scores_of: dict[str, dict[str, float]] = {}
    for sitting, scores in by_sitting.items():
        for item, score in scores.items():
            scores_of.setdefault(item, {})[sitting] = score
    often = [scores for scores in scores_of.values() if len(scores) >= _MIN_PAIR]
    variances = [_covariance(scores, scores) for scores in often]
    covariances = [
        value
        for i, first in enumerate(often)
        for second in often[i + 1 :]
        if (value := _covariance(first, second)) is not None
    ]
    known = [value for value in variances if value is not None]
    return (
        sum(known) / len(known) if known else None,
        sum(covariances) / len(covariances) if covariances else None,
    )


def _covariance(first: Mapping[str, float], second: Mapping[str, float]) -> float | None:
    both = [sitting for sitting in first if sitting in second]
    n = len(both)
    if n < _MIN_PAIR:
        return None
    mean_first = sum(first[sitting] for sitting in both) / n
    mean_second = sum(second[sitting] for sitting in both) / n
    return sum((first[s] - mean_first) * (second[s] - mean_second) for s in both) / (n - 1)
