"""Writing a review and taking it back, inside a transaction of the store's."""

import sqlite3
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from quiz_bank.clock import from_microseconds, to_microseconds
from quiz_bank.records import Attempt, ReviewRow
from quiz_bank.rows import CARD_COLUMNS, REVIEW_COLUMNS, card_from_row, review_from_row
from quiz_bank.scheduling import CardState, Rating, Reviewed, Scheduler, State
from quiz_bank.store_errors import UnknownItemError

if TYPE_CHECKING:
    from quiz_bank.store import Store

_SELECT_CARD = f"SELECT id, topic, {CARD_COLUMNS} FROM item WHERE item=?"
_UPDATE_CARD = (
    "UPDATE item SET state=?, step=?, stability=?, difficulty=?, due=?, due_day=?, last_review=?, reps=?, "
    "lapses=?, exam_rank=? WHERE id=?"
)
_INSERT_REVIEW = (
    "INSERT INTO review(item_id, rating, at, clock, clock_went_back, day, seconds, due, before) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_LAST_REVIEW = (
    f"SELECT {REVIEW_COLUMNS}, r.before, r.item_id, r.day, a.exam_id FROM review r "
    "JOIN item i ON i.id = r.item_id LEFT JOIN attempt a ON a.review_id = r.id ORDER BY r.id DESC LIMIT 1"
)
_INSERT_ATTEMPT = (
    "INSERT INTO attempt(item_id, review_id, exam_id, topic, mode, at, seed, digest, answer, chosen, correct, "
    "score, seconds, hints) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_COUNT_DAY = (
    "INSERT INTO day(day, reviews, new, attempts, correct, milliseconds) VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT(day) DO UPDATE SET reviews = reviews + excluded.reviews, new = new + excluded.new, "
    "attempts = attempts + excluded.attempts, correct = correct + excluded.correct, "
    "milliseconds = milliseconds + excluded.milliseconds"
)
_encode = msgspec.json.Encoder().encode


def review(
    store: "Store",
    db: sqlite3.Connection,
    item: str,
    rating: Rating,
    now: datetime,
    scheduler: Scheduler,
    *,
    seconds: float | None,
    attempt: Attempt | None,
    exam: int | None,
) -> Reviewed:
    """Card state, review log, attempt and the day's counts: see ``Store.review``."""
    row = db.execute(_SELECT_CARD, (item,)).fetchone()
    if row is None:
        raise UnknownItemError(store.place, item)
    rowid, topic = row[0], row[1]
    reviewed = scheduler.review(card_from_row(item, row[2:]), rating, now)
    day = store.days.day_of(reviewed.clock).toordinal()
    write_card(store, db, rowid, reviewed.after, scheduler.exam)
    review_id = db.execute(
        _INSERT_REVIEW,
        (
            rowid,
            int(rating),
            to_microseconds(reviewed.at),
            to_microseconds(reviewed.clock),
            reviewed.clock_went_back,
            day,
            seconds,
            to_microseconds(reviewed.after.due),
            _encode(reviewed.before).decode(),
        ),
    ).lastrowid
    if attempt is not None:
        add_attempt(db, rowid, topic, attempt, reviewed.clock, review=review_id, exam=exam)
    new = reviewed.before.state is State.NEW
    db.execute(_COUNT_DAY, (day, 1, new, 1, rating is not Rating.AGAIN, milliseconds(seconds)))
    return reviewed


def undo(store: "Store", db: sqlite3.Connection) -> ReviewRow | None:
    """The last review, taken back: see ``Store.undo``."""
    row = db.execute(_LAST_REVIEW).fetchone()
    if row is None:
        return None
    undone = review_from_row(row)
    encoded, rowid, day, exam_number = row[8:]
    if exam_number is not None:
        return None  # an exam is handed in as a whole and stays so
    before = msgspec.json.decode(encoded, type=CardState)
    exam = store.get_meta("exam")
    write_card(store, db, rowid, before, from_microseconds(int(exam)) if exam else None)
    db.execute("DELETE FROM attempt WHERE review_id=?", (undone.id,))
    db.execute("DELETE FROM review WHERE id=?", (undone.id,))
    correct = undone.rating is not Rating.AGAIN
    new = before.state is State.NEW
    db.execute(_COUNT_DAY, (day, -1, -int(new), -1, -int(correct), -milliseconds(undone.seconds)))
    db.execute("DELETE FROM day WHERE day = ? AND reviews = 0 AND attempts = 0", (day,))
    return undone


def milliseconds(seconds: float | None) -> int:
    """A measured time as the day's sum takes it."""
    return round(1000 * seconds) if seconds else 0


def write_card(
    store: "Store", db: sqlite3.Connection, rowid: int, card: CardState, exam: datetime | None
) -> None:
    """Write a card's memory state, its study day and its rank for the exam."""
    last = to_microseconds(card.last_review) if card.last_review else None
    rank = None
    if exam is not None and last is not None and card.stability:
        rank = (to_microseconds(exam) - last) / card.stability
    db.execute(
        _UPDATE_CARD,
        (
            int(card.state),
            card.step,
            card.stability,
            card.difficulty,
            to_microseconds(card.due),
            store.days.day_of(card.due).toordinal(),
            last,
            card.reps,
            card.lapses,
            rank,
            rowid,
        ),
    )


def add_attempt(
    db: sqlite3.Connection,
    rowid: int,
    topic: str,
    attempt: Attempt,
    at: datetime,
    *,
    review: int | None = None,
    exam: int | None = None,
) -> None:
    """Write an answer, linked to the review or the exam it belongs to."""
    db.execute(
        _INSERT_ATTEMPT,
        (
            rowid,
            review,
            exam,
            topic,
            attempt.mode,
            to_microseconds(at),
            attempt.seed,
            attempt.digest,
            attempt.answer,
            _encode(attempt.chosen).decode(),
            attempt.correct,
            attempt.score,
            attempt.seconds,
            attempt.hints,
        ),
    )
