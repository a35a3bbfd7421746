"""Our scheduler against py-fsrs itself: the same history gives the same state to the last bit."""

import random
from datetime import UTC, datetime, timedelta

import fsrs
import fsrs.scheduler
import pytest

from quiz_bank.scheduling import CardState, Rating, Scheduler, State, fuzzed_days, new_card

START = datetime(2026, 1, 1, tzinfo=UTC)
HISTORIES = 10_000


def random_history(draw: random.Random) -> list[tuple[Rating, datetime]]:
    """One to eight reviews; gaps from seconds to months, so that every branch of FSRS is met."""
    moment = START + timedelta(seconds=draw.randrange(10**7))
    history = []
    for _ in range(draw.randint(1, 8)):
        history.append((Rating(draw.randint(1, 4)), moment))
        moment += timedelta(microseconds=int(10 ** draw.uniform(6, 13)))
    return history


def theirs(engine: fsrs.Scheduler, history: list[tuple[Rating, datetime]]) -> fsrs.Card:
    card = fsrs.Card(card_id=1, due=history[0][1])
    for rating, moment in history:
        card, _ = engine.review_card(card, fsrs.Rating(int(rating)), moment)
    return card


def ours(scheduler: Scheduler, history: list[tuple[Rating, datetime]]) -> CardState:
    card = new_card("item", history[0][1])
    for rating, moment in history:
        card = scheduler.review(card, rating, moment).after
    return card


def test_state_equals_py_fsrs_on_ten_thousand_random_histories() -> None:
    draw = random.Random(20261122)
    engines = [
        (fsrs.Scheduler(enable_fuzzing=False), Scheduler()),
        (
            fsrs.Scheduler(
                enable_fuzzing=False, desired_retention=0.85, learning_steps=(), relearning_steps=()
            ),
            Scheduler(desired_retention=0.85, learning_steps=(), relearning_steps=()),
        ),
    ]
    seen: set[State] = set()
    for number in range(HISTORIES):
        history = random_history(draw)
        engine, scheduler = engines[number % 2]
        expected, card = theirs(engine, history), ours(scheduler, history)
        assert (card.stability, card.difficulty, card.step) == (
            expected.stability,
            expected.difficulty,
            expected.step,
        )
        assert int(card.state) == int(expected.state)
        assert (card.due, card.last_review) == (expected.due, expected.last_review)
        at = history[-1][1] + timedelta(days=draw.randrange(200))
        assert scheduler.retrievability(card, at) == engine.get_card_retrievability(expected, at)
        seen.add(card.state)
    assert seen == {State.LEARNING, State.REVIEW, State.RELEARNING}


def test_fuzz_is_py_fsrs_fuzz_of_a_given_draw() -> None:
    engine = fsrs.Scheduler()
    for seed in range(500):
        days = 3 + seed * 7
        random.seed(seed)
        expected = engine._get_fuzzed_interval(interval=timedelta(days=days))
        assert fuzzed_days(days, random.Random(seed).random()) == expected.days


def test_py_fsrs_still_has_the_traps_we_avoid() -> None:
    """When one of these fails, py-fsrs has changed and our way round it can go; so too its nap, in test_scheduling."""
    engine = fsrs.Scheduler(enable_fuzzing=False)
    card, _ = engine.review_card(fsrs.Card(card_id=1), fsrs.Rating.Good, START)
    earlier, _ = engine.review_card(card, fsrs.Rating.Good, START - timedelta(days=3))
    assert earlier.last_review is not None and earlier.last_review < START, "it no longer goes back in time"
    with pytest.raises(ValueError):
        engine.review_card(card, fsrs.Rating.Good, datetime(2026, 1, 2))
