"""One draft a kind of answer. A draft takes key names, says whether they changed it, and gives the answer once complete."""

from typing import Protocol

from quiz_bank.answers import Answer, Chosen, Filled, Matched, Ordered, Spotted, Typed
from quiz_bank.questions import Boolean, Cloze, Match, Multi, Numeric, Order, Single, Spot
from quiz_bank.variants import Variant


class Draft(Protocol):
    """What a page needs of an answer in the making."""

    how: str
    """Locale key of the line that says how to answer."""

    def press(self, key: str) -> bool:
        """Take a key; False where it means nothing here."""
        ...

    def answer(self) -> Answer | None:
        """The answer; None while it is not complete."""
        ...


class ChoiceDraft:
    """Options by their digits; one, or several for ``multi``."""

    def __init__(self, keys: tuple[str, ...], several: bool) -> None:
        self.keys = keys
        self.several = several
        self.chosen: tuple[str, ...] = ()
        self.cursor: int | None = None
        self.how = "study.how_multi" if several else "study.how_single"

    def press(self, key: str) -> bool:
        """Digits choose; arrows move, space chooses where the cursor is."""
        if key.isdigit() and 1 <= int(key) <= len(self.keys):
            self._choose(int(key) - 1)
        elif key in ("down", "j", "up", "k"):
            step = 1 if key in ("down", "j") else -1
            start = -1 if step == 1 else 0
            self.cursor = ((start if self.cursor is None else self.cursor) + step) % len(self.keys)
        elif key == "space" and self.cursor is not None:
            self._choose(self.cursor)
        else:
            return False
        return True

    def _choose(self, index: int) -> None:
        key = self.keys[index]
        self.cursor = index
        if not self.several:
            self.chosen = (key,)
        elif key in self.chosen:
            self.chosen = tuple(other for other in self.chosen if other != key)
        else:
            self.chosen = tuple(other for other in self.keys if other in (*self.chosen, key))

    def answer(self) -> Answer | None:
        """The chosen keys; for one choice, Enter takes the option under the cursor."""
        if not self.chosen and not self.several and self.cursor is not None:
            return Chosen((self.keys[self.cursor],))
        return Chosen(self.chosen) if self.chosen else None


class OrderDraft:
    """Things put in order by pressing their digits one after another."""

    how = "study.how_order"

    def __init__(self, keys: tuple[str, ...]) -> None:
        self.keys = keys
        self.placed: tuple[str, ...] = ()

    def press(self, key: str) -> bool:
        """A digit puts its item next, or takes it back; backspace takes back the last."""
        if key == "backspace" and self.placed:
            self.placed = self.placed[:-1]
            return True
        if not (key.isdigit() and 1 <= int(key) <= len(self.keys)):
            return False
        wanted = self.keys[int(key) - 1]
        if wanted in self.placed:
            self.placed = tuple(other for other in self.placed if other != wanted)
            return True
        self.placed = (*self.placed, wanted)
        return True

    def answer(self) -> Answer | None:
        """The order, once everything has its place."""
        return Ordered(self.placed) if len(self.placed) == len(self.keys) else None


class MatchDraft:
    """Left sides, each joined to a right side by the right side's digit."""

    how = "study.how_match"

    def __init__(self, lefts: tuple[str, ...], rights: tuple[str, ...]) -> None:
        self.lefts, self.rights = lefts, rights
        self.pairs: dict[str, str] = {}
        self.cursor = 0

    def press(self, key: str) -> bool:
        """A digit joins the left side at the cursor and goes on to the next open one; arrows move; backspace parts."""
        if key.isdigit() and 1 <= int(key) <= len(self.rights):
            self.pairs[self.lefts[self.cursor]] = self.rights[int(key) - 1]
            later = [*range(self.cursor + 1, len(self.lefts)), *range(self.cursor)]
            self.cursor = next((at for at in later if self.lefts[at] not in self.pairs), self.cursor)
        elif key in ("down", "j"):
            self.cursor = (self.cursor + 1) % len(self.lefts)
        elif key in ("up", "k"):
            self.cursor = (self.cursor - 1) % len(self.lefts)
        elif key == "backspace" and self.lefts[self.cursor] in self.pairs:
            del self.pairs[self.lefts[self.cursor]]
        else:
            return False
        return True

    def answer(self) -> Answer | None:
        """The pairs, once every left side has one."""
        return Matched(dict(self.pairs)) if len(self.pairs) == len(self.lefts) else None


class TextDraft:
    """A number as typed; the text comes from an input field."""

    how = "study.how_number"

    def __init__(self) -> None:
        self.text = ""

    def press(self, key: str) -> bool:
        """Typing happens in the field."""
        return False

    def answer(self) -> Answer | None:
        """What was typed, if anything."""
        return Typed(self.text.strip()) if self.text.strip() else None


class FillDraft:
    """Gaps, each with an input field."""

    how = "study.how_cloze"

    def __init__(self, names: tuple[str, ...]) -> None:
        self.blanks = dict.fromkeys(names, "")

    def press(self, key: str) -> bool:
        """Typing happens in the fields."""
        return False

    def answer(self) -> Answer | None:
        """The fillings, once no gap is empty."""
        if all(text.strip() for text in self.blanks.values()):
            return Filled({name: text.strip() for name, text in self.blanks.items()})
        return None


class SpotDraft:
    """Lines of code, marked with the cursor."""

    def __init__(self, lines: int, wanted: int) -> None:
        self.lines = lines
        self.cursor = 1
        self.marked: tuple[int, ...] = ()
        self._wanted = wanted
        self.how = "study.how_spot" if wanted == 1 else "study.how_spot_many"

    def press(self, key: str) -> bool:
        """Arrows move over the lines, space and a digit mark one."""
        if key in ("down", "j"):
            self.cursor = self.cursor % self.lines + 1
        elif key in ("up", "k"):
            self.cursor = (self.cursor - 2) % self.lines + 1
        elif key.isdigit() and 0 < int(key) <= self.lines:
            self.mark(int(key))
        elif key == "space":
            self.mark(self.cursor)
        else:
            return False
        return True

    def mark(self, line: int) -> None:
        """Mark a line, or take the mark off; where one line is asked for, the mark moves."""
        self.cursor = line
        if line in self.marked:
            self.marked = tuple(other for other in self.marked if other != line)
        else:
            self.marked = (line,) if self._wanted == 1 else tuple(sorted((*self.marked, line)))

    def answer(self) -> Answer | None:
        """The marked lines; where one is asked for, Enter takes the line under the cursor."""
        if not self.marked and self._wanted == 1:
            return Spotted((self.cursor,))
        return Spotted(self.marked) if self.marked else None


def draft_for(variant: Variant) -> Draft:
    """An empty draft for this variant."""
    question = variant.question
    keys = tuple(choice.key for choice in variant.choices)
    match question:
        case Single() | Boolean():
            return ChoiceDraft(keys, several=False)
        case Multi():
            return ChoiceDraft(keys, several=True)
        case Numeric():
            return ChoiceDraft(keys, several=False) if question.ask == "choice" else TextDraft()
        case Order():
            return OrderDraft(keys)
        case Match():
            return MatchDraft(tuple(left.key for left in variant.lefts), keys)
        case Cloze():
            return FillDraft(tuple(blank.name for blank in question.blanks))
        case Spot():
            code = variant.code.en if variant.code else ""
            return SpotDraft(
                max(len(code.rstrip("\n").split("\n")), 1), sum(line.wrong for line in question.lines)
            )


def restored(variant: Variant, answer: Answer | None) -> Draft:
    """A draft that holds an answer given before, as an exam that is resumed needs it."""
    draft = draft_for(variant)
    match draft, answer:
        case ChoiceDraft(), Chosen(keys):
            draft.chosen = keys
        case OrderDraft(), Ordered(keys):
            draft.placed = keys
        case MatchDraft(), Matched(pairs):
            draft.pairs = dict(pairs)
        case TextDraft(), Typed(text):
            draft.text = text
        case FillDraft(), Filled(blanks):
            draft.blanks.update(blanks)
        case SpotDraft(), Spotted(lines):
            draft.marked = lines
        case _:
            pass
    return draft


def decided(draft: Draft) -> Answer | None:
    """The answer as chosen or marked; a cursor that only stands somewhere is none, as an exam saves every key."""
    match draft:
        case ChoiceDraft(chosen=()) | SpotDraft(marked=()):
            return None
        case _:
            return draft.answer()
