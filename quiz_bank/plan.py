"""From today to the exam: what fits into the learner's minutes a day, and what will be left over."""

import heapq
from datetime import date, datetime, timedelta

import msgspec

from quiz_bank.queue import LAST_DAYS, UNMEASURED_SECONDS
from quiz_bank.rows import CARD_COLUMNS, card_from_row
from quiz_bank.scheduling import CardState, Rating, Scheduler, State
from quiz_bank.store import Store

_MEASURED_REVIEWS = 500
_HORIZON = 365
_GUESSED = 10


class Pace(msgspec.Struct, frozen=True):
    """Seconds an item takes this learner; ``measured`` is how many reviews and first days that is known from."""

    review: float
    new: float
    """All of an item's first day: the first look and its learning steps."""
    measured: int


class DayPlan(msgspec.Struct, frozen=True, kw_only=True):
    """One study day."""

    day: date
    reviews: int
    new: int
    minutes: float
    left_over: int
    """Reviews due by then that do not fit and move to the next day."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The days until the exam."""

    days: tuple[DayPlan, ...]
    minutes_a_day: float
    pace: Pace
    left_over_new: int
    """Items that will not have been begun."""
    left_over_reviews: int
    """Reviews still waiting when the exam begins, of items that will have faded below the retention aimed at."""
    left_over_minutes: float
    """Time that all of it would take."""
    minutes_needed: float
    """Minutes a day that would leave nothing over."""

    @property
    def enough(self) -> bool:
        """Whether the budget covers everything."""
        return self.left_over_new == 0 and self.left_over_reviews == 0


def plan(store: Store, *, now: datetime, exam: datetime, minutes_a_day: float, scheduler: Scheduler) -> Plan:
    """Play the days forward: every review is taken to go well, at the learner's own pace.

    Due reviews come first, those likeliest to be lost at the exam hour before others; what is left of the
    day's minutes goes to new items, but not in the last days, when there is no time for them to settle.

    Args:
        exam: UTC moment; the plan covers at most a year.
        minutes_a_day: budget; what has been studied today counts against today's.

    Raises:
        ValueError: the exam is not in the future, or the budget is negative.
    """
    if exam <= now:
        raise ValueError("the exam is over: there is nothing to plan")
    if minutes_a_day < 0:
        raise ValueError("minutes a day cannot be negative")
    pace = measured_pace(store)
    today = store.days.day_of(now)
    spent = store.rows("SELECT seconds FROM day WHERE day = ?", (today.toordinal(),))
    days, new_left, backlog, extra = _play(
        store, now, exam, minutes_a_day * 60, float(str(spent[0][0])) if spent else 0.0, pace, scheduler
    )
    left_seconds = new_left * pace.new + backlog * pace.review
    total = sum(day.minutes for day in days) + left_seconds / 60 + extra / 60
    return Plan(
        days=tuple(days),
        minutes_a_day=minutes_a_day,
        pace=pace,
        left_over_new=new_left,
        left_over_reviews=backlog,
        left_over_minutes=left_seconds / 60,
        minutes_needed=total / len(days),
    )


def measured_pace(store: Store) -> Pace:
    """Mean seconds of the last reviews: of items in review, and of an item's first day."""
    rows = store.rows(
        "SELECT seconds, item_id, day, json_extract(before, '$.state') FROM review WHERE seconds IS NOT NULL "
        "ORDER BY id DESC LIMIT ?",
        (_MEASURED_REVIEWS,),
    )
    later = [float(str(seconds)) for seconds, _, _, state in rows if state in (2, 3) and seconds]
    first_days: dict[tuple[object, object], float] = {}
    for seconds, item, day, state in rows:
        if state in (0, 1) and seconds:
            first_days[item, day] = first_days.get((item, day), 0.0) + float(str(seconds))
    review = _shrunk(later, UNMEASURED_SECONDS)
    return Pace(review, _shrunk(list(first_days.values()), 2.5 * review), len(later) + len(first_days))


def _shrunk(seconds: list[float], guess: float) -> float:
    """The mean, as if ten more had taken what we guess: two quick answers must not promise a quick month."""
    return (sum(seconds) + _GUESSED * guess) / (len(seconds) + _GUESSED)


def _play(
    store: Store,
    now: datetime,
    exam: datetime,
    budget: float,
    spent_today: float,
    pace: Pace,
    scheduler: Scheduler,
) -> tuple[list[DayPlan], int, int, float]:
    today, last = store.days.day_of(now), store.days.day_of(exam)
    cards = [
        card_from_row(str(row[0]), row[1:])
        for row in store.rows(f"SELECT item, {CARD_COLUMNS} FROM item WHERE lane IN (1, 2) ORDER BY id")
    ]
    (new_left,) = store.rows("SELECT coalesce(sum(n), 0) FROM waiting WHERE lane = 0")[0]
    assert isinstance(new_left, int)
    due: dict[int, list[CardState]] = {}
    for card in cards:
        due.setdefault(max(0, (store.days.day_of(card.due) - today).days), []).append(card)
    waiting: list[tuple[float, int, CardState]] = []
    serial = 0
    days = []
    length = min((last - today).days, _HORIZON)
    for offset in range(length + 1):
        day = today + timedelta(days=offset)
        moment = max(now, store.days.start(day) + timedelta(hours=12))
        if moment >= exam:
            moment = max(now, exam - timedelta(hours=1))
        for card in due.pop(offset, []):
            serial += 1
            heapq.heappush(waiting, (_recall_at(scheduler, card, exam), serial, card))
        left = max(0.0, budget - (spent_today if offset == 0 else 0.0))
        reviews = new = 0
        while waiting and left >= pace.review:
            _, _, card = heapq.heappop(waiting)
            left -= pace.review
            reviews += 1
            _put_back(due, scheduler.review(card, Rating.GOOD, moment).after, store, today, offset, exam)
        while new_left and left >= pace.new and length - offset >= min(LAST_DAYS, length):
            left -= pace.new
            new += 1
            new_left -= 1
            _put_back(due, _first_day(scheduler, f"new-{new_left}", moment), store, today, offset, exam)
        days.append(
            DayPlan(
                day=day,
                reviews=reviews,
                new=new,
                minutes=(reviews * pace.review + new * pace.new) / 60,
                left_over=len(waiting),
            )
        )
    # Items not begun would each have asked for the reviews of one begun today.
    extra = new_left * _reviews_until(scheduler, now, exam) * pace.review
    faded = sum(recall < scheduler.desired_retention for recall, _, _ in waiting)
    return days, new_left, faded, extra


def _put_back(
    due: dict[int, list[CardState]], card: CardState, store: Store, today: date, offset: int, exam: datetime
) -> None:
    if card.due < exam:
        due.setdefault(max(offset + 1, (store.days.day_of(card.due) - today).days), []).append(card)


def _first_day(scheduler: Scheduler, item: str, moment: datetime) -> CardState:
    """A new item after its first look and its learning steps, all gone well."""
    card = CardState(item=item, due=moment)
    while card.state is not State.REVIEW:
        card = scheduler.review(card, Rating.GOOD, max(moment, card.due)).after
    return card


def _reviews_until(scheduler: Scheduler, now: datetime, exam: datetime) -> int:
    card, reviews = _first_day(scheduler, "new", now), 0
    while card.due < exam and reviews < 100:
        card = scheduler.review(card, Rating.GOOD, card.due).after
        reviews += 1
    return reviews


def _recall_at(scheduler: Scheduler, card: CardState, exam: datetime) -> float:
    if card.stability is None or card.last_review is None:
        return 0.0
    return scheduler.recall_after(card.stability, max(0.0, (exam - card.last_review) / timedelta(days=1)))
