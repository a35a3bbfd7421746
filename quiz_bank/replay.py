"""Rebuilding card states from the review log: the log is the truth, the state is what follows from it."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from quiz_bank.clock import from_microseconds, to_microseconds
from quiz_bank.records import ReviewRow
from quiz_bank.reviewing import write_card
from quiz_bank.rows import REVIEW_COLUMNS, review_from_row
from quiz_bank.scheduling import CardState, Scheduler
from quiz_bank.store import Store


def reviews(store: Store, item: str | None = None) -> list[ReviewRow]:
    """The review log in order of ids, of one item if it is named."""
    where, parameters = ("WHERE i.item = ?", (item,)) if item is not None else ("", ())
    rows = store.rows(
        f"SELECT {REVIEW_COLUMNS} FROM review r JOIN item i ON i.id = r.item_id {where} ORDER BY r.id",
        parameters,
    )
    return [review_from_row(row) for row in rows]


def replayed(card: CardState, history: Iterable[ReviewRow], scheduler: Scheduler) -> CardState:
    """The state after a history, from the state before it."""
    for row in history:
        card = scheduler.review(card, row.rating, row.at).after
    return card


def rebuild(
    store: Store, scheduler: Scheduler, *, not_after: datetime | None = None, keep_due: bool = False
) -> int:
    """Recompute every reviewed card from the log: after new weights, or when the clock was wrong.

    Args:
        scheduler: with the weights, exam and fuzz that are to hold from now on.
        not_after: reviews that a wrong clock put later than this count as made at this moment. Give the
            present: a card "reviewed in 2040" would otherwise never fade.
        keep_due: leave due dates as they are; new weights then speak from the next review on.

    Returns:
        How many cards have changed.
    """
    history: dict[str, list[ReviewRow]] = {}
    for row in reviews(store):
        if not_after is not None and row.at > not_after:
            row = msgspec.structs.replace(row, at=not_after)
        history.setdefault(row.item, []).append(row)
    changed = 0
    exam = store.get_meta("exam")
    with store.transaction() as db:
        for item, rows in history.items():
            (rowid, first) = db.execute(
                "SELECT i.id, (SELECT before FROM review WHERE item_id = i.id ORDER BY id LIMIT 1) FROM item i "
                "WHERE i.item = ?",
                (item,),
            ).fetchone()
            card = replayed(msgspec.json.decode(first, type=CardState), rows, scheduler)
            present = store.item(item).card
            if keep_due:
                card = msgspec.structs.replace(card, due=present.due)
            if card == present:
                continue
            changed += 1
            write_card(store, db, rowid, card, from_microseconds(int(exam)) if exam else None)
            if not_after is not None:
                db.execute(
                    "UPDATE review SET at = min(at, ?) WHERE item_id = ?", (to_microseconds(not_after), rowid)
                )
    return changed


def future_reviews(store: Store, now: datetime) -> int:
    """Cards whose last review lies more than a day ahead: a clock was wrong, then or now."""
    ahead = to_microseconds(now) + 86_400_000_000
    return int(str(store.rows("SELECT count(*) FROM item WHERE last_review > ?", (ahead,))[0][0]))
