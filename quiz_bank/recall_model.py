"""From recall to right answers: a small logistic regression for each topic, regularised in two levels.

An answer is right with probability sigma(a + b r), where r is the item's retrievability when it was given (0 on
first sight). ``a`` is what the learner makes of an item on this topic without remembering it, ``b`` what remembering
adds. A topic is pulled towards the learner's answers on all topics, and those towards what is typical of learners,
so few answers say little and many say what they say.
"""

from collections.abc import Sequence
from math import exp, log, sqrt

import msgspec

from quiz_bank.intervals import Estimate

# Fitted on simulated learners 1000 to 1149 (tests/benchmarks/learners.py); bench_readiness.py judges on others.
PRIOR_WITHOUT, SPREAD_WITHOUT = 0.6, 0.8
PRIOR_ADDED, SPREAD_ADDED = 2.0, 1.0
# How far one topic of a learner lies from all of them together.
TOPIC_SPREAD_WITHOUT, TOPIC_SPREAD_ADDED = 0.45, 1.0
# Remembering an item never makes a right answer less likely, whatever a few answers seem to say.
MIN_ADDED = 0.5
# Items differ in more than retrievability, so answers say less than independent tosses would.
OVERDISPERSION = 2.25


class Answered(msgspec.Struct, frozen=True):
    """One answer: retrievability of the item just before, score 0-1, weight 0-1 (older ones weigh less)."""

    recall: float
    score: float
    weight: float = 1.0


class RecallModel(msgspec.Struct, frozen=True):
    """A fitted topic: intercept, slope, and the covariance of the two."""

    without: float
    added: float
    covariance: tuple[float, float, float]
    """Of (a, a), (a, b), (b, b)."""

    def chance(self, recall: float) -> float:
        """Probability of a right answer to an item of this retrievability."""
        return _sigma(self.without + self.added * recall)

    def mean_chance(self, recalls: Sequence[float]) -> Estimate:
        """Mean probability over items, with its 95 % interval (delta method on the logit scale)."""
        chances = [self.chance(recall) for recall in recalls]
        mean = sum(chances) / len(chances)
        mean = min(max(mean, 1e-6), 1 - 1e-6)
        slopes = [p * (1 - p) for p in chances]
        by_a = sum(slopes) / len(recalls)
        by_b = sum(slope * recall for slope, recall in zip(slopes, recalls, strict=True)) / len(recalls)
        aa, ab, bb = self.covariance
        variance = by_a * by_a * aa + 2 * by_a * by_b * ab + by_b * by_b * bb
        half = 1.96 * sqrt(OVERDISPERSION * variance) / (mean * (1 - mean))
        middle = log(mean / (1 - mean))
        return Estimate(mean, _sigma(middle - half), _sigma(middle + half))


def fit_recall_model(answers: Sequence[Answered], towards: RecallModel | None = None) -> RecallModel:
    """Maximum a posteriori by Newton's method; with no answers, the prior.

    Args:
        towards: the model of all the learner's topics, for the model of one of them.
    """
    if towards is None:
        prior_a, prior_b, spread_a, spread_b = PRIOR_WITHOUT, PRIOR_ADDED, SPREAD_WITHOUT, SPREAD_ADDED
    else:
        prior_a, prior_b = towards.without, towards.added
        spread_a, spread_b = TOPIC_SPREAD_WITHOUT, TOPIC_SPREAD_ADDED
    a, b = prior_a, prior_b
    pull_a, pull_b = 1 / spread_a**2, 1 / spread_b**2
    aa = ab = bb = 0.0
    for _ in range(25):
        gradient_a, gradient_b = -(a - prior_a) * pull_a, -(b - prior_b) * pull_b
        aa, ab, bb = pull_a, 0.0, pull_b
        for answer in answers:
            p = _sigma(a + b * answer.recall)
            surprise = answer.weight * (answer.score - p)
            curvature = answer.weight * p * (1 - p)
            gradient_a += surprise
            gradient_b += surprise * answer.recall
            aa += curvature
            ab += curvature * answer.recall
            bb += curvature * answer.recall * answer.recall
        determinant = aa * bb - ab * ab
        step_a = (bb * gradient_a - ab * gradient_b) / determinant
        step_b = (aa * gradient_b - ab * gradient_a) / determinant
        if b + step_b < MIN_ADDED and b <= MIN_ADDED:
            step_a, step_b = gradient_a / aa, 0.0
        # The posterior is concave, so a bounded Newton step always gets there.
        longest = max(abs(step_a), abs(step_b), 1.0)
        a, b = a + step_a / longest, max(MIN_ADDED, b + step_b / longest)
        if abs(step_a) + abs(step_b) < 1e-9:
            break
    determinant = aa * bb - ab * ab
    return RecallModel(a, b, (bb / determinant, -ab / determinant, aa / determinant))


def _sigma(x: float) -> float:
    return 1 / (1 + exp(-x)) if x >= 0 else exp(x) / (1 + exp(x))
