"""The bank: all content of some folders, loaded once, looked up by id."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from quiz_bank.blueprints import Blueprint
from quiz_bank.content_files import Placed, read_content
from quiz_bank.errors import ContentError, FormulaError, Problem
from quiz_bank.facts import Fact, FactTable
from quiz_bank.placeholders import fill
from quiz_bank.questions import Card, Question, QuestionSet, Value
from quiz_bank.spaces import Space
from quiz_bank.text import LANGUAGES, Lang, harmless
from quiz_bank.topics import Checklist, Topic
from quiz_bank.tree import DecisionTree

CONTENT = Path(__file__).parent / "content"
"""The bank that ships with the program."""

T = TypeVar("T")


class Place(msgspec.Struct, frozen=True):
    """Where a part of the bank stands."""

    file: Path
    line: int | None


class Bank:
    """Questions, cards and all that goes with them.

    ``problems`` holds everything that could not be used; what is here can.
    """

    def __init__(
        self, placed: Iterable[Placed], problems: Iterable[Problem] = (), folders: Iterable[Path] = ()
    ):
        """Sort ``placed`` by table; an id that occurs twice keeps its first owner."""
        self.problems: list[Problem] = list(problems)
        self.folders = tuple(folders)
        self.places: dict[tuple[str, str], Place] = {}
        self.placed = parts = list(placed)
        """Everything as it was read, duplicates included."""
        self._questions: dict[str, Question] = self._by_id(parts, "question")
        self._cards: dict[str, Card] = self._by_id(parts, "card")
        self._sets: dict[str, QuestionSet] = self._by_id(parts, "set")
        self.topics: dict[str, Topic] = self._by_id(parts, "topic")
        self.facts: dict[str, Fact] = self._by_id(parts, "fact")
        self.tables: dict[str, FactTable] = self._by_id(parts, "table")
        self.checklists: dict[str, Checklist] = self._by_id(parts, "checklist")
        self.trees: dict[str, DecisionTree] = self._by_id(parts, "tree")
        self.blueprints: dict[str, Blueprint] = self._by_id(parts, "blueprint")
        self.fact_values: Mapping[str, Value] = {
            f"facts.{fact.name}": fact.value for fact in self.facts.values()
        }

    def _by_id(self, placed: list[Placed], table: str) -> dict[str, T]:
        found: dict[str, T] = {}
        for entry in placed:
            if entry.table != table:
                continue
            part = entry.part
            name = (
                part.name
                if isinstance(part, Fact)
                else part.topic
                if isinstance(part, Checklist)
                else part.id
            )
            if name in found or (table in ("card", "question") and self._taken(name)):
                first = self.places.get((table, name)) or self.places[("question", name)]
                message = f"already used in {first.file}:{first.line}"
                self.problems.append(Problem("duplicate-id", entry.file, entry.line, name, "id", message))
                continue
            found[name] = part
            self.places[(table, name)] = Place(entry.file, entry.line)
        return found

    def _taken(self, name: str) -> bool:
        """Whether a question has this id: questions and cards share one namespace, as history keys on the id alone."""
        return ("question", name) in self.places

    @property
    def questions(self) -> tuple[Question, ...]:
        """All questions, in the order of files and lines."""
        return tuple(self._questions.values())

    @property
    def cards(self) -> tuple[Card, ...]:
        """All flashcards, in the order of files and lines."""
        return tuple(self._cards.values())

    @property
    def sets(self) -> tuple[QuestionSet, ...]:
        """All diagnosis sets."""
        return tuple(self._sets.values())

    def question(self, question_id: str) -> Question:
        """The question called ``question_id``.

        Raises:
            KeyError: there is none (any more).
        """
        return self._questions[question_id]

    def card(self, card_id: str) -> Card:
        """The card called ``card_id``.

        Raises:
            KeyError: there is none (any more).
        """
        return self._cards[card_id]

    def question_set(self, set_id: str) -> QuestionSet:
        """The set called ``set_id``.

        Raises:
            KeyError: there is none.
        """
        return self._sets[set_id]

    def in_set(self, set_id: str) -> tuple[Question, ...]:
        """The questions of a set, in the order in which they are asked."""
        return tuple(question for question in self._questions.values() if question.set == set_id)

    def place(self, table: str, name: str) -> Place | None:
        """File and line of a part, for messages."""
        return self.places.get((table, name))

    def space(self, question: Question) -> Space:
        """The parameter space of ``question``.

        Raises:
            FormulaError: its parameters do not make sense.
        """
        table = self.tables.get(question.table) if question.table is not None else None
        return Space(question, self.fact_values, table.rows if table is not None else ())

    def note(self, topic: str, lang: Lang) -> str:
        """The topic's one-page note as Markdown, facts filled in.

        Raises:
            ContentError: there is none, or it names an unknown fact.
        """
        return self._page("notes", topic, lang)

    def cheat(self, topic: str, lang: Lang) -> str:
        """The topic's cheat card as Markdown, facts filled in.

        Raises:
            ContentError: there is none, or it names an unknown fact.
        """
        return self._page("cheats", topic, lang)

    def pages(self) -> Iterator[tuple[str, str, Lang, Path]]:
        """``(kind, topic, language, path)`` of every note and cheat card there is."""
        for folder in self.folders:
            for kind in ("notes", "cheats"):
                for path in sorted((folder / kind).glob("*.md")):
                    topic, _, lang = path.name.removesuffix(".md").rpartition(".")
                    for known in LANGUAGES:
                        if known == lang:
                            yield kind, topic, known, path

    def _page(self, kind: str, topic: str, lang: Lang) -> str:
        name = f"{kind}/{topic}.{lang}.md"
        paths = [folder / name for folder in self.folders if (folder / name).is_file()]
        if not paths:
            where = self.folders[0] / name if self.folders else Path(name)
            raise ContentError(Problem("no-page", where, None, topic, None, f"there is no {name}"))
        try:
            return fill(harmless(paths[0].read_text(encoding="utf-8-sig")), self.fact_values)
        except (OSError, UnicodeDecodeError, FormulaError) as error:
            raise ContentError(Problem("page", paths[0], None, topic, None, str(error))) from error


def load_bank(folders: Iterable[Path] = (CONTENT,), files: Iterable[Path] = ()) -> Bank:
    """Load every ``*.toml`` under ``folders``, and ``files`` that lie elsewhere; a folder that is not there is an empty one.

    Nothing raises: a file or item that cannot be used is in ``Bank.problems`` and the rest is usable.
    """
    folders = tuple(folders)
    placed: list[Placed] = []
    problems: list[Problem] = []
    paths = [path for folder in folders for path in sorted(folder.rglob("*.toml"))]
    known = {path.resolve() for path in paths}
    for path in [*paths, *(file for file in files if file.resolve() not in known)]:
        parts, faults = read_content(path)
        placed += parts
        problems += faults
    return Bank(placed, problems, folders)
