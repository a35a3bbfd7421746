"""Word lists: terms by category, from TOML (``category = ["term", ...]``) or plain text (one term a line)."""

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path

import msgspec

from metrics.errors import MetricError


class WordList(msgspec.Struct, frozen=True):
    """Terms by category, and a name for the signature."""

    name: str
    terms: dict[str, tuple[str, ...]]


def read_word_list(path: Path) -> WordList:
    """Read a list from ``.toml``, or from ``.txt`` where ``[category]`` lines head the terms below them.

    Raises:
        MetricError: ``bad-word-list`` with file and line where one is known.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise MetricError("bad-word-list", f"{path} cannot be read: {error}", "Save it as UTF-8") from error
    return (
        _from_toml(path.stem, text, str(path))
        if path.suffix == ".toml"
        else _from_lines(path.stem, text, path)
    )


@cache
def starter_list() -> WordList:
    """A short bilingual list to try things out with: a starting point, not a policy."""
    return _from_toml(
        "starter", files("metrics.safety").joinpath("starter.toml").read_text("utf-8"), "starter.toml"
    )


@cache
def refusal_list() -> WordList:
    """Phrases that assistants refuse with, in English and Chinese."""
    return _from_toml(
        "refusals", files("metrics.safety").joinpath("refusals.toml").read_text("utf-8"), "refusals.toml"
    )


def _from_toml(name: str, text: str, where: str) -> WordList:
    try:
        terms = msgspec.convert(tomllib.loads(text), dict[str, tuple[str, ...]])
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise MetricError(
            "bad-word-list", f"{where}: {error}", 'Each line must read: category = ["term", "term"]'
        ) from error
    return _checked(WordList(name, terms), where)


def _from_lines(name: str, text: str, path: Path) -> WordList:
    category = path.stem
    terms: dict[str, list[str]] = {}
    for line in text.splitlines():
        entry = line.strip()
        if entry.startswith("[") and entry.endswith("]"):
            category = entry[1:-1].strip()
        elif entry and not entry.startswith("#"):
            terms.setdefault(category, []).append(entry)
    return _checked(WordList(name, {key: tuple(value) for key, value in terms.items()}), str(path))


def _checked(words: WordList, where: str) -> WordList:
    if not any(words.terms.values()):
        raise MetricError("bad-word-list", f"{where} holds no terms", "A scan for nothing would find nothing")
    return words
