"""The row formats in use for fine-tuning, and telling which one a file is in, how sure that is, and why."""

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from typing import Any

import msgspec

from labs.data.records import Row


class Format(StrEnum):
    """A row format. The value is the name the command line takes."""

    MESSAGES = "messages"
    """``{"messages": [{"role", "content"}, ...]}``: TRL, OpenAI."""
    PROMPT_COMPLETION = "prompt-completion"
    """``{"prompt": str, "completion": str}``: no chat template is applied."""
    PROMPT_COMPLETION_CHAT = "prompt-completion-chat"
    """``{"prompt": [messages], "completion": [messages]}``."""
    TEXT = "text"
    """``{"text": str}``: language modelling."""
    ALPACA = "alpaca"
    """``{"instruction", "input", "output"}``, with LLaMA-Factory's optional ``system`` and ``history``."""
    SHAREGPT = "sharegpt"
    """``{"conversations": [{"from", "value"}, ...]}``, ``system`` beside it or as a turn."""
    CONVERSATIONS = "conversations"
    """``{"conversations": [{"role", "content"}, ...]}``: common in tutorials, read by no trainer as it is."""
    DPO = "dpo"
    """``{"prompt": str, "chosen": str, "rejected": str}``: TRL."""
    DPO_CHAT = "dpo-chat"
    """The same with lists of messages: TRL, conversational."""
    DPO_IMPLICIT = "dpo-implicit"
    """``chosen`` and ``rejected`` as whole conversations that share their beginning: TRL, implicit prompt."""
    BAILIAN_SFT = "bailian-sft"
    """Bailian's ``messages``: assistant turns may carry ``loss_weight``."""
    BAILIAN_DPO = "bailian-dpo"
    """``{"messages": [... user], "chosen": {message}, "rejected": {message}}``."""
    BAILIAN_CPT = "bailian-cpt"
    """``{"text": str}`` with Bailian's limits."""


class Detection(msgspec.Struct, frozen=True):
    """What a file's format seems to be.

    Attributes:
        format: the likeliest format, or None when no row fits any.
        confidence: share of the looked-at rows that fit it, 0-1; halved where another format fits as well.
        reason: the keys and types that decided it, as a sentence.
        alternatives: formats with the same shape, such as ``bailian-cpt`` for ``text``.
    """

    format: Format | None
    confidence: float
    reason: str
    alternatives: tuple[Format, ...] = ()


SAME_SHAPE = {Format.MESSAGES: (Format.BAILIAN_SFT,), Format.TEXT: (Format.BAILIAN_CPT,)}


def shape_of_row(row: Row) -> Format | None:
    """The format whose keys and types ``row`` has, or None. Content is not looked at."""
    if "chosen" in row and "rejected" in row:
        return _preference(row)
    messages = row.get("messages")
    if isinstance(messages, list):
        weighted = any(isinstance(turn, dict) and "loss_weight" in turn for turn in messages)
        return Format.BAILIAN_SFT if weighted else Format.MESSAGES
    turns = row.get("conversations")
    if isinstance(turns, list):
        first = next((turn for turn in turns if isinstance(turn, dict)), {})
        return Format.SHAREGPT if "from" in first or "value" in first else Format.CONVERSATIONS
    if "prompt" in row and "completion" in row:
        chat = isinstance(row["prompt"], list) and isinstance(row["completion"], list)
        return Format.PROMPT_COMPLETION_CHAT if chat else Format.PROMPT_COMPLETION
    if "instruction" in row and "output" in row:
        return Format.ALPACA
    return Format.TEXT if "text" in row else None


def _preference(row: Row) -> Format | None:
    chosen: Any = row["chosen"]
    if isinstance(row.get("messages"), list):
        return Format.BAILIAN_DPO
    if isinstance(row.get("prompt"), list):
        return Format.DPO_CHAT
    if "prompt" in row:
        return Format.DPO
    return Format.DPO_IMPLICIT if isinstance(chosen, list) else None


_SIGNS = {
    Format.MESSAGES: "messages is a list",
    Format.BAILIAN_SFT: "messages is a list and a turn has loss_weight",
    Format.PROMPT_COMPLETION: "prompt and completion are there",
    Format.PROMPT_COMPLETION_CHAT: "prompt and completion are lists",
    Format.TEXT: "text is there and no other known key",
    Format.ALPACA: "instruction and output are there",
    Format.SHAREGPT: "conversations holds from and value",
    Format.CONVERSATIONS: "conversations holds role and content",
    Format.DPO: "prompt, chosen and rejected are there",
    Format.DPO_CHAT: "prompt, chosen and rejected, prompt a list",
    Format.DPO_IMPLICIT: "chosen and rejected are lists, no prompt",
    Format.BAILIAN_DPO: "messages, chosen and rejected are there",
}


def detect(rows: Iterable[Row]) -> Detection:
    """Name the format of ``rows`` (a few hundred are enough)."""
    seen: Counter[Format | None] = Counter(shape_of_row(row) for row in rows)
    # One row with loss_weight makes the file Bailian's: the other rows fit that format too.
    if seen[Format.BAILIAN_SFT]:
        seen[Format.BAILIAN_SFT] += seen.pop(Format.MESSAGES, 0)
    total = sum(seen.values())
    known = [(count, found) for found, count in seen.items() if found is not None]
    if not known:
        what = "no row can be read" if not total else "no row has the keys of a known format"
        return Detection(None, 0.0, what)
    count, best = max(known, key=lambda pair: pair[0])
    others = SAME_SHAPE.get(best, ())
    reason = f"{_SIGNS[best]} in {count} of {total} rows"
    if others:
        reason += f"; {others[0]} looks the same"
    return Detection(best, count / total, reason, others)
