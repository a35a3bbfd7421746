"""Read a prompt that many windows begin with once, and let them all go on from its keys and values.

Conversations with one system prompt, few-shot examples or one schema repeat most of their tokens in every row;
where none of those is scored, only what the model keeps of them is needed.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from metrics.likelihood.windows import Window

_SHORTEST = 16
"""Tokens below which a common beginning is not looked at: a BOS and a role mark are no prompt."""

_LEAST_SAVED = 0.25
"""Share of a group's tokens that must be spared, or its rows are better off in batches with the others."""


def by_prompt(pieces: Sequence[Window]) -> Iterator[tuple[int, list[Window]]]:
    """Windows grouped by the unscored tokens that they begin with, and how many those are; 0 for the others."""
    groups: defaultdict[tuple[int, ...], list[Window]] = defaultdict(list)
    for piece in pieces:
        groups[piece.ids[:_SHORTEST]].append(piece)
    others: list[Window] = []
    for group in groups.values():
        shared = _shared(group)
        total = sum(len(piece.ids) for piece in group)
        if shared >= _SHORTEST and shared * (len(group) - 1) >= _LEAST_SAVED * total:
            yield shared, group
        else:
            others += group
    if others:
        yield 0, others


def _shared(group: Sequence[Window]) -> int:
    """Tokens that all begin with, short of the one that predicts the first scored token."""
    first, last = min(piece.ids for piece in group), max(piece.ids for piece in group)
    most = min(piece.scored.index(True) for piece in group) - 1
    for at in range(most):
        if first[at] != last[at]:  # the others lie between these two
            return at
    return max(most, 0)


def read_prompt(model: Any, ids: Sequence[int], options: dict[str, Any]) -> Any | None:
    """What ``model`` keeps of a prompt (a ``DynamicCache`` of one row), or None where going on from it is not exact.

    It is exact where all layers keep the keys and values of every token. Recurrent layers and sliding windows do not;
    PEFT's prompt tuning has its own use for the cache; and some rotary embeddings change with the length of the whole.
    """
    import torch
    from transformers import DynamicCache
    from transformers.cache_utils import DynamicLayer

    tuned = getattr(model, "active_peft_config", None)
    if getattr(tuned, "is_prompt_learning", False) or _rotates_by_length(model.config):
        return None
    row = torch.tensor([list(ids)], device=model.device)
    kept: Any = getattr(model(input_ids=row, use_cache=True, **options), "past_key_values", None)
    whole = type(kept) is DynamicCache and all(type(layer) is DynamicLayer for layer in kept.layers)
    return kept if whole and kept.get_seq_length() == len(ids) else None


def repeated(kept: Any, rows: int) -> Any:
    """A copy of a prompt's cache for a batch of ``rows``; the model will write to it."""
    cache = copy.deepcopy(kept)
    cache.batch_repeat_interleave(rows)
    return cache


def _rotates_by_length(config: Any) -> bool:
    rope = getattr(config, "rope_parameters", None) or {}
    kinds = [rope, *(value for value in rope.values() if isinstance(value, dict))]
    return any(kind.get("rope_type") in ("dynamic", "longrope") for kind in kinds)
