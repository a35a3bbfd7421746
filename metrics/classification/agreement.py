"""Agreement beyond chance: Cohen's kappa for two raters, Fleiss' for any fixed number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Literal

from metrics.classification.labels import check_labels
from metrics.errors import MetricError, require
from metrics.score import Interval, Score
from metrics.signature import signature
from metrics.statistics import DEFAULT_RESAMPLES, DEFAULT_SEED


def cohen_kappa(
    one: Sequence[str],
    other: Sequence[str],
    *,
    weights: Literal["linear", "quadratic"] | None = None,
    labels: Sequence[str] | None = None,
    resamples: int = DEFAULT_RESAMPLES,
    seed: int = DEFAULT_SEED,
) -> Score:
    """Cohen's kappa (1960) of two raters' labels by scikit-learn, -1 to 1.

    Args:
        one: the first rater's label of each item.
        other: the second rater's.
        weights: for ordered labels: a near miss costs less.
        labels: their order, needed with ``weights``.
        resamples: bootstrap resamples of items; 0 leaves the interval out.
        seed: of the resampling.

    Raises:
        MetricError: ``kappa-undefined`` where both raters used one and the same label throughout:
            chance agreement is 1, and 0/0 is neither good nor bad.
    """
    first, second = check_labels(one, "label"), check_labels(other, "label")
    if len(first) != len(second):
        raise MetricError("lengths-differ", f"{len(first)} labels by one rater, {len(second)} by the other")
    if weights is not None and labels is None:
        raise MetricError("unknown-option", "weighted kappa needs the labels' order", "Pass labels=[...]")
    names = list(labels) if labels is not None else sorted({*first, *second})
    if len({*first, *second}) == 1:
        raise _undefined()
    sk = require("sklearn.metrics", "Cohen's kappa")
    value = float(sk.cohen_kappa_score(first, second, labels=names, weights=weights))
    agreed = sum(a == b for a, b in zip(first, second, strict=True)) / len(first)

    def of(rows: Sequence[int]) -> float | None:
        a, b = [first[i] for i in rows], [second[i] for i in rows]
        return None if len({*a, *b}) == 1 else _cohen(a, b, names, weights)

    return Score(
        name="cohen_kappa",
        value=value,
        scale="ratio",
        n=len(first),
        signature=signature("cohen_kappa", libraries=("scikit-learn",), weights=weights or "none", raters=2),
        interval=_resampled(of, len(first), resamples, seed),
        parts={"observed_agreement": agreed},
        warnings=(f"few items ({len(first)})",) if len(first) < 30 else (),
    )


def fleiss_kappa(
    ratings: Sequence[Sequence[str]], *, resamples: int = DEFAULT_RESAMPLES, seed: int = DEFAULT_SEED
) -> Score:
    """Fleiss' kappa (1971) of items that were each rated by the same number of raters.

    Args:
        ratings: for each item, its labels in any order; raters may differ from item to item.
        resamples: bootstrap resamples of items; 0 leaves the interval out.
        seed: of the resampling.

    Raises:
        MetricError: ``ratings-differ`` for unequal counts, ``kappa-undefined`` where only one label was used.
    """
    counts = [Counter(check_labels(row, "label")) for row in ratings]
    if not counts:
        raise MetricError("empty", "there are no ratings")
    raters = counts[0].total()
    for row, count in enumerate(counts):
        if count.total() != raters:
            raise MetricError(
                "ratings-differ",
                f"item {row + 1} has {count.total()} ratings, the first has {raters}",
                "Fleiss' kappa needs the same number for each item",
                row,
            )
    if raters < 2:
        raise MetricError("ratings-differ", "one rating an item has nothing to agree with")
    if len(set().union(*counts)) == 1:
        raise _undefined()
    value, observed, expected = _fleiss(counts, raters)

    def of(rows: Sequence[int]) -> float | None:
        drawn = [counts[i] for i in rows]
        return None if len(set().union(*drawn)) == 1 else _fleiss(drawn, raters)[0]

    return Score(
        name="fleiss_kappa",
        value=value,
        scale="ratio",
        n=len(counts),
        signature=signature("fleiss_kappa", raters=raters),
        interval=_resampled(of, len(counts), resamples, seed),
        parts={"observed_agreement": observed, "expected_agreement": expected},
        warnings=(f"few items ({len(counts)})",) if len(counts) < 30 else (),
    )


def _fleiss(counts: Sequence[Counter[str]], raters: int) -> tuple[float, float, float]:
    pairs = raters * (raters - 1)
    observed = sum(sum(c * (c - 1) for c in count.values()) / pairs for count in counts) / len(counts)
    totals: Counter[str] = Counter()
    for count in counts:
        totals.update(count)
    expected = sum((total / (len(counts) * raters)) ** 2 for total in totals.values())
    return (observed - expected) / (1 - expected), observed, expected


def _cohen(first: Sequence[str], second: Sequence[str], names: Sequence[str], weights: str | None) -> float:
    """Kappa without scikit-learn's checks: a thousand resamples of it would take seconds."""
    place = {name: i for i, name in enumerate(names)}
    power = {None: 0, "linear": 1, "quadratic": 2}[weights]

    def cost(a: str, b: str) -> float:
        return float(abs(place[a] - place[b]) ** power if a != b else 0)

    n = len(first)
    observed = (
        sum(count * cost(a, b) for (a, b), count in Counter(zip(first, second, strict=True)).items()) / n
    )
    of_a, of_b = Counter(first), Counter(second)
    expected = sum(x * y * cost(a, b) for a, x in of_a.items() for b, y in of_b.items()) / (n * n)
    return 1 - observed / expected


def _resampled(
    of: Callable[[Sequence[int]], float | None], n: int, resamples: int, seed: int
) -> Interval | None:
    """Percentile interval over resampled items; resamples where kappa is undefined are left out."""
    if resamples <= 0 or n < 2:
        return None
    import numpy as np

    from metrics.resampling import percentile_interval

    rng = np.random.default_rng(seed)
    drawn = [of(rows) for rows in rng.integers(0, n, size=(resamples, n)).tolist()]
    values = [value for value in drawn if value is not None]
    return percentile_interval(np.asarray(values)) if len(values) > resamples // 2 else None


def _undefined() -> MetricError:
    return MetricError(
        "kappa-undefined",
        "every rating is the same label, so chance agreement is 1 and kappa is 0/0",
        "Report the plain agreement, and rate items that differ",
    )
