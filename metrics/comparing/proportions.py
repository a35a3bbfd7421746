"""Right or wrong on the same items: McNemar's exact test; and how many items a difference needs."""

import math
from collections.abc import Sequence
from statistics import NormalDist

import msgspec

from metrics.errors import MetricError
from metrics.score import Interval


class McNemar(msgspec.Struct, frozen=True):
    """Paired right/wrong outcomes: only items on which the systems disagree carry evidence.

    ``difference`` is accuracy B - A with the adjusted Wald interval of Bonett and Price (2012).
    """

    n: int
    both_right: int
    only_a: int
    only_b: int
    both_wrong: int
    accuracy_a: float
    accuracy_b: float
    difference: float
    interval: Interval
    p_value: float


def mcnemar(a_right: Sequence[bool], b_right: Sequence[bool], *, level: float = 0.95) -> McNemar:
    """McNemar's exact (binomial, two-sided) test of two systems' right and wrong answers.

    Raises:
        MetricError: ``lengths-differ``, ``empty`` or ``not-a-number`` for an outcome that is neither.
    """
    if len(a_right) != len(b_right):
        raise MetricError("lengths-differ", f"{len(a_right)} outcomes of A but {len(b_right)} of B")
    if not len(a_right):
        raise MetricError("empty", "there are no outcomes to compare")
    for row, value in enumerate([*a_right, *b_right]):
        if value not in (0, 1):
            raise MetricError(
                "not-a-number", f"outcome {row % len(a_right) + 1} is {value!r}", "Pass True or False"
            )
    pairs = [(bool(x), bool(y)) for x, y in zip(a_right, b_right, strict=True)]
    n = len(pairs)
    only_a, only_b = pairs.count((True, False)), pairs.count((False, True))
    both = pairs.count((True, True))
    shrunk_a, shrunk_b = (only_a + 1) / (n + 2), (only_b + 1) / (n + 2)
    centre = shrunk_b - shrunk_a
    z = NormalDist().inv_cdf((1 + level) / 2)
    half = z * math.sqrt(max((shrunk_a + shrunk_b - centre**2) / (n + 2), 0.0))
    return McNemar(
        n=n,
        both_right=both,
        only_a=only_a,
        only_b=only_b,
        both_wrong=n - both - only_a - only_b,
        accuracy_a=(both + only_a) / n,
        accuracy_b=(both + only_b) / n,
        difference=(only_b - only_a) / n,
        interval=Interval(max(-1.0, centre - half), min(1.0, centre + half), level, "bonett-price"),
        p_value=sign_test(only_a, only_b),
    )


def sign_test(one: int, other: int) -> float:
    """Two-sided exact binomial p-value of ``one`` against ``other`` at even odds; 1 where both are 0."""
    n = one + other
    if n == 0:
        return 1.0
    smaller = min(one, other)
    # In logarithms: binomial coefficients of thousands of items overflow a float.
    logs = [math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) for k in range(smaller + 1)]
    tail = math.fsum(math.exp(value - n * math.log(2)) for value in logs)
    return min(1.0, 2 * tail)


def sample_size(p1: float, p2: float, *, alpha: float = 0.05, power: float = 0.8) -> int:
    """Items *per arm* to tell proportion ``p1`` from ``p2`` in two independent groups, two-sided.

    n = (z_{1-alpha/2} sqrt(2 q(1-q)) + z_power sqrt(p1(1-p1) + p2(1-p2)))^2 / (p1-p2)^2 with q the mean
    (Fleiss, Levin and Paik, 2003, without continuity correction). 0.70 against 0.75 needs 1,251.

    Raises:
        MetricError: ``unknown-option`` for proportions outside 0..1, equal ones, or an impossible alpha or power.
    """
    _check_design(alpha, power)
    if not (0 <= p1 <= 1 and 0 <= p2 <= 1) or p1 == p2:
        raise MetricError(
            "unknown-option", f"p1={p1}, p2={p2}", "Give two different proportions between 0 and 1"
        )
    z_alpha, z_power = NormalDist().inv_cdf(1 - alpha / 2), NormalDist().inv_cdf(power)
    mean = (p1 + p2) / 2
    above = z_alpha * math.sqrt(2 * mean * (1 - mean)) + z_power * math.sqrt(p1 * (1 - p1) + p2 * (1 - p2))
    return math.ceil(above**2 / (p1 - p2) ** 2)


def paired_sample_size(only_a: float, only_b: float, *, alpha: float = 0.05, power: float = 0.8) -> int:
    """Items that *both* systems answer, to see a difference with McNemar's test (Connor, 1987).

    Args:
        only_a: expected fraction that only A gets right.
        only_b: expected fraction that only B gets right.
        alpha: two-sided error rate.
        power: chance of seeing the difference.

    Raises:
        MetricError: ``unknown-option``.
    """
    _check_design(alpha, power)
    discordant, difference = only_a + only_b, abs(only_b - only_a)
    if min(only_a, only_b) < 0 or discordant > 1 or difference == 0:
        raise MetricError(
            "unknown-option", f"only_a={only_a}, only_b={only_b}", "Give two different fractions"
        )
    z_alpha, z_power = NormalDist().inv_cdf(1 - alpha / 2), NormalDist().inv_cdf(power)
    above = z_alpha * math.sqrt(discordant) + z_power * math.sqrt(discordant - difference**2)
    return math.ceil(above**2 / difference**2)


def half_width(p: float, n: int, *, level: float = 0.95) -> float:
    """Half of the normal interval of a proportion: 0.9 of 100 is known to about +-0.059."""
    if n < 1 or not 0 <= p <= 1:
        raise MetricError("unknown-option", f"p={p}, n={n}")
    return NormalDist().inv_cdf((1 + level) / 2) * math.sqrt(p * (1 - p) / n)


def _check_design(alpha: float, power: float) -> None:
    if not 0 < alpha < 1 or not 0 < power < 1:
        raise MetricError("unknown-option", f"alpha={alpha}, power={power}", "Both lie between 0 and 1")
