"""Statistics of one item: difficulty, discrimination, options, variants, time."""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import atanh, sqrt, tanh
from statistics import median

import msgspec

from quiz_bank.intervals import Estimate, wilson

MIN_ANSWERS = 10
"""Below this nothing is said about an item's difficulty, options or time."""
MIN_SITTINGS = 20
"""Below this nothing is said about its discrimination."""
MIN_VARIANT_ANSWERS = 8
_MIN_REST = 3  # other items a sitting must have for its rest score to mean anything


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """One answer, within the sitting it was given in."""

    sitting: str
    item: str
    topic: str
    digest: str
    correct: bool
    score: float
    seconds: float | None = None
    chosen: tuple[str, ...] = ()


class OptionUse(msgspec.Struct, frozen=True):
    """How often an option was chosen."""

    key: str
    correct: bool
    n: int
    share: float


class VariantStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """One variant among its siblings."""

    digest: str
    n: int
    difficulty: Estimate | None
    difference: Estimate | None
    """Share of right answers less that of all siblings together; None below the minimum on either side."""


class ItemStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """What the answers say about one item; None where there are too few."""

    item: str
    topic: str
    n: int
    sittings: int
    difficulty: Estimate | None
    """Mean score, 0-1: the higher, the easier (the p-value of classical test theory)."""
    scale: float | None
    """The same on the authors' scale: 1 easy, 5 hard."""
    discrimination: Estimate | None
    """Correlation with the score on the other items of the sitting (corrected item-total)."""
    options: tuple[OptionUse, ...]
    single_answer: bool
    variants: tuple[VariantStatistics, ...]
    seconds: float | None
    """Median."""


def item_statistics(
    item: str,
    responses: Sequence[Response],
    by_sitting: Mapping[str, Mapping[str, float]],
    options: Mapping[str, bool],
) -> ItemStatistics:
    """Statistics of one item.

    Args:
        responses: its answers.
        by_sitting: score of every item, by sitting.
        options: key to whether it is right; empty for kinds without options.
    """
    n = len(responses)
    enough = n >= MIN_ANSWERS
    points = sum(response.score for response in responses)
    times = [response.seconds for response in responses if response.seconds is not None]
    pairs = _rest_scores(item, by_sitting)
    return ItemStatistics(
        item=item,
        topic=responses[0].topic,
        n=n,
        sittings=len(pairs),
        difficulty=wilson(points, n) if enough else None,
        scale=5.0 - 4.0 * points / n if enough else None,
        discrimination=correlation(pairs) if len(pairs) >= MIN_SITTINGS else None,
        options=_options(responses, options) if enough else (),
        single_answer=sum(options.values()) == 1,
        variants=_variants(responses),
        seconds=median(times) if len(times) >= MIN_ANSWERS else None,
    )


def correlation(pairs: Sequence[tuple[float, float]]) -> Estimate | None:
    """Pearson's r with its 95 % interval by Fisher's z; None where one side does not vary."""
    n = len(pairs)
    mean_x = sum(x for x, _ in pairs) / n
    mean_y = sum(y for _, y in pairs) / n
    sxx = sum((x - mean_x) ** 2 for x, _ in pairs)
    syy = sum((y - mean_y) ** 2 for _, y in pairs)
    if sxx < 1e-12 or syy < 1e-12:
        return None
    r = sum((x - mean_x) * (y - mean_y) for x, y in pairs) / sqrt(sxx * syy)
    r = max(-1.0, min(1.0, r))
    z, half = atanh(max(-0.999999, min(0.999999, r))), 1.96 / sqrt(max(1, n - 3))
    return Estimate(r, tanh(z - half), tanh(z + half))


def _rest_scores(item: str, by_sitting: Mapping[str, Mapping[str, float]]) -> list[tuple[float, float]]:
    """The item's score and the mean score of the other items, for each sitting that has both."""
    pairs = []
    for scores in by_sitting.values():
        if item in scores and len(scores) > _MIN_REST:
            rest = (sum(scores.values()) - scores[item]) / (len(scores) - 1)
            pairs.append((scores[item], rest))
    return pairs


def _options(responses: Sequence[Response], options: Mapping[str, bool]) -> tuple[OptionUse, ...]:
    chosen = Counter(key for response in responses for key in response.chosen)
    return tuple(
        OptionUse(key, correct, chosen[key], chosen[key] / len(responses)) for key, correct in options.items()
    )


def _variants(responses: Sequence[Response]) -> tuple[VariantStatistics, ...]:
    by_digest: dict[str, list[float]] = {}
    for response in responses:
        by_digest.setdefault(response.digest, []).append(response.score)
    if len(by_digest) < 2:
        return ()
    total, n = sum(response.score for response in responses), len(responses)
    found = []
    for digest, scores in by_digest.items():
        mine, others = len(scores), n - len(scores)
        enough = mine >= MIN_VARIANT_ANSWERS
        found.append(
            VariantStatistics(
                digest=digest,
                n=mine,
                difficulty=wilson(sum(scores), mine) if enough else None,
                difference=_difference(sum(scores), mine, total - sum(scores), others)
                if enough and others >= MIN_VARIANT_ANSWERS
                else None,
            )
        )
    return tuple(found)


def _difference(right_a: float, n_a: int, right_b: float, n_b: int) -> Estimate:
    """Difference of two proportions with Newcombe's 95 % interval (Stat. Med. 17 (1998) 873, method 10)."""
    a, b = wilson(right_a, n_a), wilson(right_b, n_b)
    value = a.value - b.value
    low = value - sqrt((a.value - a.low) ** 2 + (b.high - b.value) ** 2)
    high = value + sqrt((a.high - a.value) ** 2 + (b.value - b.low) ** 2)
    return Estimate(value, low, high)
