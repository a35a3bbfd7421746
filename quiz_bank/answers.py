"""What a learner answers, and the verdict on it."""

from typing import Literal

import msgspec

from quiz_bank.text import Text


class Chosen(msgspec.Struct, frozen=True, tag="chosen"):
    """Keys of the chosen options: ``single``, ``multi``, ``boolean`` (``true``/``false``), ``numeric`` as choice."""

    keys: tuple[str, ...]


class Typed(msgspec.Struct, frozen=True, tag="typed"):
    """A number as typed: ``numeric``."""

    text: str


class Ordered(msgspec.Struct, frozen=True, tag="ordered"):
    """Keys in the learner's order: ``order``."""

    keys: tuple[str, ...]


class Matched(msgspec.Struct, frozen=True, tag="matched"):
    """Key of the left side to key of the right side: ``match``. Left sides may be missing."""

    pairs: dict[str, str]


class Filled(msgspec.Struct, frozen=True, tag="filled"):
    """Name of the blank to what was typed: ``cloze``."""

    blanks: dict[str, str]


class Spotted(msgspec.Struct, frozen=True, tag="spotted"):
    """Line numbers, from 1: ``spot``."""

    lines: tuple[int, ...]


Answer = Chosen | Typed | Ordered | Matched | Filled | Spotted


class Feedback(msgspec.Struct, frozen=True):
    """What is said on one option, pair, blank or line."""

    key: str
    """Key of the choice, pair or blank, name of the mistake, or the line's number."""
    text: Text
    """The option itself, the blank's answer, the line."""
    why: Text
    right: bool
    """Whether this part belongs to the key."""
    chosen: bool
    """Whether the learner chose it (put it there, filled it so)."""


class Verdict(msgspec.Struct, frozen=True):
    """The result of one answer. Everything to show afterwards is in it."""

    correct: bool
    score: float
    """0 to 1; under all-or-nothing only 0.0 and 1.0."""
    feedback: tuple[Feedback, ...]
    answer: Text
    """The right answer, in words."""
    explain: Text
    exam_note: Text | None = None
    read_as: Text | None = None
    """How a typed number was understood, with its unit."""
    mistake: str | None = None
    """Name of the known mistake that the number comes from."""


Scoring = Literal["all-or-nothing", "partial"]
