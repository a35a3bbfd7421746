"""Intervals for proportions, with the standard library alone: this runs in the process that draws."""

from math import exp, lgamma, log, sqrt
from statistics import NormalDist

import msgspec


class Estimate(msgspec.Struct, frozen=True):
    """A value between 0 and 1 with its interval."""

    value: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """For "82 ± 6"."""
        return (self.high - self.low) / 2


def wilson(successes: float, n: float, level: float = 0.95) -> Estimate:
    """Wilson's score interval of a proportion; 0.5 with the whole range for n = 0.

    Wilson, J. Am. Stat. Assoc. 22 (1927) 209; near nominal coverage from n = 5 on, never outside 0-1.
    """
    if n <= 0:
        return Estimate(0.5, 0.0, 1.0)
    z = NormalDist().inv_cdf((1 + level) / 2)
    p = successes / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    spread = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return Estimate(p, max(0.0, min(p, centre - spread)), min(1.0, max(p, centre + spread)))


def beta_cdf(x: float, a: float, b: float) -> float:
    """Regularised incomplete beta function I_x(a, b), by Lentz's continued fraction (Numerical Recipes 6.4)."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(1 - x))
    if x > (a + 1) / (a + b + 2):
        return 1.0 - front * _beta_fraction(1 - x, b, a) / b
    return front * _beta_fraction(x, a, b) / a


def beta_quantile(probability: float, a: float, b: float) -> float:
    """The x with I_x(a, b) = probability, by bisection to 1e-10."""
    low, high = 0.0, 1.0
    while high - low > 1e-10:
        middle = (low + high) / 2
        if beta_cdf(middle, a, b) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def beta_interval(mean: float, weight: float, level: float = 0.95) -> Estimate:
    """Central interval of a beta distribution with this mean and ``weight`` = a + b observations."""
    mean = min(max(mean, 1e-6), 1 - 1e-6)
    a, b = mean * weight, (1 - mean) * weight
    tail = (1 - level) / 2
    return Estimate(mean, beta_quantile(tail, a, b), beta_quantile(1 - tail, a, b))


def _beta_fraction(x: float, a: float, b: float) -> float:
    tiny = 1e-300
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1)
    d = 1.0 / (d if abs(d) > tiny else tiny)
    result = d
    for m in range(1, 400):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 + numerator * d
            d = 1.0 / (d if abs(d) > tiny else tiny)
            c = 1.0 + numerator / c
            c = c if abs(c) > tiny else tiny
            result *= c * d
        if abs(c * d - 1.0) < 1e-14:
            break
    return result
