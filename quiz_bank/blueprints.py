"""Exam blueprints as data: sections, shares, minutes, pass mark, and whether each figure is verified."""

from typing import Annotated

import msgspec
from msgspec import Meta

from quiz_bank.answers import Scoring
from quiz_bank.questions import KINDS, Key, Kind
from quiz_bank.text import Text


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Part of an exam: topics that share a number of items."""

    title: Text
    topics: tuple[Key, ...]
    share: Annotated[float, Meta(gt=0)]
    """Relative weight; the shares of a blueprint need not sum to anything (largest remainder divides the items)."""
    kinds: tuple[Kind, ...] = ()
    """Allowed kinds in this section; empty: those of the blueprint."""


class Verified(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which figures of the blueprint are confirmed by an official source."""

    shares: bool = False
    items: bool = False
    minutes: bool = False
    pass_mark: bool = False
    scoring: bool = False
    kinds: bool = False


class Blueprint(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How an exam is put together and marked."""

    id: Key
    title: Text
    summary: Text
    items: Annotated[int, Meta(ge=1, le=500)]
    minutes: Annotated[int, Meta(ge=1, le=600)]
    pass_mark: Annotated[float, Meta(gt=0, le=1)]
    """Share of the full score."""
    scoring: Scoring = "all-or-nothing"
    kinds: tuple[Kind, ...] = KINDS
    sections: tuple[Section, ...] = msgspec.field(name="section")
    verified: Verified = Verified()
    source: str = ""
    note: Text | None = None
