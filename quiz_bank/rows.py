"""Between database rows and typed records."""

from collections.abc import Sequence
from typing import Any

from quiz_bank.clock import from_microseconds
from quiz_bank.records import ItemRef, ItemState, ReviewRow
from quiz_bank.scheduling import CardState, Rating, State

CARD_COLUMNS = "state, step, stability, difficulty, due, last_review, reps, lapses"
ITEM_COLUMNS = f"item, kind, topic, suspended, flagged, note, content, {CARD_COLUMNS}"
REVIEW_COLUMNS = "r.id, i.item, r.rating, r.at, r.clock, r.clock_went_back, r.seconds, r.due"


def card_from_row(item: str, row: Sequence[Any]) -> CardState:
    """A card's state from ``CARD_COLUMNS``."""
    state, step, stability, difficulty, due, last_review, reps, lapses = row
    return CardState(
        item=item,
        state=State(state),
        step=step,
        stability=stability,
        difficulty=difficulty,
        due=from_microseconds(due),
        last_review=from_microseconds(last_review) if last_review is not None else None,
        reps=reps,
        lapses=lapses,
    )


def item_from_row(row: Sequence[Any]) -> ItemState:
    """An item from ``ITEM_COLUMNS``."""
    item, kind, topic, suspended, flagged, note, content = row[:7]
    return ItemState(
        ref=ItemRef(item, kind, topic),
        card=card_from_row(item, row[7:]),
        suspended=bool(suspended),
        flagged=bool(flagged),
        note=note,
        content=content,
    )


def review_from_row(row: Sequence[Any]) -> ReviewRow:
    """A review from ``REVIEW_COLUMNS``."""
    number, item, rating, at, clock, went_back, seconds, due = row[:8]
    return ReviewRow(
        id=number,
        item=item,
        rating=Rating(rating),
        at=from_microseconds(at),
        clock=from_microseconds(clock),
        clock_went_back=bool(went_back),
        seconds=seconds,
        due=from_microseconds(due),
    )
