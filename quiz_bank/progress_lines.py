"""Progress as JSON lines: one record a line, readable without this program, exact to the microsecond and bit."""

from datetime import datetime

import msgspec

from quiz_bank.records import ItemKind, Mode
from quiz_bank.scheduling import CardState

FORMAT_VERSION = 1


class Line(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=str.lower, forbid_unknown_fields=True
):
    """What all records share: ``type`` says which one it is."""


class Header(Line, frozen=True, kw_only=True, tag="finetutor-progress"):
    """The first line."""

    format_version: int
    exported_at: datetime


class Item(Line, frozen=True, kw_only=True):
    """An item, its schedule and the learner's marks on it."""

    item: str
    kind: ItemKind
    topic: str
    card: CardState
    suspended: bool = False
    flagged: bool = False
    note: str = ""
    content: str | None = None


class Review(Line, frozen=True, kw_only=True):
    """A review, in the order they were made."""

    id: int
    item: str
    rating: int
    at: datetime
    clock: datetime
    clock_went_back: bool
    day: int
    """Proleptic ordinal of the study day."""
    seconds: float | None
    due: datetime
    before: CardState


class Attempt(Line, frozen=True, kw_only=True):
    """An answer to a question."""

    item: str
    review: int | None
    """``id`` of the review it came with."""
    exam: int | None
    """``id`` of the exam it was given in."""
    topic: str
    mode: Mode
    at: datetime
    seed: int
    digest: str
    answer: msgspec.Raw
    chosen: tuple[str, ...]
    correct: bool
    score: float
    seconds: float | None
    hints: int


class ExamAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What was given at one place."""

    place: int
    answer: msgspec.Raw
    """``null`` where nothing was given."""
    flagged: bool
    seconds: float
    changes: int
    answered_at: datetime | None


class Exam(Line, frozen=True, kw_only=True):
    """An exam, open or handed in."""

    id: int
    blueprint: str
    sheet: msgspec.Raw
    started_at: datetime
    ends_at: datetime
    seen_at: datetime
    finished_at: datetime | None
    current: int
    report: msgspec.Raw
    """``null`` while it is open."""
    answers: tuple[ExamAnswer, ...]


class Prediction(Line, frozen=True, kw_only=True):
    """What was said before a run, and what was measured."""

    at: datetime
    lab: str
    run: str
    quantity: str
    unit: str
    said: str
    formula: str | None
    measured: str
    relative_error: float | None
    verdict: str
    card: str | None


class Setting(Line, frozen=True, kw_only=True):
    """A value kept with the progress, such as fitted weights."""

    key: str
    value: str


Record = Header | Item | Review | Attempt | Exam | Prediction | Setting
NULL = b"null"
CARRIED = ("fsrs_weights", "desired_retention")
"""Settings that travel; the exam date and the zone belong to the machine."""
