"""What a session changed: answers, what was learnt and forgotten, how much longer memory lasts."""

import msgspec

from quiz_bank.scheduling import State
from tui.sessions.session import Done


class TopicOutcome(msgspec.Struct, frozen=True):
    """One topic's part of a session."""

    topic: str
    answers: int
    right: int


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """A session in numbers."""

    answers: int
    right: int
    seconds: float
    learnt: int
    """Items seen for the first time."""
    forgotten: int
    """Items answered wrongly that had been learnt before."""
    steadier: int
    """Items whose stability rose."""
    days_gained: float
    """Mean rise of their stability, in days."""
    topics: tuple[TopicOutcome, ...]


def outcome_of(done: list[Done]) -> Outcome:
    """Sum up a session's answers; an item answered twice counts its first state and its last."""
    first = {one.item: one for one in reversed(done)}
    last = {one.item: one for one in done}
    gains = [
        (last[item].reviewed.after.stability or 0.0) - (first[item].reviewed.before.stability or 0.0)
        for item in first
        if first[item].reviewed.before.stability is not None
    ]
    rises = [gain for gain in gains if gain > 0]
    topics: dict[str, list[bool]] = {}
    for one in done:
        topics.setdefault(one.topic, []).append(one.correct)
    return Outcome(
        answers=len(done),
        right=sum(one.correct for one in done),
        seconds=sum(one.seconds for one in done),
        learnt=sum(one.reviewed.before.state is State.NEW for one in first.values()),
        forgotten=sum(one.reviewed.before.state is State.REVIEW and not one.correct for one in done),
        steadier=len(rises),
        days_gained=sum(rises) / len(rises) if rises else 0.0,
        topics=tuple(TopicOutcome(topic, len(marks), sum(marks)) for topic, marks in topics.items()),
    )
