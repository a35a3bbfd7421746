"""Topics with their objectives, notes, cheat cards and checklists."""

from typing import Annotated

import msgspec
from msgspec import Meta

from quiz_bank.questions import Bloom, Key, Phrase
from quiz_bank.text import Text


class Objective(Phrase, frozen=True, kw_only=True):
    """Something the learner will be able to do."""

    bloom: Bloom


class Topic(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One topic of the map, T1 to T12; a learner's own deck is one too, D1."""

    id: Key
    code: Annotated[str, Meta(pattern=r"^[TD][0-9]{1,2}\Z")]
    title: Text
    short: Text
    """At most 14 columns wide, for the home screen."""
    summary: Text
    objectives: tuple[Objective, ...] = msgspec.field(default=(), name="objective")


class Tick(Phrase, frozen=True, kw_only=True):
    """One line of a checklist: "I can ..."."""

    question: str | None = None
    """Id of a question that shows whether it is true."""
    lab: Key | None = None


class Checklist(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one should be able to do after a topic."""

    topic: Key
    items: tuple[Tick, ...] = msgspec.field(name="item")
