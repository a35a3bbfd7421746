"""From an answer to the schedule: the verdict becomes a rating, an attempt and a new due date at once."""

from datetime import datetime
from statistics import median

import msgspec

from quiz_bank.answers import Answer, Verdict
from quiz_bank.records import Attempt, Mode
from quiz_bank.scheduling import Rating, Reviewed, Scheduler, rating_for
from quiz_bank.store import Store
from quiz_bank.variants import Variant

_RECENT = 30
_ENOUGH = 8


def record_answer(
    store: Store,
    variant: Variant,
    answer: Answer,
    verdict: Verdict,
    now: datetime,
    scheduler: Scheduler,
    *,
    seconds: float | None = None,
    easy: bool = False,
    rating: Rating | None = None,
    hints: int = 0,
    mode: Mode = "practice",
) -> Reviewed:
    """Keep an answer to a question: attempt, review and card state, on the disk when this returns.

    Args:
        seconds: time the answer took.
        easy: the learner said it was easy.
        rating: the learner's own rating, which overrides the one that follows from the verdict.
        hints: how many hints had been shown; an answer that needed one is Hard at best.
    """
    topic = variant.question.topic
    if rating is None:
        rating = rating_for(verdict.correct, seconds, usual_answer_seconds(store, topic), easy)
        if hints and rating is not Rating.AGAIN:
            rating = Rating.HARD
    attempt = Attempt(
        mode=mode,
        seed=variant.seed,
        digest=variant.digest,
        answer=msgspec.json.encode(answer).decode(),
        chosen=tuple(feedback.key for feedback in verdict.feedback if feedback.chosen),
        correct=verdict.correct,
        score=verdict.score,
        seconds=seconds,
        hints=hints,
    )
    return store.review(variant.question.id, rating, now, scheduler, seconds=seconds, attempt=attempt)


def usual_answer_seconds(store: Store, topic: str) -> float | None:
    """Median time of the learner's last right answers on a topic; None while there are fewer than eight."""
    rows = store.rows(
        "SELECT seconds FROM attempt WHERE topic = ? AND correct AND seconds IS NOT NULL ORDER BY id DESC LIMIT ?",
        (topic, _RECENT),
    )
    return median(float(str(row[0])) for row in rows) if len(rows) >= _ENOUGH else None
