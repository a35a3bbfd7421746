"""From rows to token ids with labels: -100 wherever no loss is wanted."""

from typing import Any

import msgspec

from labs.rows import Row

IGNORED = -100
"""torch's cross-entropy and TRL leave these positions out."""


class TokenisedRow(msgspec.Struct, frozen=True):
    """``labels[i]`` is ``input_ids[i]`` where it is scored, else ``IGNORED``; models shift by one themselves."""

    input_ids: list[int]
    labels: list[int]

    @property
    def scored(self) -> int:
        """Tokens that carry loss; the first of a row never does, nothing predicts it."""
        return sum(label != IGNORED for label in self.labels[1:])


def tokenise(rows: list[Row], tokenizer: Any, *, max_length: int, response_only: bool) -> list[TokenisedRow]:
    """Tokenise as TRL does conversations of prompt and completion.

    The answer begins where the tokens of the prompt alone and of the whole part ways; rows longer than
    ``max_length`` are cut at the end; rows that then carry no loss are dropped.
    """
    prompts = _ids([row.prompt for row in rows], tokenizer, add_generation_prompt=True)
    wholes = _ids([row.prompt + row.completion for row in rows], tokenizer, add_generation_prompt=False)
    tokenised = []
    for prompt, whole in zip(prompts, wholes, strict=True):
        start = _common_prefix(prompt, whole) if response_only else 0
        labels = [IGNORED] * start + whole[start:]
        row = TokenisedRow(whole[:max_length], labels[:max_length])
        if any(label != IGNORED for label in row.labels):
            tokenised.append(row)
    return tokenised


def prompt_ids(conversations: list[list[dict[str, str]]], tokenizer: Any, max_length: int) -> list[list[int]]:
    """Token ids of prompts that a model is to go on from; long ones lose their beginning, never their end."""
    return [ids[-max_length:] for ids in _ids(conversations, tokenizer, add_generation_prompt=True)]


def _ids(
    conversations: list[list[dict[str, str]]], tokenizer: Any, *, add_generation_prompt: bool
) -> list[list[int]]:
    if not conversations:
        return []
    texts = [
        tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=add_generation_prompt)
        for turns in conversations
    ]
    # The template writes every special token there should be; the tokenizer must not add its own again.
    ids: list[list[int]] = tokenizer(texts, add_special_tokens=False)["input_ids"]
    return ids


def _common_prefix(a: list[int], b: list[int]) -> int:
    for index, (left, right) in enumerate(zip(a, b, strict=False)):
        if left != right:
            return index
    return min(len(a), len(b))
