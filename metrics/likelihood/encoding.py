"""From texts and conversations to token ids and the mask of scored tokens, with any Hugging Face tokenizer."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from metrics.errors import MetricError
from metrics.texts import check_text

Conversation = Sequence[Mapping[str, Any]]
LossOn = Literal["all", "response"]


class Encoded(msgspec.Struct, frozen=True):
    """One row as tokens: ids, which of them count, and how many UTF-8 bytes those stand for."""

    ids: list[int]
    scored: list[bool]
    byte_count: int


def encode(tokenizer: Any, item: str | Conversation, row: int, loss_on: LossOn) -> Encoded:
    """Tokens and mask of one text or one conversation.

    A text is scored from its second token (its first, where the tokenizer puts a BOS before it). In a
    conversation ``response`` scores the assistant's tokens with the end-of-turn token: all turns where the
    chat template marks them with ``{% generation %}``, else the last.

    Raises:
        MetricError: ``no-response``, ``no-chat-template``, ``template-not-prefix``, ``not-a-conversation``.
    """
    if isinstance(item, str):
        if loss_on == "response":
            raise MetricError(
                "no-response",
                f"row {row + 1} is a text: it has no response",
                "Pass conversations, or score all",
            )
        text = check_text(item, "text", row)
        ids = [int(token) for token in tokenizer(text)["input_ids"]]
        unscored = len(tokenizer.decode(ids[:1], skip_special_tokens=True).encode())
        return Encoded(
            ids, [position > 0 for position in range(len(ids))], max(len(text.encode()) - unscored, 0)
        )
    messages = [dict(turn) for turn in check_conversation(item, row)]
    if not getattr(tokenizer, "chat_template", None):
        raise MetricError("no-chat-template", "the tokenizer has no chat template", "Pass texts instead", row)
    ids, scored = _chat(tokenizer, messages, row, loss_on)
    counted = tokenizer.decode(
        [i for i, used in zip(ids, scored, strict=True) if used], skip_special_tokens=True
    )
    return Encoded(ids, scored, len(counted.encode()))


def check_conversation(item: Conversation, row: int) -> Conversation:
    """Return the turns if each is a mapping with ``role`` and ``content``."""
    if not isinstance(item, Sequence) or isinstance(item, str | bytes) or not item:
        raise MetricError(
            "not-a-conversation", f"row {row + 1} is neither text nor a list of messages", "", row
        )
    for turn in item:
        if not isinstance(turn, Mapping) or not isinstance(turn.get("role"), str):
            raise MetricError("not-a-conversation", f"row {row + 1} has a message without a role", "", row)
        check_text(turn.get("content"), f"a {turn['role']} message of row", row)
    return item


def _chat(
    tokenizer: Any, messages: list[dict[str, Any]], row: int, loss_on: LossOn
) -> tuple[list[int], list[bool]]:
    marked = "{% generation" in tokenizer.chat_template or "{%- generation" in tokenizer.chat_template
    encoded = tokenizer.apply_chat_template(
        messages,
        tokenize=True,
        return_dict=True,
        return_assistant_tokens_mask=marked and loss_on == "response",
    )
    ids = [int(token) for token in encoded["input_ids"]]
    if loss_on == "all":
        return ids, [position > 0 for position in range(len(ids))]
    if messages[-1]["role"] != "assistant":
        raise MetricError(
            "no-response", f"row {row + 1} does not end with the assistant", "Add the reference", row
        )
    if marked:
        return ids, [position > 0 and bool(used) for position, used in enumerate(encoded["assistant_masks"])]
    prompt = tokenizer.apply_chat_template(
        messages[:-1], tokenize=True, return_dict=True, add_generation_prompt=True
    )["input_ids"]
    if ids[: len(prompt)] != list(prompt):
        raise MetricError(
            "template-not-prefix",
            f"in row {row + 1} the prompt's tokens are not the beginning of the whole conversation's",
            "Use a chat template with {% generation %} marks",
            row,
        )
    return ids, [position >= max(len(prompt), 1) for position in range(len(ids))]


def fingerprint(tokenizer: Any) -> str:
    """Name and eight hex digits of the vocabulary: equal where perplexities may be compared."""
    digest = hashlib.sha256()
    for token, index in sorted(tokenizer.get_vocab().items(), key=lambda pair: pair[1]):
        digest.update(f"{index} {token!r}\n".encode())
    name = (
        str(getattr(tokenizer, "name_or_path", "") or type(tokenizer).__name__).rstrip("/").rpartition("/")[2]
    )
    return f"{name}@{digest.hexdigest()[:8]}"
