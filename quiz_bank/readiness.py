"""How ready the learner is at the exam date, by topic: the chance that an exam item on it is answered right.

Two things are known. Memory: the retrievability of each item, projected to the exam hour. Skill: how practice
and exam answers went. Neither alone is readiness: a card can be remembered and not be applied, and what went
well a month ago is fading. ``tests/benchmarks/bench_readiness.py`` holds the combination against simulated
learners whose true chance is known, and against each of the two alone.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from quiz_bank.blueprints import Blueprint
from quiz_bank.clock import to_microseconds
from quiz_bank.intervals import Estimate, beta_interval
from quiz_bank.scheduling import Scheduler
from quiz_bank.store import Store

# Answers to questions needed before anything is said about a topic.
ENOUGH_ANSWERS = 8
# Answers of a topic that are looked at, newest first.
_ANSWERS = 60


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What is known about one topic."""

    topic: str
    items: int
    """Items of the topic that are not suspended."""
    seen: int
    recall_now: float
    """Mean retrievability of the seen items now; 0 while none is seen."""
    recall_at_exam: float
    answers: int
    """Answers to questions that were looked at."""
    accuracy: float
    """Weighted share of right ones among them; newer ones weigh more."""
    weight: float
    """Sum of the weights."""


class TopicReadiness(msgspec.Struct, frozen=True, kw_only=True):
    """Readiness in one topic."""

    topic: str
    share: float
    """Of the exam, 0-1."""
    estimate: Estimate | None
    """None: too little data."""
    evidence: Evidence

    @property
    def answers_missing(self) -> int:
        """Answers still needed before something can be said."""
        return max(0, ENOUGH_ANSWERS - self.evidence.answers) if self.estimate is None else 0


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """Readiness over a whole blueprint."""

    at: datetime
    overall: Estimate | None
    """None while topics that make up half of the exam have too little data."""
    topics: tuple[TopicReadiness, ...]


def readiness(
    store: Store, *, at: datetime, shares: Mapping[str, float], scheduler: Scheduler, now: datetime
) -> Readiness:
    """Readiness by topic.

    Args:
        at: UTC moment of the exam (or any other to project to, such as ``now``).
        shares: weight of each topic in the blueprint (``topic_shares``); any scale.
    """
    total = sum(shares.values())
    found = evidence(store, at=at, scheduler=scheduler, now=now)
    topics = []
    for topic, share in shares.items():
        known = found.get(topic) or Evidence(
            topic=topic, items=0, seen=0, recall_now=0, recall_at_exam=0, answers=0, accuracy=0, weight=0
        )
        topics.append(
            TopicReadiness(topic=topic, share=share / total, estimate=combine(known), evidence=known)
        )
    return Readiness(at=at, overall=_overall(topics), topics=tuple(topics))


def combine(known: Evidence) -> Estimate | None:
    """The chance that an exam item of the topic is answered right; None where too little is known."""
    if known.answers < ENOUGH_ANSWERS:
        return None
    fading = known.recall_at_exam / known.recall_now if known.recall_now else 1.0
    skill = (known.accuracy * known.weight + 1.0) / (known.weight + 2.0)
    return beta_interval(skill * fading, known.weight + 2.0)


def evidence(store: Store, *, at: datetime, scheduler: Scheduler, now: datetime) -> dict[str, Evidence]:
    """What the store knows, by topic."""
    moment, target = to_microseconds(now), to_microseconds(max(at, now))
    sums: dict[str, list[float]] = {}
    for topic, stability, last in store.rows(
        "SELECT topic, stability, last_review FROM item WHERE lane >= 0 AND stability IS NOT NULL"
    ):
        assert isinstance(topic, str) and isinstance(stability, float) and isinstance(last, int)
        entry = sums.setdefault(topic, [0.0, 0.0, 0.0])
        entry[0] += 1
        entry[1] += scheduler.recall_after(stability, max(0, moment - last) / 86_400e6)
        entry[2] += scheduler.recall_after(stability, max(0, target - last) / 86_400e6)
    totals: dict[str, int] = {}
    for topic, n in store.rows("SELECT topic, sum(n) FROM waiting WHERE lane >= 0 GROUP BY topic"):
        totals[str(topic)] = int(str(n))
    result = {}
    for topic, items in totals.items():
        seen, now_sum, exam_sum = sums.get(topic, [0.0, 0.0, 0.0])
        answers, accuracy, weight = _practice(store, topic)
        result[topic] = Evidence(
            topic=topic,
            items=items,
            seen=int(seen),
            recall_now=now_sum / seen if seen else 0.0,
            recall_at_exam=exam_sum / seen if seen else 0.0,
            answers=answers,
            accuracy=accuracy,
            weight=weight,
        )
    return result


def topic_shares(blueprint: Blueprint) -> dict[str, float]:
    """Weight of each topic in a blueprint: a section's share divided evenly among its topics."""
    shares: dict[str, float] = {}
    for section in blueprint.sections:
        for topic in section.topics:
            shares[topic] = shares.get(topic, 0.0) + section.share / len(section.topics)
    return shares


def _practice(store: Store, topic: str) -> tuple[int, float, float]:
    rows = store.rows(
        "SELECT score FROM attempt WHERE topic = ? AND mode <> 'study' ORDER BY id DESC LIMIT ?",
        (topic, _ANSWERS),
    )
    weights = [0.97**age for age in range(len(rows))]
    total = sum(weights)
    right = sum(w * float(str(row[0])) for w, row in zip(weights, rows, strict=True))
    return len(rows), right / total if total else 0.0, total


def _overall(topics: list[TopicReadiness]) -> Estimate | None:
    """Weighted mean of the topics that are known, with their variances added; the rest widen the interval."""
    known = [(topic.share, topic.estimate) for topic in topics if topic.estimate is not None]
    covered = sum(share for share, _ in known)
    if covered < 0.5:
        return None
    value = sum(share * estimate.value for share, estimate in known) / covered
    spread = sum((share * estimate.half_width) ** 2 for share, estimate in known) ** 0.5 / covered
    unknown = 1.0 - covered
    return Estimate(
        value,
        max(0.0, covered * (value - spread)),
        min(1.0, covered * (value + spread) + unknown),
    )
