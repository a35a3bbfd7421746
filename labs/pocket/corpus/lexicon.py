"""The bilingual word list behind every generated sentence, read from `lexicon.toml`."""

import tomllib
from functools import cache
from importlib.resources import files

import msgspec


class Word(msgspec.Struct, frozen=True):
    """A word or phrase in both languages."""

    en: str
    zh: str


class Thing(Word, frozen=True):
    """A countable noun with its English plural and its Chinese measure word (把, 张, 份 ...)."""

    plural: str
    measure: str


class Verb(msgspec.Struct, frozen=True):
    """A transitive verb with the English forms that the grammar needs."""

    en: str
    past: str
    third: str
    participle: str
    zh: str


class Lexicon(msgspec.Struct, frozen=True):
    """Every category of `lexicon.toml`."""

    people: tuple[Word, ...]
    places: tuple[Word, ...]
    cities: tuple[Word, ...]
    things: tuple[Thing, ...]
    adjectives: tuple[Word, ...]
    verbs: tuple[Verb, ...]
    times: tuple[Word, ...]
    jobs: tuple[Word, ...]
    feelings: tuple[Word, ...]
    reasons: tuple[Word, ...]
    work: tuple[Word, ...]
    trade: tuple[Word, ...]
    qualities: tuple[Word, ...]


def _things(rows: list[str]) -> tuple[Thing, ...]:
    parsed = []
    for row in rows:
        english, chinese, measure = row.split("|")
        singular, plural = english.split(",")
        parsed.append(Thing(en=singular, zh=chinese, plural=plural, measure=measure))
    return tuple(parsed)


def _verbs(rows: list[str]) -> tuple[Verb, ...]:
    parsed = []
    for row in rows:
        english, chinese = row.split("|")
        base, past, third, participle = english.split(",")
        parsed.append(Verb(base, past, third, participle, chinese))
    return tuple(parsed)


@cache
def lexicon() -> Lexicon:
    """The word list, parsed once a process."""
    table = tomllib.loads(files("labs.pocket.corpus").joinpath("lexicon.toml").read_text(encoding="utf-8"))
    things, verbs = _things(table.pop("things")), _verbs(table.pop("verbs"))
    words = {name: tuple(Word(*row.split("|")) for row in rows) for name, rows in table.items()}
    return Lexicon(things=things, verbs=verbs, **words)
