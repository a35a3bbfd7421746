"""The one form every format is read into: a conversation, a text to continue, or a preference between two answers."""

from typing import Any

import msgspec


class Turn(msgspec.Struct, frozen=True):
    """One message. ``extra`` keeps the keys beside role and content, such as ``name`` or ``tool_calls``."""

    role: str
    content: str
    extra: dict[str, Any] = {}


class Example(msgspec.Struct, frozen=True):
    """One training row, whatever its format.

    Attributes:
        turns: the conversation; for a preference, the prompt. Empty for plain text.
        text: plain text to continue (pre-training); None for everything else.
        chosen: the preferred continuation of ``turns``; empty unless this is a preference.
        rejected: the other continuation.
        plain: True where the row holds strings without roles (prompt/completion): no chat template applies.
        columns: the row's other columns, untouched: id, lang, group, meta and the like.
    """

    turns: tuple[Turn, ...] = ()
    text: str | None = None
    chosen: tuple[Turn, ...] = ()
    rejected: tuple[Turn, ...] = ()
    plain: bool = False
    columns: dict[str, Any] = {}

    @property
    def prompt(self) -> tuple[Turn, ...]:
        """The turns before the last answer; all turns of a preference."""
        if self.chosen or self.rejected or not self.turns or self.turns[-1].role != "assistant":
            return self.turns
        return self.turns[:-1]

    @property
    def answer(self) -> str:
        """The last assistant message, the chosen answer, or the plain text: what is learned last."""
        if self.text is not None:
            return self.text
        last = self.chosen or self.turns
        return last[-1].content if last and last[-1].role == "assistant" else ""


def content_key(example: Example) -> str:
    """All that is learned from ``example`` as one string; ids and other columns do not count.

    Roles and turns are set apart by control characters, so that moving a word across a border makes another key.
    """
    if example.text is not None:
        return example.text
    key = "\x1e".join([f"{turn.role}\x1f{turn.content}" for turn in example.turns])
    if example.chosen or example.rejected:
        answers = ("\x1e".join(turn.content for turn in side) for side in (example.chosen, example.rejected))
        key = "\x1d".join((key, *answers))
    if any(turn.extra for turn in example.turns):
        key += (
            "\x1c"
            + msgspec.json.encode([turn.extra for turn in example.turns], order="deterministic").decode()
        )
    return key


def visible_text(example: Example) -> str:
    """Everything a reader would see, one turn a line: what near-duplicates and personal data are looked for in."""
    if example.text is not None:
        return example.text
    return "\n".join(turn.content for turn in (*example.turns, *example.chosen, *example.rejected))
