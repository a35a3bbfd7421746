"""Mock exams as data: the sheet that was drawn, what was answered, the report."""

from datetime import datetime

import msgspec

from quiz_bank.answers import Answer
from quiz_bank.blueprints import Blueprint
from quiz_bank.intervals import Estimate
from quiz_bank.questions import Kind


class SheetItem(msgspec.Struct, frozen=True, kw_only=True):
    """One place of the sheet."""

    place: int
    """From 0."""
    section: int
    """Index into the blueprint's sections."""
    topic: str
    kind: Kind
    question: str
    seed: int
    digest: str
    """``Variant.digest`` as it was shown."""
    repeated: bool = False
    """This very variant was in one of the last two exams, and the bank held nothing else."""


class Shortfall(msgspec.Struct, frozen=True):
    """A section for which the bank is too small."""

    section: int
    wanted: int
    found: int


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """An exam as drawn. The same blueprint, bank, seed and recent exams give the same sheet."""

    blueprint: Blueprint
    """A copy: a later edit of the data does not change an exam that was begun."""
    seed: int
    items: tuple[SheetItem, ...]
    shortfalls: tuple[Shortfall, ...] = ()


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What the learner has done at one place so far."""

    place: int
    answer: Answer | None = None
    flagged: bool = False
    seconds: float = 0.0
    """Time spent on the item, over all visits."""
    changes: int = 0
    """How often an answer was replaced by another."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One item after marking."""

    item: SheetItem
    given: Given
    correct: bool
    score: float
    """0-1 under the blueprint's scoring rule; 0 if unanswered."""
    problem: str | None = None
    """Code of what kept it from being marked: an unreadable number, a question that left the bank."""


class Part(msgspec.Struct, frozen=True):
    """A section, a topic or a kind within a report."""

    key: str
    """Topic id, kind, or index of the section."""
    items: int
    points: float
    score: Estimate
    seconds: float


class StudyNext(msgspec.Struct, frozen=True):
    """A topic worth the next hour."""

    topic: str
    gain: float
    """Share of the exam's points that mastering the topic would add, shrunk for small numbers."""
    wrong: tuple[str, ...]
    """Questions to look at again."""


class ExamReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an exam showed."""

    exam: int
    blueprint: str
    started_at: datetime
    finished_at: datetime
    minutes: int
    seconds: float
    """Time used."""
    points: float
    score: Estimate
    """Share of the full score, with its 95 % interval."""
    pass_mark: float
    passed: bool
    answered: int
    sections: tuple[Part, ...]
    topics: tuple[Part, ...]
    kinds: tuple[Part, ...]
    results: tuple[Result, ...]
    study_next: tuple[StudyNext, ...]
    shortfalls: tuple[Shortfall, ...] = ()

    @property
    def sure(self) -> bool:
        """Whether the interval lies on one side of the pass mark."""
        return self.score.low >= self.pass_mark or self.score.high < self.pass_mark


class ExamSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the history."""

    exam: int
    blueprint: str
    finished_at: datetime
    items: int
    score: Estimate
    pass_mark: float
    passed: bool
    seconds: float


class Trend(msgspec.Struct, frozen=True):
    """Whether scores rise: points of score (0-1) an exam, with a 95 % interval."""

    exams: int
    slope: float
    low: float
    high: float
