"""What all commands share: one JSON document or lines on stdout, and the language both are said in."""

import re
import shutil
import sys
from collections.abc import Iterable
from typing import Annotated, Any

import msgspec
import typer

from tui.i18n import Language, language_of, locale_language, speak

Json = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
LangOption = Annotated[str | None, typer.Option("--lang", help="en or zh; otherwise the locale.")]
_BEGIN = re.compile(r"^\s*(?:\d+[.)] |[✓✗] )?")


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
        begin = len(line) - len(_BEGIN.sub("", line, count=1))
        first, *rest = wrap(Content(line[begin:]), max(width - begin, 8))
        found += [line[:begin] + first.plain, *(" " * begin + one.plain for one in rest)]
    return found


def choose_language(option: str | None) -> Language:
    """The language asked for, or that of the locale; everything is said in it from now on."""
    language = locale_language() if option is None else language_of(option) or "en"
    speak(language)
    return language
