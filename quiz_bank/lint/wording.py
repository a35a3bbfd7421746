"""Lint of prose: both languages there, the same placeholders in both, formulas closed, nothing lazy."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from quiz_bank.errors import FormulaError
from quiz_bank.formulas import names_in
from quiz_bank.lint.findings import Report
from quiz_bank.placeholders import blanks_in, placeholders_in, show_number
from quiz_bank.questions import Question
from quiz_bank.text import LANGUAGES, Text

_CHINESE = re.compile("[\u3400-\u9fff]")
_WORDS = re.compile(r"[A-Za-z]{3,}")
_QUIET = re.compile(r"`[^`]*`|\$[^$]*\$|<<[^<>]*>>|\[\[\w+\]\]")
_LAZY = re.compile(
    r"(all|none|both|any) of the (above|below|other)|以上(都|均|皆|全)|以上选项|上述(都|均)", re.IGNORECASE
)
_DOLLAR = re.compile(r"(?<!\\)\$")
PROSE = (
    "prompt",
    "explain",
    "why",
    "why_true",
    "why_false",
    "why_other",
    "exam_note",
    "front",
    "back",
    "intro",
)
"""Fields that must have Chinese in their Chinese; the others may be code, names and numbers."""


def texts_in(part: Any, path: str = "") -> Iterator[tuple[str, Text]]:
    """``(field, text)`` of every text in a part, inline phrases included."""
    if isinstance(part, Text):
        yield path, part
        return
    if isinstance(part, msgspec.Struct):
        if "en" in part.__struct_fields__ and "zh" in part.__struct_fields__:
            yield path, Text(getattr(part, "en"), getattr(part, "zh"))  # noqa: B009 - subclasses of Phrase
        names = zip(part.__struct_fields__, part.__struct_encode_fields__, strict=True)
        for name, written in names:
            yield from texts_in(getattr(part, name), f"{path}.{written}" if path else written)
    elif isinstance(part, tuple):
        for i, one in enumerate(part):
            yield from texts_in(one, f"{path}[{i}]")


def lint_wording(report: Report, table: str, name: str, part: Any, bilingual: bool) -> None:
    """Check every text of one part of the bank."""
    for field, text in texts_in(part):
        _languages(report, table, name, field, text, bilingual)
        _placeholders(report, table, name, field, text)
        for lang in LANGUAGES:
            if len(_DOLLAR.findall(re.sub(r"`[^`]*`", "", text[lang]))) % 2 and not field.startswith("code"):
                message = "an odd number of `$`: close the formula, or write \\$ for money"
                report.error(table, name, f"{field}.{lang}", "dollar", message)
            if (found := _LAZY.search(text[lang])) is not None:
                report.warning(
                    table, name, f"{field}.{lang}", "lazy-option", f"{found.group()!r}: say what is right"
                )


def _languages(report: Report, table: str, name: str, field: str, text: Text, bilingual: bool) -> None:
    for lang in LANGUAGES:
        if not text[lang].strip():
            say = report.error if bilingual else report.warning
            code = "unexplained" if "why" in field or field == "explain" else "missing-language"
            say(table, name, f"{field}.{lang}", code, "is empty")
    prose = field.rpartition(".")[2].partition("[")[0] in PROSE
    if not bilingual or not prose or not text.zh.strip() or _CHINESE.search(text.zh):
        return
    left = _WORDS.findall(_QUIET.sub(" ", text.zh))
    if text.en == text.zh and left:
        report.error(table, name, f"{field}.zh", "missing-language", "is the English again")
    elif len(left) > 1:
        report.warning(table, name, f"{field}.zh", "no-chinese", "has no Chinese character")


def _placeholders(report: Report, table: str, name: str, field: str, text: Text) -> None:
    # Chinese counts in 万 and 亿, so the formulas and formats may differ; what they speak of may not.
    found = {lang: placeholders_in(text[lang]) for lang in LANGUAGES}
    names = {lang: _names(found[lang]) for lang in LANGUAGES}
    if names["en"] != names["zh"]:
        only_en = sorted(set(found["en"]) - set(found["zh"]))
        only_zh = sorted(set(found["zh"]) - set(found["en"]))
        parts = [
            f"only in {lang}: {_shown(only)}" for lang, only in (("en", only_en), ("zh", only_zh)) if only
        ]
        report.error(table, name, field, "placeholders", "; ".join(parts))
    for _, spec in found["en"] + found["zh"]:
        try:
            show_number(1.5 if spec[-1:] != "d" else 1, spec)
        except FormulaError as error:
            report.error(table, name, field, "format", error.reason)
    if sorted(blanks_in(text.en)) != sorted(blanks_in(text.zh)):
        report.error(table, name, field, "blanks", "the two languages have different [[blanks]]")


def _names(placeholders: list[tuple[str, str]]) -> set[str]:
    """What placeholders speak of; one that is no formula stands for itself (it is an error of its own)."""
    found: set[str] = set()
    for formula, _ in placeholders:
        try:
            found |= names_in(formula)
        except FormulaError:
            found.add(formula)
    return found


def _shown(placeholders: list[tuple[str, str]]) -> str:
    return ", ".join(f"<<{formula}{':' + spec if spec else ''}>>" for formula, spec in placeholders)


def placeholders_of(question: Question) -> list[tuple[str, str, str]]:
    """``(field, formula, format)`` of every placeholder of a question, each pair of formula and format once."""
    seen: dict[tuple[str, str], str] = {}
    for field, text in texts_in(question):
        for lang in LANGUAGES:
            for formula, spec in placeholders_in(text[lang]):
                seen.setdefault((formula, spec), f"{field}.{lang}")
    return [(field, formula, spec) for (formula, spec), field in seen.items()]
