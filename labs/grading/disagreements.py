"""Claimed numbers beside recomputed ones. They never score; the difference is shown."""

from labs.grading.evidence import Evidence
from labs.grading.grade import Disagreement
from labs.submission.assignment import Assignment
from metrics.score import Score

DEFAULT_TOLERANCE = 0.02
_SPAN = {"0-1": 1.0, "0-100": 100.0}


def tolerance_of(assignment: Assignment, score: Score) -> float:
    """How far a claim may be off, on the score's own scale.

    The assignment's figure is a share of the scale (for perplexities, of the value); on a bounded scale one row of the
    test set is always granted, for a single answer may turn on rounding.
    """
    given = assignment.evaluation.tolerance
    share = given.get(score.name, given.get("default", DEFAULT_TOLERANCE))
    span = _SPAN.get(score.scale)
    if span is None:
        return share * abs(score.value)
    return max(share * span, span / max(score.n, 1))


def disagreements(assignment: Assignment, evidence: Evidence) -> tuple[Disagreement, ...]:
    """Every claimed score that was recomputed, from the predictions and from the adapter."""
    found = []
    for source in ("predictions", "public"):
        tier = evidence.tiers.get(source)
        if tier is None:
            continue
        for name, score in sorted(tier.scores.items()):
            if name not in evidence.claimed:
                continue
            claimed, tolerance = evidence.claimed[name].value, tolerance_of(assignment, score)
            found.append(
                Disagreement(
                    metric=name, claimed=claimed, recomputed=score.value, tolerance=tolerance, source=source,
                    agrees=abs(claimed - score.value) <= tolerance + 1e-9,
                )
            )  # fmt: skip
    return tuple(found)
