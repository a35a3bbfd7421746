"""Intervals for proportions, with the standard library alone: this runs in the process that draws."""

from math import sqrt
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
