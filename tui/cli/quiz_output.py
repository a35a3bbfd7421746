"""What the quiz commands share: options, results on stdout, complaints on stderr."""

import re
import shutil
import sys
from collections.abc import Iterable
from typing import Annotated, Any

import msgspec
import typer

from metrics.clean import clean
from quiz_bank.bank import CONTENT, Bank, load_bank
from quiz_bank.errors import AnswerError
from quiz_bank.text import Lang
from tui.cli.main import home_of
from tui.i18n import language_of, locale_language, t_or

_BEGIN = re.compile(r"\s*(?:\d+[.)] |[✓✗] )?")

Json = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
LangOption = Annotated[str | None, typer.Option("--lang", help="en or zh; otherwise the locale.")]


def print_json(value: Any) -> None:
    """One JSON document on stdout."""
    sys.stdout.write(msgspec.json.encode(value, enc_hook=str).decode() + "\n")


def print_lines(lines: Iterable[str]) -> None:
    """Lines on stdout; in a terminal those that are too wide are broken between words, under where they begin."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for line in lines:
        print(line if width is None else "\n".join(fitted(line, width)))


def fitted(text: str, width: int) -> list[str]:
    """``text`` in lines of at most ``width`` cells, behind the mark of a list or the spaces that its first line begins with."""
    if all(len(line) * 2 <= width for line in text.split("\n")):
        return [text]  # narrow enough even where every character is wide
    from textual.content import Content

    from tui.wrapping import wrap

    found = []
    for line in text.split("\n"):
        begin = len(_BEGIN.match(line)[0])  # type: ignore[index]  # it matches the empty text too
        first, *rest = wrap(Content(line[begin:]), max(width - begin, 8))
        found += [line[:begin] + first.plain, *(" " * begin + one.plain for one in rest)]
    return found


def fail(message: str, code: int = 2) -> typer.Exit:
    """Say ``message`` on stderr; the caller raises what comes back."""
    print(clean(message), file=sys.stderr)
    return typer.Exit(code)


def chosen_language(option: str | None) -> Lang:
    """The language asked for, or that of the locale."""
    return locale_language() if option is None else language_of(option) or "en"


def answer_trouble(error: AnswerError) -> str:
    """Why an answer cannot be read, in the language of now."""
    return t_or(f"answers.{error.code}", str(error), **error.values)


def bank_of(context: typer.Context) -> Bank:
    """The bank that ships, with the learner's own decks."""
    return load_bank((CONTENT, home_of(context).decks))
