"""What to ask next, and how much waits: bounded queries, whatever the size of the collection.

Counting reads counters kept by triggers, one row for each lane, day, topic and kind; the next item is the
first entry of an index. Neither looks at items one by one.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

import msgspec

from quiz_bank.clock import to_microseconds
from quiz_bank.records import ItemKind, ItemState
from quiz_bank.rows import ITEM_COLUMNS, item_from_row
from quiz_bank.scheduling import Scheduler
from quiz_bank.store import Store

KINDS: tuple[ItemKind, ...] = ("card", "question", "generated")
# In the last study days before the exam, what is likeliest to be lost at the exam hour comes first.
LAST_DAYS = 3
# Seconds an item takes while nothing has been measured yet.
UNMEASURED_SECONDS = 20.0
_MEASURED_REVIEWS = 200
_ENOUGH_MEASURED = 5


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """How much waits."""

    today: int
    """Reviews due on this study day or before, learning steps included."""
    tomorrow: int
    new: int
    """Never seen, not suspended."""
    by_topic: dict[str, int]
    """Reviews due today, by topic; topics with none are missing."""
    new_by_topic: dict[str, int]
    days: tuple[int, ...]
    """Reviews on today and the days after it, for a small chart; the first entry is ``today``."""
    seconds: float
    """Time that today's reviews are likely to take, from the learner's own pace."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What may be asked."""

    topics: Collection[str] | None = None
    kinds: Collection[ItemKind] = KINDS
    new_today: int = 20
    """New items a study day; those already begun today count."""
    exclude: frozenset[str] = frozenset()
    """Items not to be asked now (just shown, or on the screen)."""


def waiting(
    store: Store,
    now: datetime,
    *,
    kinds: Collection[ItemKind] = KINDS,
    topics: Collection[str] | None = None,
    horizon: int = 7,
) -> Waiting:
    """Counts of what waits, today and on the following days.

    Args:
        horizon: how many days ``days`` covers.
    """
    store.follow_day(now)
    today = store.days.day_of(now).toordinal()
    horizon = max(horizon, 2)
    by_topic: dict[str, int] = {}
    new_by_topic: dict[str, int] = {}
    where, parameters = _only(kinds, topics)
    for lane, topic, n in store.rows(
        f"SELECT lane, topic, sum(n) FROM waiting WHERE (lane = 0 OR (lane IN (1, 2) AND day <= ?)) AND {where} "
        "GROUP BY lane, topic",
        (today, *parameters),
    ):
        assert isinstance(topic, str) and isinstance(n, int)
        counts = by_topic if lane else new_by_topic
        counts[topic] = counts.get(topic, 0) + n
    days = [sum(by_topic.values())] + [0] * (horizon - 1)
    table = "waiting_day" if topics is None else "waiting"
    for day, n in store.rows(
        f"SELECT day, sum(n) FROM {table} WHERE lane IN (1, 2) AND day > ? AND day < ? AND {where} GROUP BY day",
        (today, today + horizon, *parameters),
    ):
        assert isinstance(day, int) and isinstance(n, int)
        days[day - today] += n
    return Waiting(
        today=days[0],
        tomorrow=days[1],
        new=sum(new_by_topic.values()),
        by_topic=by_topic,
        new_by_topic=new_by_topic,
        days=tuple(days),
        seconds=days[0] * usual_seconds(store) if days[0] else 0.0,
    )


def next_item(
    store: Store, now: datetime, scheduler: Scheduler, limits: Limits | None = None
) -> ItemState | None:
    """The item to ask now; None when nothing waits.

    Learning steps whose minutes are over come first, then what is due today, longest overdue first (in the
    last days before the exam: what is likeliest to be lost at the exam hour first), then new items while the
    day's number allows, then learning steps that would be due within the study day.
    """
    limits = limits or Limits()
    today = store.days.day_of(now)
    day_end = to_microseconds(store.days.end(today)) - 1
    moment = to_microseconds(now)
    found = _first(store, 1, moment, limits)
    if found is None and in_last_days(store, now, scheduler.exam):
        found = _likeliest_lost(store, now, scheduler, limits)
    if found is None:
        found = _first(store, 2, day_end, limits)
    if found is None and new_left(store, today, limits.new_today) > 0:
        found = _first(store, 0, None, limits)
    if found is None:
        found = _first(store, 1, day_end, limits)
    return found


def new_left(store: Store, today: date, new_today: int) -> int:
    """How many new items may still be begun on a study day."""
    rows = store.rows("SELECT new FROM day WHERE day=?", (today.toordinal(),))
    begun = int(str(rows[0][0])) if rows else 0
    return max(0, new_today - begun)


def seconds_left(store: Store, now: datetime, minutes_a_day: float) -> float:
    """What is left of the day's budget, 0 when it is used up; the time comes from the reviews as measured."""
    rows = store.rows("SELECT seconds FROM day WHERE day=?", (store.days.day_of(now).toordinal(),))
    return max(0.0, 60.0 * minutes_a_day - (float(str(rows[0][0])) if rows else 0.0))


def in_last_days(store: Store, now: datetime, exam: datetime | None) -> bool:
    """Whether the exam is so near that the ranking by retrievability at its hour has taken over."""
    if exam is None or now >= exam:
        return False
    return store.days.day_of(exam) - store.days.day_of(now) <= timedelta(days=LAST_DAYS)


def usual_seconds(store: Store) -> float:
    """Median seconds a review takes this learner, from the last ones measured."""
    rows = store.rows(
        "SELECT seconds FROM (SELECT seconds FROM review WHERE seconds > 0 ORDER BY id DESC LIMIT ?) "
        "ORDER BY seconds",
        (_MEASURED_REVIEWS,),
    )
    return float(str(rows[len(rows) // 2][0])) if len(rows) >= _ENOUGH_MEASURED else UNMEASURED_SECONDS


def _first(store: Store, lane: int, until: int | None, limits: Limits) -> ItemState | None:
    """Longest due item of a lane, through the index of (lane, kind, due) or (lane, topic, kind, due)."""
    best: tuple[tuple[int, int], ItemState] | None = None
    for where, parameters in _strata(limits):
        rows = store.rows(
            f"SELECT due, id, {ITEM_COLUMNS} FROM item WHERE lane = ? AND {where} AND due <= ? "
            f"ORDER BY due, id LIMIT {len(limits.exclude) + 1}",
            (lane, *parameters, until if until is not None else (1 << 62)),
        )
        for row in rows:
            due, number, item = row[:3]
            assert isinstance(due, int) and isinstance(number, int)
            if item not in limits.exclude:
                # New items share their due moment; among equals the bank's order counts, not the kind.
                if best is None or (due, number) < best[0]:
                    best = ((due, number), item_from_row(row[2:]))
                break
    return best[1] if best else None


def _likeliest_lost(store: Store, now: datetime, scheduler: Scheduler, limits: Limits) -> ItemState | None:
    """In the last days: the card with the lowest retrievability at the exam hour, if that is below the aim."""
    exam = scheduler.exam
    assert exam is not None
    if not store.read_only:
        store.set_exam(exam)
    # What was looked at today has had its turn, however weak it is; its learning steps bring it back.
    since = to_microseconds(store.days.start(store.days.day_of(now)))
    best: tuple[float, ItemState] | None = None
    for kind in limits.kinds:
        topics = f"AND topic IN ({_marks(limits.topics)})" if limits.topics is not None else ""
        rows = store.rows(
            f"SELECT exam_rank, {ITEM_COLUMNS} FROM item WHERE lane = 2 AND kind = ? AND exam_rank IS NOT NULL "
            f"AND last_review < ? {topics} ORDER BY exam_rank DESC LIMIT {len(limits.exclude) + 1}",
            (kind, since, *(limits.topics or ())),
        )
        for row in rows:
            rank = row[0]
            assert isinstance(rank, float)
            if row[1] not in limits.exclude:
                if best is None or rank > best[0]:
                    best = (rank, item_from_row(row[1:]))
                break
    # exam_rank is time over stability, so recall_after(1, rank) is the retrievability at the exam hour.
    microseconds_a_day = 86_400_000_000
    if (
        best is None
        or scheduler.recall_after(1.0, best[0] / microseconds_a_day) >= scheduler.desired_retention
    ):
        return None
    return best[1]


def _strata(limits: Limits) -> list[tuple[str, tuple[str, ...]]]:
    if limits.topics is None:
        return [("kind = ?", (kind,)) for kind in limits.kinds]
    return [("topic = ? AND kind = ?", (topic, kind)) for topic in limits.topics for kind in limits.kinds]


def _only(kinds: Collection[ItemKind], topics: Collection[str] | None) -> tuple[str, Sequence[str]]:
    where = f"kind IN ({_marks(kinds)})"
    if topics is None:
        return where, tuple(kinds)
    return f"{where} AND topic IN ({_marks(topics)})", (*kinds, *topics)


def _marks(values: Collection[str]) -> str:
    return ", ".join("?" * len(values))
