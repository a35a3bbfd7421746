"""The rows a learner leaves behind, as typed data: items, reviews, attempts."""

from datetime import datetime
from typing import TYPE_CHECKING, Literal

import msgspec

from quiz_bank.scheduling import CardState, Rating

if TYPE_CHECKING:
    from quiz_bank.bank import Bank

BACK = "~back"
"""Ending of the id under which a two-way card is asked from its back; ``~`` occurs in no authored id."""

ItemKind = Literal["card", "question", "generated"]
Mode = Literal["study", "practice", "exam"]


class ItemRef(msgspec.Struct, frozen=True):
    """An item as the schedule knows it: its content stays in the bank."""

    item: str
    kind: ItemKind
    topic: str


def refs(bank: "Bank") -> list[ItemRef]:
    """All items of a bank for ``Store.register``: topic by topic in the bank's order, its cards, then its questions.

    A two-way card is two items.
    """
    order = {topic: place for place, topic in enumerate(bank.topics)}
    items = [ItemRef(card.id, "card", card.topic) for card in bank.cards]
    items += [ItemRef(card.id + BACK, "card", card.topic) for card in bank.cards if card.both]
    items += [ItemRef(question.id, "question", question.topic) for question in bank.questions]
    return sorted(items, key=lambda ref: order.get(ref.topic, len(order)))


class ItemState(msgspec.Struct, frozen=True, kw_only=True):
    """One item with its schedule and the learner's marks on it."""

    ref: ItemRef
    card: CardState
    suspended: bool = False
    """Not asked until resumed."""
    flagged: bool = False
    note: str = ""
    """Why it was flagged or suspended, in the learner's words."""
    content: str | None = None
    """JSON of a generated card; None where the bank holds the content."""


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One answer to one variant of a question."""

    mode: Mode
    seed: int
    """Variant seed: with the question's id it gives the numbers and the order that were shown."""
    digest: str = ""
    """``Variant.digest``: equal for seeds that drew the same numbers."""
    answer: str
    """What was answered, as JSON."""
    chosen: tuple[str, ...] = ()
    """Keys of the chosen options, blanks' texts or lines: for option frequencies."""
    correct: bool
    score: float
    """0-1; differs from ``correct`` only under partial scoring."""
    seconds: float | None = None
    hints: int = 0


class ReviewRow(msgspec.Struct, frozen=True, kw_only=True):
    """A review as stored. Order is by ``id``: clocks may jump, ids do not."""

    id: int
    item: str
    rating: Rating
    at: datetime
    clock: datetime
    clock_went_back: bool
    seconds: float | None
    due: datetime
