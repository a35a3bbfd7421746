"""Lint of one item's shape: right options, explained options, gaps, lines, figures, and the ids it points to."""

import re
from collections import Counter
from collections.abc import Collection

from quiz_bank.bank import Bank
from quiz_bank.lint.findings import Report
from quiz_bank.placeholders import blanks_in
from quiz_bank.questions import (
    Boolean,
    Card,
    Cloze,
    Match,
    Multi,
    Numeric,
    Order,
    Question,
    Single,
    Spot,
    Tolerance,
)
from quiz_bank.text import LANGUAGES
from quiz_bank.variants import letters

_VERSION = re.compile(r"\b\d+\.\d+\.\d+\b")


def lint_structure(report: Report, question: Question) -> None:
    """Check what needs no numbers."""
    name = question.id
    if isinstance(question, Single | Multi):
        _options(report, question)
    elif isinstance(question, Numeric):
        _tolerance(report, name, question.tolerance)
        names = [mistake.name for mistake in question.mistakes]
        _unique(report, name, "mistake", [*names, "answer"])
        if not names:
            report.warning(
                "question", name, "mistake", "no-mistakes", "no wrong number has feedback of its own"
            )
        if question.ask == "choice" and len(names) < 2:
            report.error(
                "question", name, "mistake", "too-few-options", "a choice needs at least two mistakes"
            )
    elif isinstance(question, Order):
        _unique(report, name, "item", _keys([item.key for item in question.items]))
        if len(question.items) < 3:
            report.error("question", name, "item", "too-few-options", "nothing to order below three things")
    elif isinstance(question, Match):
        _unique(report, name, "pair", _keys([pair.key for pair in question.pairs]))
        if len(question.pairs) < 2:
            report.error("question", name, "pair", "too-few-options", "needs at least two pairs")
    elif isinstance(question, Cloze):
        _blanks(report, question)
    elif isinstance(question, Spot):
        _lines(report, question)
    else:
        assert isinstance(question, Boolean)


def lint_links(
    report: Report,
    question: Question | Card,
    bank: Bank,
    labs: Collection[str] | None,
    models: Collection[str] | None,
) -> None:
    """Check the ids that an item points to, and that what may go stale has a date."""
    table = "card" if isinstance(question, Card) else "question"
    if question.topic not in bank.topics:
        known = ", ".join(bank.topics) or "none"
        report.error(table, question.id, "topic", "unknown-topic", f"{question.topic!r}; topics: {known}")
    if question.lab is not None and labs is not None and question.lab not in labs:
        report.error(
            table, question.id, "lab", "unknown-lab", f"{question.lab!r}; labs: {', '.join(sorted(labs))}"
        )
    if not question.source.strip():
        report.error(table, question.id, "source", "no-source", "is empty")
    elif _VERSION.search(question.source) and question.as_of is None:
        report.warning(
            table, question.id, "as_of", "no-date", "the source names a version: say when it was looked at"
        )
    if isinstance(question, Card):
        return
    if question.set is not None and all(question.set != one.id for one in bank.sets):
        report.error(table, question.id, "set", "unknown-set", f"there is no set {question.set!r}")
    if question.model is not None:
        known_models = (
            {str(row["name"]) for row in bank.tables["models"].rows} if "models" in bank.tables else set()
        )
        if question.model not in known_models | set(models or ()):
            message = f"{question.model!r}; models: {', '.join(sorted(known_models))}"
            report.error(table, question.id, "model", "unknown-model", message)


def _options(report: Report, question: Single | Multi) -> None:
    right = sum(option.correct for option in question.options)
    name = question.id
    _unique(report, name, "option", _keys([option.key for option in question.options]))
    if isinstance(question, Single) and right != 1:
        report.error(
            "question", name, "option", "correct-options", f"{right} options are correct; one must be"
        )
    if isinstance(question, Multi) and not 0 < right < len(question.options):
        message = f"{right} of {len(question.options)} options are correct; at least one right and one wrong"
        report.error("question", name, "option", "correct-options", message)
    if len(question.options) < 3:
        report.warning(
            "question", name, "option", "too-few-options", f"{len(question.options)} options; at least three"
        )


def _tolerance(report: Report, name: str, tolerance: Tolerance) -> None:
    if sum(part is not None for part in (tolerance.absolute, tolerance.relative, tolerance.significant)) != 1:
        message = "give one of absolute, relative, significant"
        report.error("question", name, "tolerance", "tolerance", message)


def _blanks(report: Report, question: Cloze) -> None:
    names = [blank.name for blank in question.blanks]
    _unique(report, question.id, "blank", names)
    for lang in LANGUAGES:
        text = question.prompt[lang] + ("" if question.code is None else question.code[lang])
        marked = blanks_in(text)
        for name in sorted(set(marked) ^ set(names)):
            where = "has no [[blank]] entry" if name in marked else "is not marked in the text"
            report.error("question", question.id, f"prompt.{lang}", "blanks", f"[[{name}]] {where}")
        for name in sorted({name for name in marked if marked.count(name) > 1}):
            report.error("question", question.id, f"prompt.{lang}", "blanks", f"[[{name}]] is marked twice")


def _lines(report: Report, question: Spot) -> None:
    if question.code is None:
        report.error("question", question.id, "code", "no-code", "a spot item needs code")
        return
    lines = {lang: question.code[lang].rstrip("\n").split("\n") for lang in LANGUAGES}
    if len(lines["en"]) != len(lines["zh"]):
        report.error(
            "question", question.id, "code", "code-lines", "the languages have different numbers of lines"
        )
    if not any(suspect.wrong for suspect in question.lines):
        report.error("question", question.id, "line", "correct-options", "no line is wrong")
    for i, suspect in enumerate(question.lines):
        for lang in LANGUAGES:
            hits = sum(suspect.contains in line for line in lines[lang])
            if hits != 1:
                message = f"{suspect.contains!r} is in {hits} lines; it must be in one"
                report.error("question", question.id, f"line[{i}].contains", "line-not-found", message)
                break
    if question.why_other is None and len(question.lines) < len(lines["en"]):
        report.error(
            "question", question.id, "why_other", "unexplained", "lines without feedback: give why_other"
        )


def _keys(given: list[str | None]) -> list[str]:
    return [key or letter for key, letter in zip(given, letters(len(given)), strict=True)]


def _unique(report: Report, name: str, field: str, keys: list[str]) -> None:
    for key, count in Counter(keys).items():
        if count > 1:
            report.error("question", name, field, "duplicate-key", f"{key!r} is used {count} times")
