"""What is put around FSRS: seeded fuzz, a clock that may be wrong, and the exam."""

import time
from datetime import UTC, datetime, timedelta, timezone

import fsrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quiz_bank.scheduling import CardState, Rating, Scheduler, State, new_card, rating_for

START = datetime(2026, 11, 22, 10, tzinfo=UTC)


def learned(scheduler: Scheduler, item: str, reviews: int, start: datetime = START) -> CardState:
    card = new_card(item, start)
    for _ in range(reviews):
        card = scheduler.review(card, Rating.EASY, max(card.due, start)).after
    return card


def test_making_cards_takes_no_nap(monkeypatch: pytest.MonkeyPatch) -> None:
    naps: list[float] = []
    monkeypatch.setattr(time, "sleep", naps.append)
    fsrs.Card()
    assert naps.pop(), "a card of py-fsrs's own making sleeps"
    Scheduler().review(new_card("lora", START), Rating.GOOD, START)
    assert naps == []


def test_the_same_seed_gives_the_same_intervals_and_another_seed_others() -> None:
    def intervals(seed: int | None) -> list[timedelta]:
        scheduler = Scheduler(fuzz_seed=seed)
        return [
            scheduler.review(
                learned(Scheduler(), f"card-{i}", 2), Rating.GOOD, START + timedelta(days=40)
            ).interval
            for i in range(30)
        ]

    assert intervals(1) == intervals(1)
    assert intervals(1) != intervals(2)
    assert len(set(intervals(1))) > 5
    assert len(set(intervals(None))) == 1


def test_preview_shows_what_a_review_then_does() -> None:
    scheduler = Scheduler(fuzz_seed=7)
    card = learned(scheduler, "card", 3)
    at = card.due + timedelta(days=2)
    for rating, interval in scheduler.preview(card, at).items():
        assert scheduler.review(card, rating, at).interval == interval


def test_any_time_zone_is_the_same_moment_and_a_naive_one_is_refused() -> None:
    scheduler = Scheduler()
    shanghai = timezone(timedelta(hours=8))
    card = new_card("card", START)
    assert scheduler.review(card, Rating.GOOD, START.astimezone(shanghai)) == scheduler.review(
        card, Rating.GOOD, START
    )
    with pytest.raises((ValueError, TypeError)):
        scheduler.review(learned(scheduler, "x", 1), Rating.GOOD, datetime(2026, 11, 30))


@given(back=st.timedeltas(min_value=timedelta(microseconds=1), max_value=timedelta(days=20_000)))
def test_a_clock_set_back_counts_as_no_time_and_is_flagged(back: timedelta) -> None:
    scheduler = Scheduler()
    card = learned(scheduler, "card", 2)
    assert card.last_review is not None
    wrong = scheduler.review(card, Rating.GOOD, card.last_review - back)
    right = scheduler.review(card, Rating.GOOD, card.last_review)
    assert wrong.clock_went_back and not right.clock_went_back
    assert wrong.after == right.after
    assert wrong.after.last_review == card.last_review
    assert wrong.clock == card.last_review - back


@settings(max_examples=60)
@given(
    ratings=st.lists(st.sampled_from(Rating), min_size=1, max_size=12),
    days_to_exam=st.integers(1, 60),
    seed=st.none() | st.integers(0, 5),
)
def test_no_interval_reaches_past_the_exam(
    ratings: list[Rating], days_to_exam: int, seed: int | None
) -> None:
    exam = START + timedelta(days=days_to_exam, hours=3)
    scheduler = Scheduler(fuzz_seed=seed, exam=exam)
    card, moment = new_card("card", START), START
    for rating in ratings:
        reviewed = scheduler.review(card, rating, moment)
        card = reviewed.after
        if card.state is State.REVIEW:
            assert moment < card.due <= exam
        moment = card.due
        if moment >= exam:
            break


def test_the_exam_moves_the_due_date_and_nothing_else() -> None:
    card = learned(Scheduler(), "card", 1)
    at, exam = START + timedelta(days=8), START + timedelta(days=20)
    near = Scheduler(exam=exam).review(card, Rating.GOOD, at).after
    free = Scheduler().review(card, Rating.GOOD, at).after
    assert at < near.due < exam < free.due
    assert (near.stability, near.difficulty, near.state) == (free.stability, free.difficulty, free.state)


def test_last_looks_are_spread_over_the_last_days() -> None:
    exam = START + timedelta(days=7)
    scheduler = Scheduler(exam=exam)
    days = {(exam - learned(scheduler, f"card-{i}", 1).due).days for i in range(60)}
    assert days == {1, 2, 3}


def test_after_the_exam_intervals_are_free_again() -> None:
    scheduler = Scheduler(exam=START - timedelta(days=1))
    assert learned(scheduler, "card", 3) == learned(Scheduler(), "card", 3)


@pytest.mark.parametrize(
    ("correct", "seconds", "usual", "easy", "rating"),
    [
        (False, 1.0, 10.0, True, Rating.AGAIN),
        (True, None, None, False, Rating.GOOD),
        (True, 9.0, 10.0, False, Rating.GOOD),
        (True, 5.0, 10.0, False, Rating.EASY),
        (True, 5.0, None, False, Rating.GOOD),
        (True, 60.0, 10.0, True, Rating.EASY),
    ],
)
def test_wrong_is_again_right_is_good_right_and_fast_or_easy_is_easy(
    correct: bool, seconds: float | None, usual: float | None, easy: bool, rating: Rating
) -> None:
    assert rating_for(correct, seconds, usual, easy) is rating


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="desired_retention"):
        Scheduler(desired_retention=1.0)
    with pytest.raises(ValueError, match="21"):
        Scheduler(parameters=[0.5] * 19)
