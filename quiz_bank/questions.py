"""The eight kinds of question, and the flashcard: what a content file may say, typed.

A question is what an author wrote, with formulas and placeholders still in it. ``quiz_bank.variants.present``
turns it into what one learner sees. ``docs/content-format.md`` shows every kind with an example.
"""

from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from quiz_bank.figures import Figure
from quiz_bank.text import Text

Kind = Literal["single", "multi", "boolean", "numeric", "order", "match", "cloze", "spot"]
KINDS: tuple[Kind, ...] = ("single", "multi", "boolean", "numeric", "order", "match", "cloze", "spot")
Bloom = Literal["remember", "understand", "apply", "analyse", "evaluate"]
Value = int | float | str
"""The value of a parameter."""

ItemId = Annotated[str, Meta(pattern=r"^[a-z0-9]+([._-][a-z0-9]+)*\Z", max_length=80)]
Name = Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9_]*\Z", max_length=40)]
Key = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*\Z", max_length=60)]
Difficulty = Annotated[int, Meta(ge=1, le=5)]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What all parts of an item share: unknown fields are errors."""


class Phrase(_Part, frozen=True, kw_only=True):
    """Text written inline: ``en = "..."`` and ``zh = "..."``, or ``text = "..."`` for both."""

    en: str
    zh: str

    @property
    def text(self) -> Text:
        """The two strings as one ``Text``."""
        return Text(self.en, self.zh)


class Option(Phrase, frozen=True, kw_only=True):
    """One option of a ``single`` or ``multi`` question."""

    why: Text
    """Why it tempts, or why it is right; shown after the answer."""
    correct: bool = False
    key: Key | None = None
    """Stable name in answers and statistics; by default the letter of its place in the file (a, b, c ...)."""


class Hint(Phrase, frozen=True, kw_only=True):
    """A hint; hints unlock one by one, each after another attempt."""


class Mistake(_Part, frozen=True, kw_only=True):
    """A wrong number that learners really reach, with the way they reach it."""

    name: Key
    """What went wrong, e.g. ``forgot-lm-head``."""
    value: str
    """Formula of the wrong number, over the same names as the answer."""
    why: Text


class Tolerance(_Part, frozen=True, kw_only=True):
    """How near a number must be; exactly one is set. All zero means exact."""

    absolute: Annotated[float, Meta(ge=0)] | None = None
    """In the unit of the answer."""
    relative: Annotated[float, Meta(ge=0, le=0.5)] | None = None
    """Share of the key: 0.01 is one percent."""
    significant: Annotated[int, Meta(ge=1, le=12)] | None = None
    """Equal after rounding both to so many significant digits."""


class Param(_Part, frozen=True, kw_only=True):
    """What a parameter is drawn from: a list of choices, or a range with a step, both ends included."""

    choice: tuple[Value, ...] = ()
    min: int | float | None = None
    max: int | float | None = None
    step: int | float | None = None


class Item(Phrase, frozen=True, kw_only=True):
    """One thing to put in order."""

    why: Text
    """Why it comes where it comes."""
    key: Key | None = None


class Pair(_Part, frozen=True, kw_only=True):
    """A left side and the right side that belongs to it."""

    left: Text
    right: Text
    why: Text
    key: Key | None = None


class Extra(Phrase, frozen=True, kw_only=True):
    """A right side that belongs to nothing."""

    why: Text
    key: Key | None = None


class WrongWord(_Part, frozen=True, kw_only=True):
    """A wrong filling that learners really write."""

    text: str
    why: Text


class Blank(_Part, frozen=True, kw_only=True):
    """A gap, marked ``[[name]]`` in the prompt of a ``cloze``."""

    name: Name
    answer: Text
    """What is shown as the answer; both languages' forms are accepted in both languages."""
    accept: tuple[str, ...] = ()
    """Other accepted answers, in either language."""
    why: Text
    mistakes: tuple[WrongWord, ...] = msgspec.field(default=(), name="mistake")


class Suspect(_Part, frozen=True, kw_only=True):
    """A line of a ``spot`` item's code that is wrong, or that looks wrong and is not."""

    contains: str
    """Text that occurs in exactly one line of the code."""
    wrong: bool = False
    why: Text


class _Item(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    kw_only=True,
    tag_field="kind",
    omit_defaults=True,
):
    """What all questions share."""

    id: ItemId
    """Never changes: the learner's history keys on it."""
    topic: Key
    bloom: Bloom
    difficulty: Difficulty
    """The author's estimate; replaced by the measured one once there are enough answers."""
    source: str
    """Something a reader can open: paper and section, official page, library and version."""
    as_of: date | None = None
    prompt: Text
    code: Text | None = None
    """Config, script, log or data shown under the prompt, in a fixed-width font."""
    code_language: str = ""
    figures: tuple[Figure, ...] = msgspec.field(default=(), name="figure")
    explain: Text
    exam_note: Text | None = None
    """What the exam expects, where that differs from the truth."""
    hints: tuple[Hint, ...] = msgspec.field(default=(), name="hint")
    set: Key | None = None
    """Id of the ``[[set]]`` (one run, several questions) that this item belongs to."""
    lab: Key | None = None
    """Id of the lab where this can be tried."""
    lab_step: str | None = None
    model: str | None = None
    """Base model that the item is about, where there is one: its name as ``labs.models`` has it."""
    tags: tuple[Key, ...] = ()
    params: dict[Name, Param] = {}
    cases: tuple[dict[Name, Value], ...] = msgspec.field(default=(), name="case")
    """Records of names that vary together; one is drawn."""
    table: Key | None = None
    """Name of a shared ``[[table]]`` whose rows are the cases."""
    rows: tuple[str, ...] = ()
    """Rows of the table to draw from, by their ``name``; empty: all."""
    let: dict[Name, str] = {}
    """Names computed from the others, in the order of the file."""
    require: tuple[str, ...] = ()
    """Conditions; draws that fail one are not used."""

    @property
    def kind(self) -> Kind:
        """The item's kind, as written in the file."""
        tag = self.__struct_config__.tag
        assert tag in KINDS
        return tag


class Single(_Item, frozen=True, kw_only=True, tag="single"):
    """Exactly one option is right."""

    options: tuple[Option, ...] = msgspec.field(name="option")
    shuffle: bool = True


class Multi(_Item, frozen=True, kw_only=True, tag="multi"):
    """At least one option is right and at least one is wrong; the scoring rule comes from the blueprint."""

    options: tuple[Option, ...] = msgspec.field(name="option")
    shuffle: bool = True


class Boolean(_Item, frozen=True, kw_only=True, tag="boolean"):
    """A statement, true or false."""

    answer: bool
    why_true: Text
    """Feedback to those who chose true."""
    why_false: Text


class Numeric(_Item, frozen=True, kw_only=True, tag="numeric"):
    """A number, typed or chosen among computed ones."""

    answer: str
    """Formula over ``params``, ``case``, ``table``, ``let`` and ``facts``."""
    tolerance: Tolerance
    unit: Text | None = None
    """A unit that converts (GiB, MB, %, s, min ...) or a plain word (parameters, steps)."""
    format: str = ""
    """How the number is shown: ``,`` or ``.2f`` or ``.1e``; empty: grouped digits, four significant otherwise."""
    mistakes: tuple[Mistake, ...] = msgspec.field(default=(), name="mistake")
    ask: Literal["number", "choice"] = "number"
    """``choice`` shows the key among its mistakes as options."""
    why: Text | None = None
    """Feedback on the right answer; by default the explanation."""


class Order(_Item, frozen=True, kw_only=True, tag="order"):
    """Things to put in order; the file has them in the right one."""

    items: tuple[Item, ...] = msgspec.field(name="item")


class Match(_Item, frozen=True, kw_only=True, tag="match"):
    """Left sides to be joined to right sides."""

    pairs: tuple[Pair, ...] = msgspec.field(name="pair")
    extras: tuple[Extra, ...] = msgspec.field(default=(), name="extra")


class Cloze(_Item, frozen=True, kw_only=True, tag="cloze"):
    """Gaps to fill in a sentence or in code."""

    blanks: tuple[Blank, ...] = msgspec.field(name="blank")


class Spot(_Item, frozen=True, kw_only=True, tag="spot"):
    """Which line of the code is wrong; where several are, all of them are the answer."""

    lines: tuple[Suspect, ...] = msgspec.field(name="line")
    why_other: Text | None = None
    """Feedback on a chosen line that no entry speaks of."""


Question = Single | Multi | Boolean | Numeric | Order | Match | Cloze | Spot


class Card(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A flashcard: one fact or formula."""

    id: ItemId
    topic: Key
    front: Text
    back: Text
    source: str
    as_of: date | None = None
    both: bool = False
    """Ask it the other way round too."""
    exam_note: Text | None = None
    tags: tuple[Key, ...] = ()
    lab: Key | None = None


class QuestionSet(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """One run, shown once, and three to five questions on it (they name it by ``set``, asked in file order)."""

    id: Key
    topic: Key
    title: Text
    intro: Text
    code: Text | None = None
    code_language: str = ""
    figures: tuple[Figure, ...] = msgspec.field(default=(), name="figure")
