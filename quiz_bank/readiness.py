"""How ready the learner is at the exam date, by topic: the chance that an exam item on it is answered right.

Two things are known. Memory: the retrievability of each item, projected to the exam hour. Skill: how practice
and exam answers went, and how well the item was remembered then. Neither alone is readiness: a fact can be
remembered and not be applied, what went well a month ago is fading, and what was never looked at is not known.
``tests/benchmarks/bench_readiness.py`` holds the combination (``quiz_bank.recall_model``) against simulated
learners whose true chance is known, and against each of the two alone.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from quiz_bank.blueprints import Blueprint
from quiz_bank.clock import to_microseconds
from quiz_bank.intervals import Estimate
from quiz_bank.recall_model import Answered, RecallModel, fit_recall_model
from quiz_bank.scheduling import CardState, Scheduler
from quiz_bank.store import Store

# Answers to questions needed before anything is said about a topic.
ENOUGH_ANSWERS = 8
# Answers of a topic that are looked at, newest first, and how much less each older one weighs.
_ANSWERS = 120
_FADING = 0.95
_DAY = 86_400e6  # microseconds
_card_decoder = msgspec.json.Decoder(CardState)


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What is known about one topic."""

    topic: str
    items: int
    """Questions of the topic that are not suspended (all its items, where it has no questions)."""
    seen: int
    recall_now: float
    """Mean retrievability of the seen ones now; 0 while none is seen."""
    recall_at_exam: float
    answers: int
    """Answers to questions that were looked at."""
    accuracy: float
    """Mean score of them."""


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
    recalls_now, recalls = _recalls(store, now, scheduler), _recalls(store, max(at, now), scheduler)
    by_topic = {topic: _answers(store, topic, scheduler) for topic in shares}
    learner = fit_recall_model([answer for answers in by_topic.values() for answer in answers])
    topics = []
    for topic, share in shares.items():
        answers = by_topic[topic]
        projected = recalls.get(topic, [])
        topics.append(
            TopicReadiness(
                topic=topic,
                share=share / total,
                estimate=estimate(answers, projected, learner),
                evidence=Evidence(
                    topic=topic,
                    items=len(projected),
                    seen=sum(recall > 0 for recall in projected),
                    recall_now=_mean_seen(recalls_now.get(topic, [])),
                    recall_at_exam=_mean_seen(projected),
                    answers=len(answers),
                    accuracy=sum(answer.score for answer in answers) / len(answers) if answers else 0.0,
                ),
            )
        )
    return Readiness(at=at, overall=_overall(topics), topics=tuple(topics))


def estimate(
    answers: Sequence[Answered], recalls: Sequence[float], learner: RecallModel | None = None
) -> Estimate | None:
    """The mean chance over a topic's items; None where too little is known.

    Args:
        answers: the learner's, on this topic.
        recalls: retrievability of each item at the exam hour; 0 for what was never seen.
        learner: the model of all their topics.
    """
    if len(answers) < ENOUGH_ANSWERS or not recalls:
        return None
    return fit_recall_model(answers, learner).mean_chance(recalls)


def topic_shares(blueprint: Blueprint) -> dict[str, float]:
    """Weight of each topic in a blueprint: a section's share divided evenly among its topics."""
    shares: dict[str, float] = {}
    for section in blueprint.sections:
        for topic in section.topics:
            shares[topic] = shares.get(topic, 0.0) + section.share / len(section.topics)
    return shares


def _recalls(store: Store, at: datetime, scheduler: Scheduler) -> dict[str, list[float]]:
    """Retrievability at a moment of each topic's questions, or of all its items where it has no questions."""
    moment = to_microseconds(at)
    questions: dict[str, list[float]] = {}
    others: dict[str, list[float]] = {}
    for topic, kind, stability, last in store.rows(
        "SELECT topic, kind, stability, last_review FROM item WHERE lane >= 0"
    ):
        recall = 0.0
        if isinstance(stability, float) and isinstance(last, int):
            recall = scheduler.recall_after(stability, max(0, moment - last) / _DAY)
        (questions if kind == "question" else others).setdefault(str(topic), []).append(recall)
    return others | questions


def _answers(store: Store, topic: str, scheduler: Scheduler) -> list[Answered]:
    """The topic's last answers, newest first, each with the retrievability its item had just before."""
    answers: list[Answered] = []
    for score, before, at in store.rows(
        "SELECT a.score, r.before, r.at FROM attempt a JOIN review r ON r.id = a.review_id "
        "WHERE a.topic = ? AND a.mode <> 'study' ORDER BY a.id DESC LIMIT ?",
        (topic, _ANSWERS),
    ):
        assert isinstance(score, float) and isinstance(before, str) and isinstance(at, int)
        card = _card_decoder.decode(before)
        recall = 0.0
        if card.stability is not None and card.last_review is not None:
            elapsed = max(0, at - to_microseconds(card.last_review)) / _DAY
            recall = scheduler.recall_after(card.stability, elapsed)
        answers.append(Answered(recall, score, _FADING ** len(answers)))
    return answers


def _mean_seen(recalls: Sequence[float]) -> float:
    seen = [recall for recall in recalls if recall > 0]
    return sum(seen) / len(seen) if seen else 0.0


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
