"""A question as other programs know questions: one language, one variant, a stem of blocks, and its parts."""

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from quiz_bank.answers import Spotted
from quiz_bank.bank import Bank
from quiz_bank.figures import Bars, Confusion, Figure, Histogram, Lines, Table
from quiz_bank.formulas import number
from quiz_bank.grading import accepted_fillings, grade, number_width, right_answer
from quiz_bank.placeholders import fill_text, show_number
from quiz_bank.questions import Card, Cloze, Numeric, Question, Spot
from quiz_bank.text import Lang, Text
from quiz_bank.variants import Variant, present, set_figures


class Block(msgspec.Struct, frozen=True):
    """A piece of a stem: prose (with ``$...$`` and backticks), code, or a picture turned into rows."""

    kind: Literal["prose", "code", "figure"]
    text: str


class Part(msgspec.Struct, frozen=True):
    """An option, a thing to order, a left side, a line."""

    key: str
    text: str
    why: str
    right: bool = False
    other: str = ""
    """The right side, where this is a pair."""


class Gap(msgspec.Struct, frozen=True):
    """A gap of a cloze with everything that is accepted in it, the shown answer first."""

    name: str
    accepted: tuple[str, ...]
    why: str


class Wrong(msgspec.Struct, frozen=True):
    """A known wrong number with its feedback."""

    value: float
    why: str


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """One question, ready for another program."""

    id: str
    kind: str
    """The question's kind; a numeric item asked as a choice is ``single``."""
    topic: str
    lang: Lang
    source: str
    stem: tuple[Block, ...]
    prompt: str
    """The question itself, which is one block of the stem."""
    parts: tuple[Part, ...] = ()
    extras: tuple[Part, ...] = ()
    """Right sides of a match that belong to nothing."""
    gaps: tuple[Gap, ...] = ()
    lines: tuple[str, ...] = ()
    number: float | None = None
    width: float = 0.0
    """How far from ``number`` an answer may be."""
    shown_number: str = ""
    unit: str = ""
    wrongs: tuple[Wrong, ...] = ()
    explain: str = ""
    exam_note: str = ""
    hints: tuple[str, ...] = ()
    difficulty: int = 3
    bloom: str = "understand"
    varies: bool = False
    """The question has parameters, and this is one frozen draw of them."""


class Loss(msgspec.Struct, frozen=True):
    """Something that a format cannot hold."""

    item: str
    what: str


def sheet_of(question: Question, bank: Bank, lang: Lang, seed: int = 0) -> Sheet:
    """``question`` in one language, with the numbers of ``seed``.

    Raises:
        FormulaError: a formula fails for this seed.
    """
    variant = present(question, seed, bank)
    parts = tuple(
        Part(c.key, c.text[lang], c.why[lang], c.correct) for c in variant.solution or variant.choices
    )
    extras: tuple[Part, ...] = ()
    if variant.lefts:
        rights = {choice.key: choice.text[lang] for choice in variant.choices}
        extras = tuple(part for part in parts if not part.right)
        lefts = sorted(variant.lefts, key=lambda left: left.key)
        parts = tuple(
            Part(left.key, left.text[lang], left.why[lang], True, rights[left.key]) for left in lefts
        )
    if isinstance(question, Spot):
        parts = tuple(_suspects(variant, lang))
    kind = "single" if isinstance(question, Numeric) and parts else question.kind
    if kind in ("single", "multi", "match") and not getattr(question, "ask", ""):
        parts = tuple(sorted(parts, key=lambda part: part.key))
    return Sheet(
        id=question.id,
        kind=kind,
        topic=question.topic,
        lang=lang,
        source=question.source,
        stem=tuple(_stem(variant, bank, lang)),
        prompt=variant.prompt[lang],
        parts=parts,
        extras=extras,
        gaps=tuple(_gaps(variant, lang)),
        lines=tuple(_lines(variant, lang)) if isinstance(question, Spot) else (),
        number=variant.number,
        width=number_width(variant),
        shown_number="" if variant.shown_number is None else variant.shown_number[lang],
        unit="" if variant.unit is None else variant.unit[lang],
        wrongs=tuple(_wrongs(variant, lang)),
        explain=variant.explain[lang],
        exam_note="" if variant.exam_note is None else variant.exam_note[lang],
        hints=tuple(hint[lang] for hint in variant.hints),
        difficulty=question.difficulty,
        bloom=question.bloom,
        varies=bool(variant.values),
    )


def card_sides(card: Card, bank: Bank, lang: Lang) -> tuple[str, str]:
    """Front and back of a card, facts filled in.

    Raises:
        FormulaError: it names an unknown fact.
    """
    return fill_text(card.front, bank.fact_values)[lang], fill_text(card.back, bank.fact_values)[lang]


def figure_rows(figure: Figure, lang: Lang) -> Iterator[str]:
    """A picture as rows of numbers, for programs that cannot draw it. At most 20 points of a curve are kept."""
    yield figure.title[lang]
    if isinstance(figure, Lines):
        for series in figure.series:
            assert isinstance(series.x, tuple)
            points = list(zip(series.x, series.y, strict=False))
            step = max(1, -(-len(points) // 20))
            kept = points[::step]
            shown = ", ".join(f"{_cell(x)}: {_cell(y)}" for x, y in kept)
            yield f"{series.name[lang]} ({figure.x_label[lang]}: {figure.y_label[lang]}): {shown}"
        for mark in figure.marks:
            yield f"{figure.x_label[lang]} {_cell(mark.x)}: {mark.label[lang]}"
    elif isinstance(figure, Histogram):
        for left, right, count in zip(figure.edges, figure.edges[1:], figure.counts, strict=False):
            yield f"{figure.x_label[lang]} {_cell(left)} - {_cell(right)}: {_cell(count)}"
    elif isinstance(figure, Bars):
        for label, value in zip(figure.labels, figure.values, strict=False):
            yield f"{label[lang]}: {_cell(value)}"
    elif isinstance(figure, Confusion):
        corner = {"en": "true \\ predicted", "zh": "真实 \\ 预测"}[lang]
        yield " | ".join([corner, *(label[lang] for label in figure.labels)])
        for label, row in zip(figure.labels, figure.matrix, strict=False):
            yield " | ".join([label[lang], *(_cell(cell) for cell in row)])
    elif isinstance(figure, Table):
        yield " | ".join(cell[lang] for cell in figure.header)
        for cells in figure.rows:
            yield " | ".join(cell[lang] if isinstance(cell, Text) else _cell(cell) for cell in cells)


def _cell(value: int | float | str) -> str:
    return value if isinstance(value, str) else show_number(value) if value == value else "NaN"


def _stem(variant: Variant, bank: Bank, lang: Lang) -> Iterator[Block]:
    question = variant.question
    if question.set is not None and bank.place("set", question.set) is not None:
        context = bank.question_set(question.set)
        yield Block("prose", context.intro[lang])
        if context.code is not None:
            yield Block("code", context.code[lang].rstrip("\n"))
        yield from _pictures(set_figures(context), lang)
    yield Block("prose", variant.prompt[lang])
    if variant.code is not None and not isinstance(question, Spot):
        yield Block("code", variant.code[lang])
    if isinstance(question, Spot):
        yield Block(
            "code", "\n".join(f"{i:>3}  {line}" for i, line in enumerate(_lines(variant, lang), start=1))
        )
    yield from _pictures(variant.figures, lang)


def _pictures(figures: Iterable[Figure], lang: Lang) -> Iterator[Block]:
    for figure in figures:
        yield Block("figure", "\n".join(figure_rows(figure, lang)))


def _lines(variant: Variant, lang: Lang) -> list[str]:
    return [] if variant.code is None else variant.code[lang].split("\n")


def _gaps(variant: Variant, lang: Lang) -> Iterator[Gap]:
    if isinstance(variant.question, Cloze):
        for blank in variant.question.blanks:
            accepted = dict.fromkeys(
                [fill_text(blank.answer, variant.names)[lang], *accepted_fillings(blank, variant)]
            )
            yield Gap(blank.name, tuple(accepted), fill_text(blank.why, variant.names)[lang])


def _wrongs(variant: Variant, lang: Lang) -> Iterator[Wrong]:
    if isinstance(variant.question, Numeric) and not variant.choices:
        for mistake in variant.question.mistakes:
            value = float(number(mistake.value, variant.names))
            yield Wrong(value, fill_text(mistake.why, variant.names)[lang])


def _suspects(variant: Variant, lang: Lang) -> Iterator[Part]:
    """Lines of a spot item that have feedback; the key of a part is its line number."""
    answer = right_answer(variant)
    every = Spotted(tuple(range(1, len(_lines(variant, lang)) + 1)))
    assert isinstance(answer, Spotted)
    for said in grade(variant, every).feedback:
        yield Part(said.key, said.text[lang], said.why[lang], said.right)
