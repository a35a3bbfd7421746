"""Working days and rounds of runs, by playing the plan through."""

import heapq
from fractions import Fraction
from types import SimpleNamespace as V


def days(v: V) -> float:
    """Write, then read, in slices of a thousandth of a day; count the days begun."""
    slices, done = 0, Fraction(0)
    while done < v.rows:
        done += Fraction(v.people * v.rate, 1000)
        slices += 1
    # Writing rarely ends on a slice: the rest of that slice is spent reading.
    read = (done - v.rows) * Fraction(v.review, v.rate)
    while read < v.rows:
        read += Fraction(v.people * v.review, 1000)
        slices += 1
    return -(-slices // 1000)


def last_run_ends(v: V) -> float:
    """Give each run to the GPU that is free first."""
    free = [0] * v.gpus
    for _ in range(v.rates * v.ranks * v.seeds):
        heapq.heappush(free, heapq.heappop(free) + v.hours)
    return max(free)


TRUTHS = {"plan.labelling-days": days, "plan.sweep-runs": last_run_ends}
