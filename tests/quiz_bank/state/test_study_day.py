"""The study day rolls over at 4:00 where the learner is, on nights of 23 and 25 hours too."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz_bank.clock import EPOCH, StudyDays, exam_moment, from_microseconds, local_zone, to_microseconds
from quiz_bank.queue import waiting
from quiz_bank.records import ItemRef
from quiz_bank.scheduling import Rating, Scheduler
from quiz_bank.store import Store

NEW_YORK = ZoneInfo("America/New_York")
ZONES = [
    "UTC",
    "Asia/Shanghai",
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "America/Sao_Paulo",
]


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 7), 23), (date(2026, 10, 31), 25), (date(2026, 11, 22), 24)]
)
def test_a_study_day_has_as_many_hours_as_the_clock_change_leaves(day: date, hours: int) -> None:
    assert StudyDays(NEW_YORK).length(day) == timedelta(hours=hours)


def test_half_past_one_is_still_yesterday() -> None:
    days = StudyDays(ZoneInfo("Asia/Shanghai"))
    assert days.day_of(datetime(2026, 11, 22, 17, 30, tzinfo=UTC)) == date(2026, 11, 22)  # 01:30 on the 23rd
    assert days.day_of(datetime(2026, 11, 22, 19, 59, 59, tzinfo=UTC)) == date(2026, 11, 22)
    assert days.day_of(datetime(2026, 11, 22, 20, 0, tzinfo=UTC)) == date(2026, 11, 23)


@given(
    moment=st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)).map(
        lambda naive: naive.replace(tzinfo=UTC)
    ),
    zone=st.sampled_from(ZONES),
)
def test_every_moment_lies_within_its_study_day(moment: datetime, zone: str) -> None:
    days = StudyDays(ZoneInfo(zone))
    day = days.day_of(moment)
    assert days.start(day) <= moment < days.end(day)
    assert days.end(day) == days.start(day + timedelta(days=1))


@given(st.datetimes(datetime(1950, 1, 1), datetime(2200, 1, 1)).map(lambda naive: naive.replace(tzinfo=UTC)))
def test_moments_are_stored_exactly(moment: datetime) -> None:
    assert from_microseconds(to_microseconds(moment)) == moment


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        to_microseconds(datetime(2026, 1, 1))
    assert to_microseconds(EPOCH) == 0


def test_a_card_due_in_the_evening_waits_from_four_in_the_morning(tmp_path: Path) -> None:
    start = datetime(2026, 11, 22, 22, 0, tzinfo=UTC)  # 17:00 in New York
    with Store.open(tmp_path / "progress.db", now=start, zone=NEW_YORK) as store:
        store.register([ItemRef("card", "card", "data")], start)
        due = store.review("card", Rating.EASY, start, Scheduler()).after.due
        four = store.days.start(store.days.day_of(due))
        assert waiting(store, four - timedelta(seconds=1)).today == 0
        assert waiting(store, four).today == 1
        assert four < due


def test_travel_moves_the_study_day_and_no_moment(tmp_path: Path) -> None:
    start = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
    path = tmp_path / "progress.db"
    with Store.open(path, now=start, zone=ZoneInfo("Asia/Shanghai")) as store:
        store.register([ItemRef(f"card-{i}", "card", "data") for i in range(50)], start)
        for i in range(50):
            store.review(f"card-{i}", Rating.EASY, start + timedelta(minutes=30 * i), Scheduler())
        before = [state.card for state in store.items()]
    with Store.open(path, now=start, zone=NEW_YORK) as store:
        assert [state.card for state in store.items()] == before
        moment = start + timedelta(days=8, hours=12)
        end = store.days.end(store.days.day_of(moment))
        assert waiting(store, moment).today == sum(card.due < end for card in before)


def test_the_zone_of_the_machine_has_its_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    assert local_zone() == NEW_YORK
    assert exam_moment(date(2026, 12, 4), local_zone()) == datetime(2026, 12, 4, 14, 0, tzinfo=UTC)
    monkeypatch.setenv("TZ", "No/Such_Zone")
    assert datetime.now(local_zone()).utcoffset() is not None
