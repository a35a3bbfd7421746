"""Texts of the app in both languages: ``t("study.undo")`` is the entry ``undo`` of ``locale/<language>/study.toml``.

A file is read when the first of its texts is asked for, so a start pays only for what its first screen says.
``t(key, n=1)`` takes ``<key>_one`` and ``t(key, n=0)`` ``<key>_zero`` where the catalogue has it; a value in braces is
filled by name.
"""

import locale
import os
import tomllib
from pathlib import Path
from typing import Literal, cast

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")
LOCALE_DIR = Path(__file__).parent / "locale"


class Catalogue:
    """The texts of one language, area by area."""

    def __init__(self, language: Language, folder: Path = LOCALE_DIR) -> None:
        self.language = language
        self._folder = folder / language
        self._areas: dict[str, dict[str, str]] = {}

    def area(self, name: str) -> dict[str, str]:
        """All texts of an area; an area without a file is an error of ours, so it raises FileNotFoundError."""
        if name not in self._areas:
            text = (self._folder / f"{name}.toml").read_text(encoding="utf-8")
            self._areas[name] = cast(dict[str, str], tomllib.loads(text))
        return self._areas[name]

    def has(self, key: str) -> bool:
        """Whether ``area.entry`` has a text in this language."""
        area, _, entry = key.partition(".")
        return (self._folder / f"{area}.toml").is_file() and entry in self.area(area)

    def text(self, key: str, **values: object) -> str:
        """The text of ``area.entry`` with its braces filled; KeyError names a key that is not there."""
        area, _, entry = key.partition(".")
        texts = self.area(area)
        counted = (
            {0: f"{entry}_zero", 1: f"{entry}_one"}.get(n) if isinstance(n := values.get("n"), int) else None
        )
        entry = counted if counted in texts else entry
        try:
            text = texts[entry]
        except KeyError:
            raise KeyError(f"no text {entry!r} in locale/{self.language}/{area}.toml") from None
        return text.format(**values) if values else text


class _Speech:
    """Which catalogue speaks now: one app in a process, so one language."""

    def __init__(self) -> None:
        self.catalogues = {language: Catalogue(language) for language in LANGUAGES}
        self.now = self.catalogues["en"]


_speech = _Speech()


def t(key: str, **values: object) -> str:
    """The text ``area.entry`` in the language of now."""
    return _speech.now.text(key, **values)


def t_or(key: str, otherwise: str, **values: object) -> str:
    """As ``t``, with ``otherwise`` where the catalogue lacks the key: for codes that other packages may add."""
    return _speech.now.text(key, **values) if _speech.now.has(key) else otherwise


def language() -> Language:
    """The language of now."""
    return _speech.now.language


def speak(wanted: Language) -> None:
    """Change the language; screens that are open learn of it from the app."""
    _speech.now = _speech.catalogues[wanted]


def language_of(name: str | None) -> Language | None:
    """``zh_CN.UTF-8`` -> ``zh``; None where the name speaks of neither language."""
    start = (name or "").replace("-", "_").split("_")[0].split(".")[0].lower()
    return start if start in LANGUAGES else None


def locale_language() -> Language:
    """The language the environment asks for; English where it asks for one we do not speak."""
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(variable):
            return language_of(os.environ[variable]) or "en"
    return language_of(locale.getlocale()[0]) or "en"
