"""The words of the reports in both languages: ``words.en.toml``, ``words.zh.toml``, same keys."""

import functools
import tomllib
from pathlib import Path
from typing import Any

from labs.text import Language

LANGUAGES: tuple[Language, ...] = ("en", "zh")


class Words:
    """What a report says in one language."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        text = (Path(__file__).parent / f"words.{language}.toml").read_text(encoding="utf-8")
        self._tables: dict[str, dict[str, str]] = tomllib.loads(text)

    def __call__(self, key: str, **values: Any) -> str:
        """The text ``key`` with its braces filled; KeyError names what is missing."""
        return self._tables["report"][key].format(**values)

    def of(self, table: str, code: str, otherwise: str, values: dict[str, Any] | None = None) -> str:
        """The text of a code (a reason, a finding, a metric); ``otherwise`` where there is none or a value is missing."""
        text = self._tables.get(table, {}).get(code)
        if text is None:
            return otherwise
        try:
            return text.format(**{name: _plain(value) for name, value in (values or {}).items()})
        except (KeyError, ValueError, IndexError):
            return otherwise


def _plain(value: Any) -> Any:
    """A figure as people write it: 0 and not 0.0."""
    return f"{value:.6g}" if isinstance(value, float) else value


@functools.cache
def words(language: Language) -> Words:
    """Read once a process."""
    return Words(language)
