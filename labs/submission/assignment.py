"""The assignment file: everything that decides how a class is graded, in one TOML. See docs/instructors.en.md."""

import datetime
import hashlib
import hmac
from pathlib import Path
from typing import Any, Literal

import msgspec

from labs.text import Text

ItemKind = Literal["check", "bands", "linear", "quiz", "calibration", "written"]


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file."""


class Allowed(_Part, frozen=True, kw_only=True):
    """What a student may set one field of the run spec to; both forms may stand together."""

    low: float | None = None
    high: float | None = None
    choices: tuple[Any, ...] = ()


class BaseModel(_Part, frozen=True, kw_only=True):
    """The base model every run starts from. What a student's files name instead is never loaded."""

    model: str = "pocket"
    digests: dict[str, str] = {}
    """SHA-256 of its files by name, as run manifests give them."""


class Hidden(_Part, frozen=True, kw_only=True):
    """A test set that students have not seen."""

    file: str = ""
    """Rows, relative to the assignment file; empty: there is none."""
    digest: str = ""
    """SHA-256 of the file."""


class Evaluation(_Part, frozen=True, kw_only=True):
    """How adapters are evaluated again."""

    metrics: tuple[str, ...] = ()
    """Empty: the lab's."""
    public_rows: int | None = None
    """Of the public test set, from its beginning; None: all."""
    hidden_rows: int | None = None
    tolerance: dict[str, float] = {}
    """By metric: how far a claim may be from what was recomputed, on the metric's scale (perplexity: relative)."""
    replay_steps: int = 0
    """So many first steps are trained again and their losses compared; 0: none."""
    replay_tolerance: float = 0.02
    """Relative difference of a step's loss."""


class Deadline(_Part, frozen=True, kw_only=True):
    """When it is due and what lateness costs."""

    at: datetime.datetime | None = None
    """With its UTC offset; None: no deadline."""
    grace_minutes: float = 0.0
    percent_per_day: float = 0.0
    """Of the points earned, for each day begun after the grace."""
    floor_percent: float = 0.0
    """Lateness never takes more than what leaves this share of the points earned."""
    extensions: dict[str, datetime.datetime] = {}
    """A later deadline of one's own, by student id."""


class Band(_Part, frozen=True, kw_only=True):
    """``points`` where the value is at least ``at_least``."""

    at_least: float
    points: float


class RubricItem(_Part, frozen=True, kw_only=True):
    """Points for one thing.

    ``check``: all of them where ``expression`` is true. ``bands``: those of the highest band that ``expression``
    reaches. ``linear``: between none at ``low`` and all at ``high`` (``low`` may be the greater, for
    perplexities). ``quiz``: the share of ``questions`` answered rightly. ``calibration``: the share of predictions
    made before the run that came true. ``written``: given by a person.
    """

    id: str
    title: Text
    points: float
    kind: ItemKind = "check"
    expression: str = ""
    """Over recomputed values (docs/instructors.en.md): ``hidden.exact_match``, ``public.bleu``, ``spec.r``, ..."""
    low: float | None = None
    high: float | None = None
    bands: tuple[Band, ...] = ()
    questions: tuple[str, ...] = ()
    """Ids of the quiz bank; their numbers are drawn from the student's seed."""
    draw: int | None = None
    """So many of ``questions`` are drawn for each student; None: everybody gets all of them."""
    reflection: int | None = None
    """The lab's reflection question that a ``written`` item is about, from 0."""
    comments: tuple[Text, ...] = ()
    """Comments to choose from when grading by hand."""


class Cap(_Part, frozen=True, kw_only=True):
    """No more than ``percent`` of all points where ``expression`` is true."""

    id: str
    expression: str
    percent: float
    reason: Text


class Assignment(_Part, frozen=True, kw_only=True):
    """One assignment."""

    format_version: Literal[1]
    id: str
    title: Text
    lab: str
    secret: str = ""
    """Each student's seed comes from it and the student's id. Keep the file to yourself."""
    per_student_seed: bool = False
    """A run's seed must then be the student's."""
    split_share: float = 0.0
    """0-1: every student trains on so much of the training rows, drawn for this student, and is validated on as
    much of the validation rows; 0: everybody has the files as they are."""
    base: BaseModel = BaseModel()
    spec: dict[str, Any] = {}
    """Fields of the run spec that differ from the lab's, e.g. ``max_steps``."""
    methods: tuple[Literal["full", "lora", "qlora"], ...] = ("lora", "qlora")
    allowed: dict[str, Allowed] = {}
    """Fields of the spec that a student may turn; every other field must be the lab's own (``method`` aside)."""
    data: dict[str, str] = {}
    """SHA-256 of the training, validation and test files by part, as run manifests give them."""
    hidden: Hidden = Hidden()
    evaluation: Evaluation = Evaluation()
    deadline: Deadline = Deadline()
    keep: Literal["best", "last", "first"] = "best"
    """Which of a student's several submissions counts."""
    rubric: tuple[RubricItem, ...] = ()
    caps: tuple[Cap, ...] = ()
    aliases: dict[str, str] = {}
    """Ids that students mistyped, and the roster's ids that they mean."""
    folder: Path = Path()
    """Of the file; set by the loader."""

    @property
    def points(self) -> float:
        """All that can be earned."""
        return sum(item.points for item in self.rubric)

    def seed_of(self, student: str) -> int:
        """The student's own seed, 0 to 2**32 - 1: HMAC-SHA256 of the id under the secret."""
        return self._drawn(student)

    def split_seed_of(self, student: str) -> int:
        """Draws the student's own rows (``RunSpec.split_seed``)."""
        return self._drawn(f"split\0{student}")

    def questions_of(self, item: RubricItem, student: str) -> tuple[str, ...]:
        """The questions of a quiz item that the student is asked, in the item's order."""
        if item.draw is None or item.draw >= len(item.questions):
            return item.questions
        ranked = sorted(item.questions, key=lambda one: self._mac(f"question\0{student}\0{one}"))
        kept = set(ranked[: item.draw])
        return tuple(one for one in item.questions if one in kept)

    def _drawn(self, text: str) -> int:
        return int.from_bytes(self._mac(text)[:4], "big")

    def _mac(self, text: str) -> bytes:
        return hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).digest()
