r"""Placeholders in text: ``<<formula:format>>``, chosen because neither LaTeX nor Jinja nor chat templates use it so."""

import re
from collections.abc import Mapping

from quiz_bank.errors import FormulaError
from quiz_bank.formulas import evaluate
from quiz_bank.questions import Value
from quiz_bank.text import Text

_PLACEHOLDER = re.compile(r"(?<![\\<])<<([^<>\n]+)>>")
_FORMAT = re.compile(r"[+]?0?\d{0,2}[,_]?(\.\d{1,2})?[defg%]?\Z")
_BLANK = re.compile(r"\[\[([A-Za-z][A-Za-z0-9_]*)\]\]")


def placeholders_in(text: str) -> list[tuple[str, str]]:
    """``(formula, format)`` of every placeholder, in order of appearance."""
    return [_split(match.group(1)) for match in _PLACEHOLDER.finditer(text)]


def blanks_in(text: str) -> list[str]:
    """Names of the ``[[blanks]]`` of a cloze, in order of appearance."""
    return _BLANK.findall(text)


def show_blanks(text: str, shown: Mapping[str, str]) -> str:
    """``text`` with every blank replaced by its entry in ``shown``, or by a rule where there is none."""
    return _BLANK.sub(lambda match: shown.get(match.group(1), "____"), text)


def show_number(value: int | float, spec: str = "") -> str:
    """A number as people write it: grouped digits from five on, otherwise four significant digits.

    Raises:
        FormulaError: ``spec`` is no format for numbers.
    """
    if not _FORMAT.match(spec):
        raise FormulaError(
            f"<<...:{spec}>>", f"{spec!r} is not a number format such as ',' or '.2f' or '.1e'"
        )
    if isinstance(value, bool):
        value = int(value)
    if (
        isinstance(value, float)
        and value.is_integer()
        and (not spec or spec[-1] in "d,_")
        and abs(value) < 2**53
    ):
        value = int(value)
    if spec:
        try:
            return format(value, spec)
        except ValueError as error:
            raise FormulaError(f"<<...:{spec}>>", f"{value} cannot be shown as {spec!r}: {error}") from error
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"


def fill(text: str, names: Mapping[str, Value]) -> str:
    """``text`` with its placeholders replaced by their values.

    Raises:
        FormulaError: a formula cannot be evaluated, or a format does not fit.
    """
    if "<<" not in text:
        return text

    def shown(match: re.Match[str]) -> str:
        formula, spec = _split(match.group(1))
        value = evaluate(formula, names)
        return value if isinstance(value, str) else show_number(value, spec)

    return _PLACEHOLDER.sub(shown, text).replace("\\<<", "<<")


def fill_text(text: Text, names: Mapping[str, Value]) -> Text:
    """Both languages of ``text``, filled.

    Raises:
        FormulaError: see ``fill``.
    """
    return Text(fill(text.en, names), fill(text.zh, names))


def _split(inside: str) -> tuple[str, str]:
    formula, colon, spec = inside.rpartition(":")
    return (formula.strip(), spec.strip()) if colon else (inside.strip(), "")
