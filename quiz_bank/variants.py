"""What one learner sees of a question: parameters drawn, formulas computed, options shuffled, all from one seed."""

import msgspec

from quiz_bank.figures import Figure
from quiz_bank.questions import Question, Value
from quiz_bank.text import Text


class Choice(msgspec.Struct, frozen=True):
    """Something to choose, to order, or to join: its stable key and its text."""

    key: str
    text: Text
    why: Text
    correct: bool = False


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    """A question ready to be shown. The same question and seed give the same variant on every machine."""

    question: Question
    seed: int
    values: dict[str, Value]
    """Parameters, case columns and ``let`` names; empty where nothing varies."""
    digest: str
    """Twelve hex digits of id and values: equal for two seeds that drew the same numbers."""
    prompt: Text
    explain: Text
    hints: tuple[Text, ...] = ()
    exam_note: Text | None = None
    code: Text | None = None
    figures: tuple[Figure, ...] = ()
    choices: tuple[Choice, ...] = ()
    """In shown order: options (single, multi, boolean, numeric as choice), things to order, right sides of a match."""
    lefts: tuple[Choice, ...] = ()
    """Left sides of a match, in shown order; each one's key is also the key of the right side that belongs to it."""
    number: float | None = None
    """The key of a numeric item, in ``unit``."""
    shown_number: Text | None = None
    """The key as shown, with its unit."""
    unit: Text | None = None
