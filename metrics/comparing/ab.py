"""Design an A/B test before it starts: how many users, how long, who gets which version, when to stop."""

import hashlib
import math
from typing import Literal

import msgspec

from metrics.comparing.proportions import sample_size
from metrics.errors import MetricError


class ABDesign(msgspec.Struct, frozen=True):
    """What is fixed in advance. Looking earlier and stopping at p < 0.05 finds differences that are not there."""

    baseline: float
    smallest_effect: float
    per_arm: int
    total: int
    days: int
    share_b: float
    alpha: float
    power: float
    salt: str
    rules: tuple[str, ...]


def ab_design(
    baseline: float,
    smallest_effect: float,
    *,
    users_per_day: float,
    salt: str,
    share_b: float = 0.5,
    alpha: float = 0.05,
    power: float = 0.8,
) -> ABDesign:
    """Plan a test on a success rate.

    Args:
        baseline: the rate of version A, 0-1.
        smallest_effect: the smallest change of the rate worth knowing about, e.g. 0.02.
        users_per_day: new users that enter the test each day.
        salt: name of the test; decides the assignment, so use a new one for each test.
        share_b: fraction of users that get version B.
        alpha: two-sided error rate.
        power: chance of seeing the smallest effect.

    Raises:
        MetricError: ``unknown-option``.
    """
    if not users_per_day > 0 or not 0 < share_b < 1 or not salt:
        raise MetricError(
            "unknown-option", f"users_per_day={users_per_day}, share_b={share_b}, salt={salt!r}"
        )
    per_arm = sample_size(baseline, baseline + smallest_effect, alpha=alpha, power=power)
    # Unequal arms cost: with shares s and 1-s the total grows by 1 / (4 s (1-s)).
    total = math.ceil(2 * per_arm / (4 * share_b * (1 - share_b)))
    return ABDesign(
        baseline=baseline,
        smallest_effect=smallest_effect,
        per_arm=per_arm,
        total=total,
        days=max(math.ceil(total / users_per_day), 7),
        share_b=share_b,
        alpha=alpha,
        power=power,
        salt=salt,
        rules=(
            "Assign by user, not by request: one person must not see both.",
            "Fix the metric, the size and the end now; look once, at the end.",
            "Run whole weeks, at least one: Monday's users are not Sunday's.",
            "Watch guardrails (latency, cost, refusals, complaints) with a limit that stops the test.",
            "Check the split itself: a share far from the plan means the assignment is broken.",
        ),
    )


def assign(user: str, design: ABDesign) -> Literal["a", "b"]:
    """The version of one user: the same every time, and independent of other tests by the salt."""
    digest = hashlib.sha256(f"{design.salt}\0{user}".encode()).digest()
    return "b" if int.from_bytes(digest[:8], "big") / 2**64 < design.share_b else "a"
