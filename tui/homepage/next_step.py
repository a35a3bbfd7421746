"""The next best step and why: one thing, the first of these that applies."""

from datetime import datetime
from typing import Literal

import msgspec

from quiz_bank.exam_session import ExamSession
from quiz_bank.queue import Waiting, new_left, waiting
from tui.learner import Learner

Kind = Literal["exam", "due", "new", "practice", "lab", "rest"]


class NextStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step; the page words it."""

    kind: Kind
    n: int = 0
    """Items due, new items, or minutes left of an exam."""
    seconds: float = 0.0
    """Time that the due items are likely to take."""
    topic: str | None = None
    """Where most of them come from, or the topic to practise."""
    topic_n: int = 0
    waiting: Waiting


def next_step(learner: Learner, now: datetime) -> NextStep:
    """An exam left open comes first, then what is due, then new items, then practice."""
    counts = waiting(learner.store, now, horizon=7)
    running = ExamSession.running(learner.store)
    if running is not None and not running.over(now):
        left = running.remaining(now).total_seconds() / 60
        return NextStep(kind="exam", n=max(round(left), 1), waiting=counts)
    if counts.today:
        topic = max(counts.by_topic, key=lambda name: counts.by_topic[name], default=None)
        topic_n = counts.by_topic[topic] if topic is not None else 0
        return NextStep(
            kind="due", n=counts.today, seconds=counts.seconds, topic=topic, topic_n=topic_n, waiting=counts
        )
    fresh = min(
        counts.new, new_left(learner.store, learner.store.days.day_of(now), learner.limits(now).new_today)
    )
    if fresh:
        order = {topic: index for index, topic in enumerate(learner.bank.topics)}
        topic = min(counts.new_by_topic, key=lambda name: order.get(name, len(order)), default=None)
        return NextStep(kind="new", n=fresh, topic=topic, waiting=counts)
    if learner.bank.questions:
        return NextStep(kind="practice", waiting=counts)
    return NextStep(kind="rest", waiting=counts)
