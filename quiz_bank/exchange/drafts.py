"""What an importer makes of a foreign file: items, and for everything else the line and the reason."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from quiz_bank.exchange.deck import literal, stable_id
from quiz_bank.questions import Card, Question
from quiz_bank.widen import typed


class Refusal(msgspec.Struct, frozen=True):
    """An item that could not be read, or that this program has no kind for."""

    line: int | None
    item: str
    reason: str
    broken: bool
    """The file is wrong there; otherwise it is sound and only says what we cannot hold."""


class Drafts(msgspec.Struct):
    """Items read so far."""

    slug: str
    topic: str
    in_use: frozenset[str] = frozenset()
    """Ids of items in other files."""
    questions: list[Question] = []
    cards: list[Card] = []
    refusals: list[Refusal] = []
    losses: list[Refusal] = []
    """What items that were taken over have lost: pictures, sounds, schedules."""

    def refuse(self, line: int | None, item: str, reason: str, broken: bool = False) -> None:
        """Note an item that is left out."""
        self.refusals.append(Refusal(line, _short(item), reason, broken))

    def lose(self, line: int | None, item: str, what: Iterable[str]) -> None:
        """Note what an item loses."""
        for one in dict.fromkeys(what):
            self.losses.append(Refusal(line, _short(item), one, False))

    def question(self, line: int | None, fields: dict[str, Any], item_id: str | None = None) -> None:
        """Add a question from fields as in a content file, text already plain; what does not fit is refused."""
        prompt = str(fields.get("prompt", ""))
        full = {
            "id": self._free(item_id, stable_id(self.slug, "q", prompt)),
            "topic": self.topic,
            "bloom": "remember",
            "difficulty": 3,
            "source": f"imported deck {self.slug}",
            "explain": "",
            **_literal(fields),
        }
        try:
            self.questions.append(typed(full, Question))
        except msgspec.ValidationError as error:
            self.refuse(line, prompt, str(error), broken=True)

    def card(
        self, line: int | None, front: str, back: str, item_id: str | None = None, both: bool = False
    ) -> None:
        """Add a flashcard."""
        if not front.strip() or not back.strip():
            self.refuse(line, front or back, "one side is empty", broken=True)
            return
        fields: dict[str, Any] = {
            "id": self._free(item_id, stable_id(self.slug, "c", front, back)),
            "topic": self.topic,
            "front": front,
            "back": back,
            "source": f"imported deck {self.slug}",
            "both": both,
        }
        try:
            self.cards.append(typed(_literal(fields), Card))
        except msgspec.ValidationError as error:
            self.refuse(line, front, str(error), broken=True)

    def _free(self, wanted: str | None, otherwise: str) -> str:
        """The id the file gives, where it can be one; in use elsewhere, below the deck's name; twice, with a number."""
        base = wanted if wanted is not None and len(wanted) <= 80 and _ID.match(wanted) else otherwise
        if base in self.in_use:
            base = f"{self.slug}.{base}"
        taken = {item.id for item in (*self.questions, *self.cards)}
        name = base
        count = 2
        while name in taken:
            name = f"{base}-{count}"
            count += 1
        return name


class ImportFormatError(Exception):
    """The file as a whole cannot be read; nothing was taken from it."""

    def __init__(self, path: Path, line: int | None, reason: str) -> None:
        super().__init__(f"{path}{f':{line}' if line else ''}: {reason}")
        self.code = "import-format"
        self.path = path
        self.line = line
        self.reason = reason


_ID = re.compile(r"[a-z0-9]+([._-][a-z0-9]+)*\Z")


def options(texts: Sequence[str], right: Iterable[int], whys: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Options of a choice question, those at the places ``right`` (from 0) correct."""
    correct = set(right)
    return [
        {"text": text, "why": whys[i] if i < len(whys) else "", **({"correct": True} if i in correct else {})}
        for i, text in enumerate(texts)
    ]


def _literal(value: Any) -> Any:
    if isinstance(value, str):
        return literal(value)
    if isinstance(value, list):
        return [_literal(one) for one in value]
    if isinstance(value, dict):
        return {key: _literal(one) for key, one in value.items()}
    return value


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:57] + "..."
