"""Intervals that need no resampling: Wilson's for a proportion."""

import math
from statistics import NormalDist

from metrics.errors import MetricError
from metrics.score import Interval


def wilson(successes: int, n: int, level: float = 0.95) -> Interval:
    """Wilson's score interval (1927) of ``successes`` in ``n``: stays inside 0-1, honest at 0 and n.

    Raises:
        MetricError: ``empty`` for n = 0, ``unknown-option`` for counts that cannot be.
    """
    if n <= 0:
        raise MetricError("empty", "a proportion of nothing has no interval")
    if not 0 <= successes <= n:
        raise MetricError("unknown-option", f"{successes} of {n} is not a proportion")
    z = NormalDist().inv_cdf((1 + level) / 2)
    p = successes / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == n else min(1.0, centre + half)
    return Interval(low, high, level, "wilson")
