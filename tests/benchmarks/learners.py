"""Simulated learners: memory and skill are known exactly, answers are drawn from them, nothing else is told.

Their memory follows FSRS with weights of their own (half of them forget exponentially, which FSRS does not assume);
an answer is right by remembering and applying, by working it out, or by guessing. Skill grows with practice. All of
it goes through the real store, queue and scheduler.
"""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import exp
from zoneinfo import ZoneInfo

from quiz_bank.queue import Limits, next_item
from quiz_bank.records import Attempt, ItemRef
from quiz_bank.scheduling import CardState, Rating, Scheduler, new_card
from quiz_bank.store import Store

START = datetime(2026, 9, 1, 9, tzinfo=UTC)
TOPICS = ("one", "two", "three", "four")
QUESTIONS, CARDS = 24, 8


@dataclass
class Learner:
    """One learner in the middle of preparing."""

    seed: int
    store: Store
    now: datetime
    exam: datetime
    scheduler: Scheduler
    truth: dict[str, list[float]] = field(default_factory=dict)
    """Topic to the true chance of each of its questions at the exam hour."""


class _Mind:
    """What the program never sees."""

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw
        general = draw.gauss(0.2, 0.9)
        self.skill = {topic: general + draw.gauss(0, 0.8) for topic in TOPICS}
        self.grows = draw.uniform(0.0, 0.03)
        self.exponential = draw.random() < 0.5
        self.pace = exp(draw.gauss(0, 0.4))
        self.scheduler = Scheduler()
        self.memory: dict[str, CardState] = {}
        self.hardness: dict[str, float] = {}
        self.guess: dict[str, float] = {}

    def recall(self, item: str, at: datetime) -> float:
        card = self.memory.get(item)
        if card is None or card.stability is None or card.last_review is None:
            return 0.0
        days = max(0.0, (at - card.last_review) / timedelta(days=1))
        stability = card.stability * self.pace
        return 0.9 ** (days / stability) if self.exponential else self.scheduler.recall_after(stability, days)

    def chance(self, item: str, topic: str, at: datetime) -> float:
        hardness = self.hardness.setdefault(item, self.draw.gauss(0, 0.9))
        guess = self.guess.setdefault(item, self.draw.choice((0.0, 0.25, 0.25, 0.33)))
        recall = self.recall(item, at)
        applied = _sigma(self.skill[topic] + 2.2 - 0.5 * hardness)
        worked_out = _sigma(self.skill[topic] - 1.2 - hardness)
        known = recall * applied + (1 - recall) * worked_out
        return guess + (1 - guess) * known

    def learn(self, item: str, topic: str, rating: Rating, at: datetime) -> None:
        card = self.memory.get(item) or new_card(item, at)
        self.memory[item] = self.scheduler.review(card, rating, at).after
        self.skill[topic] += self.grows


def learner(seed: int) -> Learner:
    """A learner with two to six weeks behind them and up to a month before the exam."""
    draw = random.Random(f"learner-{seed}")
    mind = _Mind(draw)
    store = Store.in_memory(zone=ZoneInfo("UTC"))
    kinds = [("question", QUESTIONS), ("card", CARDS)]
    topics = TOPICS[: draw.randint(2, 4)]
    refs = [
        ItemRef(f"{topic}.{kind}-{n}", kind, topic)  # type: ignore[arg-type]
        for kind, count in kinds
        for n in range(count)
        for topic in topics
    ]
    store.register(refs, START)
    scheduler = Scheduler()
    days, a_day, new_a_day = draw.randint(8, 40), draw.randint(6, 25), draw.randint(2, 7)
    now = START
    for day in range(days):
        if draw.random() < 0.25:
            continue
        now = START + timedelta(days=day, minutes=draw.randint(0, 600))
        for _ in range(a_day):
            now += timedelta(minutes=1)
            state = next_item(store, now, scheduler, Limits(new_today=new_a_day))
            if state is None:
                break
            _answer(mind, store, scheduler, state.ref, now, draw)
    exam = now + timedelta(days=draw.choice((1, 3, 7, 14, 30)))
    found = Learner(seed, store, now + timedelta(minutes=5), exam, scheduler)
    for topic in topics:
        found.truth[topic] = [mind.chance(f"{topic}.question-{n}", topic, exam) for n in range(QUESTIONS)]
    return found


def _answer(
    mind: _Mind, store: Store, scheduler: Scheduler, ref: ItemRef, now: datetime, draw: random.Random
) -> None:
    if ref.kind == "card":
        right = draw.random() < mind.recall(ref.item, now)
        attempt = None
    else:
        right = draw.random() < mind.chance(ref.item, ref.topic, now)
        attempt = Attempt(mode="practice", seed=0, answer="null", correct=right, score=float(right))
    rating = Rating.GOOD if right else Rating.AGAIN
    store.review(ref.item, rating, now, scheduler, seconds=20.0, attempt=attempt)
    mind.learn(ref.item, ref.topic, rating, now)


def _sigma(x: float) -> float:
    return 1 / (1 + exp(-x))
