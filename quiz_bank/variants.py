"""What one learner sees of a question: parameters drawn, formulas computed, options shuffled, all from one seed."""

from collections.abc import Mapping
from hashlib import sha256

import msgspec

from quiz_bank.bank import Bank
from quiz_bank.drawing import drawn
from quiz_bank.figures import Figure
from quiz_bank.formulas import number
from quiz_bank.placeholders import fill_text, show_number
from quiz_bank.questions import Boolean, Match, Multi, Numeric, Order, Question, QuestionSet, Single, Value
from quiz_bank.seeds import Draws
from quiz_bank.spaces import Space
from quiz_bank.text import Text

TRUE = Text("True", "正确")
FALSE = Text("False", "错误")
ANSWER_KEY = "answer"
"""Key of the right option of a numeric item that is asked as a choice; the others carry their mistakes' names."""


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
    names: dict[str, Value]
    """``values``, facts and the key: what feedback is filled in with."""
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
    solution: tuple[Choice, ...] = ()
    """The things of an ``order`` item in their right order."""
    number: float | None = None
    """The key of a numeric item, in ``unit``."""
    shown_number: Text | None = None
    """The key as shown, with its unit."""
    unit: Text | None = None


def present(question: Question, seed: int, bank: Bank) -> Variant:
    """The variant of ``question`` that ``seed`` gives.

    Args:
        question: An item of ``bank``.
        seed: Any whole number.
        bank: Gives facts and tables.

    Raises:
        FormulaError: the item's formulas fail for this seed; ``lint`` finds such items.
    """
    space = bank.space(question)
    return with_values(question, seed, space, space.draw(seed))


def with_values(question: Question, seed: int, space: Space, values: dict[str, Value]) -> Variant:
    """The variant with given values, which lint uses to walk through all of them.

    Raises:
        FormulaError: see ``present``.
    """
    names = space.names(values)
    number_, shown, unit = _number(question, names)
    return Variant(
        question=question,
        seed=seed,
        values=values,
        names=names,
        digest=_digest(question, values),
        prompt=fill_text(question.prompt, names),
        explain=fill_text(question.explain, names),
        hints=tuple(fill_text(hint.text, names) for hint in question.hints),
        exam_note=None if question.exam_note is None else fill_text(question.exam_note, names),
        code=_code(question.code, names),
        figures=tuple(
            drawn(figure, names, Draws(question.id, seed, "noise", i))
            for i, figure in enumerate(question.figures)
        ),
        choices=_choices(question, seed, names),
        lefts=_lefts(question, seed, names),
        solution=_in_order(question, names) if isinstance(question, Order) else (),
        number=number_,
        shown_number=shown,
        unit=unit,
    )


def set_figures(question_set: QuestionSet) -> tuple[Figure, ...]:
    """The pictures of a set with their formulas computed; the same for every learner.

    Raises:
        FormulaError: a formula fails.
    """
    return tuple(
        drawn(figure, {}, Draws(question_set.id, "noise", i)) for i, figure in enumerate(question_set.figures)
    )


def letters(count: int) -> list[str]:
    """``a``, ``b`` ... ``z``, ``a1``, ``b1`` ...: default keys, by place in the file."""
    return [chr(97 + i % 26) + (str(i // 26) if i >= 26 else "") for i in range(count)]


def number_text(question: Numeric, value: float, names: Mapping[str, Value]) -> Text:
    """``value`` as the item shows numbers, with its unit.

    Raises:
        FormulaError: the item's ``format`` does not fit.
    """
    shown = show_number(value, question.format)
    if question.unit is None:
        return Text.same(shown)
    unit = fill_text(question.unit, names)
    return Text(_joined(shown, unit.en), _joined(shown, unit.zh))


def _joined(shown: str, unit: str) -> str:
    # 个、步、元 stand directly after the number, as does the percent sign; words and symbols after a space.
    return shown + unit if unit == "%" else f"{shown} {unit}" if unit else shown


def _digest(question: Question, values: Mapping[str, Value]) -> str:
    words = [question.id, *(f"{name}={values[name]!r}" for name in sorted(values))]
    return sha256("\x1f".join(words).encode()).hexdigest()[:12]


def _code(code: Text | None, names: Mapping[str, Value]) -> Text | None:
    if code is None:
        return None
    filled = fill_text(code, names)
    return Text(filled.en.rstrip("\n"), filled.zh.rstrip("\n"))


def _number(question: Question, names: Mapping[str, Value]) -> tuple[float | None, Text | None, Text | None]:
    if not isinstance(question, Numeric):
        return None, None, None
    value = float(number(question.answer, names))
    unit = None if question.unit is None else fill_text(question.unit, names)
    return value, number_text(question, value, names), unit


def _choices(question: Question, seed: int, names: Mapping[str, Value]) -> tuple[Choice, ...]:
    draws = Draws(question.id, seed, "order")
    if isinstance(question, Boolean):
        return (
            Choice("true", TRUE, fill_text(question.why_true, names), question.answer),
            Choice("false", FALSE, fill_text(question.why_false, names), not question.answer),
        )
    if isinstance(question, Numeric):
        return draws.shuffled(_numbers_to_choose(question, names)) if question.ask == "choice" else ()
    if isinstance(question, Single | Multi):
        keys = letters(len(question.options))
        choices = [
            Choice(
                option.key or key, fill_text(option.text, names), fill_text(option.why, names), option.correct
            )
            for key, option in zip(keys, question.options, strict=True)
        ]
        return draws.shuffled(choices) if question.shuffle else tuple(choices)
    if isinstance(question, Order):
        return _disordered(draws, _in_order(question, names))
    if isinstance(question, Match):
        rights = [Choice(left.key, right, left.why, True) for left, right in _pairs(question, names)]
        keys = letters(len(question.extras))
        rights += [
            Choice(extra.key or f"extra-{key}", fill_text(extra.text, names), fill_text(extra.why, names))
            for key, extra in zip(keys, question.extras, strict=True)
        ]
        return draws.shuffled(rights)
    return ()


def _lefts(question: Question, seed: int, names: Mapping[str, Value]) -> tuple[Choice, ...]:
    if not isinstance(question, Match):
        return ()
    return Draws(question.id, seed, "lefts").shuffled([left for left, _ in _pairs(question, names)])


def _pairs(question: Match, names: Mapping[str, Value]) -> list[tuple[Choice, Text]]:
    keys = letters(len(question.pairs))
    return [
        (
            Choice(pair.key or key, fill_text(pair.left, names), fill_text(pair.why, names), True),
            fill_text(pair.right, names),
        )
        for key, pair in zip(keys, question.pairs, strict=True)
    ]


def _in_order(question: Order, names: Mapping[str, Value]) -> tuple[Choice, ...]:
    keys = letters(len(question.items))
    return tuple(
        Choice(item.key or key, fill_text(item.text, names), fill_text(item.why, names), True)
        for key, item in zip(keys, question.items, strict=True)
    )


def _disordered(draws: Draws, things: tuple[Choice, ...]) -> tuple[Choice, ...]:
    """Shuffled, and never handed out in the right order already."""
    while True:
        order = draws.shuffled(things)
        if len(things) < 2 or order != things:
            return order


def _numbers_to_choose(question: Numeric, names: Mapping[str, Value]) -> list[Choice]:
    value = float(number(question.answer, names))
    why = question.explain if question.why is None else question.why
    choices = [Choice(ANSWER_KEY, number_text(question, value, names), fill_text(why, names), True)]
    for mistake in question.mistakes:
        text = number_text(question, float(number(mistake.value, names)), names)
        # Two ways to the same wrong number are one option; lint reports a mistake that equals the key.
        if all(text != choice.text for choice in choices):
            choices.append(Choice(mistake.name, text, fill_text(mistake.why, names)))
    return choices
