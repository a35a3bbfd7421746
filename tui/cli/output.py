"""What all commands share: one JSON document or lines on stdout, and the language both are said in."""

import sys
from collections.abc import Iterable
from typing import Any

import msgspec

from tui.i18n import Language, language_of, locale_language, speak


def print_json(value: Any) -> None:
    """One JSON document on stdout."""
    sys.stdout.write(msgspec.json.encode(value, enc_hook=str).decode() + "\n")


def print_lines(lines: Iterable[str]) -> None:
    """Lines on stdout."""
    for line in lines:
        print(line)


def choose_language(option: str | None) -> Language:
    """The language asked for, or that of the locale; everything is said in it from now on."""
    language = locale_language() if option is None else language_of(option) or "en"
    speak(language)
    return language
