"""A grade: points item by item with the reason for each, made from evidence, rubric and a person's marks alone."""

import datetime
from typing import Literal

import msgspec

from labs.grading.evidence import Finding
from labs.submission.assignment import ItemKind
from metrics.score import Score

ItemState = Literal["automatic", "marked", "waiting", "unmeasured"]
"""``waiting``: a person has still to mark it. ``unmeasured``: it asks for a value that could not be recomputed."""
Status = Literal["graded", "waiting", "refused", "missing"]


class ItemGrade(msgspec.Struct, frozen=True, kw_only=True):
    """Points of one rubric item."""

    id: str
    kind: ItemKind
    points: float
    out_of: float
    state: ItemState
    reason: str
    """In English; ``code`` and ``values`` say the same for translation."""
    code: str
    values: dict[str, float | int | str] = {}
    comment: str = ""
    overridden: bool = False


class Disagreement(msgspec.Struct, frozen=True, kw_only=True):
    """A claimed number beside the recomputed one."""

    metric: str
    claimed: float
    recomputed: float
    tolerance: float
    source: Literal["predictions", "public"]
    """Recomputed from the predictions handed in, or from the adapter."""
    agrees: bool


class Grade(msgspec.Struct, frozen=True, kw_only=True):
    """One submission's grade, or a student's whose submission is missing."""

    student: str
    name: str = ""
    status: Status
    digest: str = ""
    file: str = ""
    received: datetime.datetime | None = None
    items: tuple[ItemGrade, ...] = ()
    earned: float = 0.0
    """Before caps and lateness."""
    capped_by: tuple[str, ...] = ()
    """Ids of the caps that took something."""
    days_late: int = 0
    late_percent: float = 0.0
    """Taken off for lateness."""
    total: float = 0.0
    out_of: float = 0.0
    counts: bool = True
    """Whether this is the submission that counts, of several."""
    overridden_reason: str = ""
    scores: dict[str, dict[str, Score]] = {}
    """``public``, ``hidden``, ``base_public``, ``base_hidden``."""
    disagreements: tuple[Disagreement, ...] = ()
    findings: tuple[Finding, ...] = ()
    tiers: dict[str, str] = {}
    """State by tier."""


class Unmatched(msgspec.Struct, frozen=True, kw_only=True):
    """A submission whose student is not on the roster."""

    student: str
    digest: str
    file: str
    near: tuple[str, ...]
    """Ids of the roster that look like it, the nearest first; the instructor decides (``aliases``)."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A total before and after a regrade."""

    student: str
    before: float
    after: float
    items: dict[str, tuple[float, float]] = {}
    """Items whose points changed."""


class Gradebook(msgspec.Struct, frozen=True, kw_only=True):
    """``gradebook.json``: the whole class. No wall-clock time in it: the same input gives the same bytes."""

    format_version: Literal[1] = 1
    assignment: str
    assignment_digest: str
    out_of: float
    grades: tuple[Grade, ...]
    """The submission that counts of every student, by id; missing ones too."""
    others: tuple[Grade, ...] = ()
    """Submissions that do not count."""
    unmatched: tuple[Unmatched, ...] = ()
    unreadable: tuple[Grade, ...] = ()
    """Refused archives that do not even say whose they are."""
