"""Greedy answers, as ``labs.training.generation`` gives them, without the rows that have ended.

A class's answers differ in length: with ``generate`` every row is computed until the longest has ended. Here the batch
shrinks as answers end, which halves the time of a test set.
"""

from typing import Any

import torch

from labs.training.tokens import prompt_ids

_SHRINK = 0.75
"""The batch is cut down when no more than this share of it still speaks: each cut copies the cache."""


@torch.no_grad()  # type: ignore[untyped-decorator]
def greedy_answers(
    model: Any, tokenizer: Any, conversations: list[list[dict[str, str]]], *, max_new_tokens: int, max_length: int,
    batch_size: int,
) -> list[str]:  # fmt: skip
    """What the model says to each conversation, in the order given.

    Args:
        max_length: context in tokens; prompts lose their beginning so that the answer fits.
    """
    prompts = prompt_ids(conversations, tokenizer, max(1, max_length - max_new_tokens))
    order = sorted(range(len(prompts)), key=lambda index: len(prompts[index]))
    ends = model.generation_config.eos_token_id
    ends = {ends} if isinstance(ends, int) else set(ends or ())
    said: dict[int, list[int]] = {index: [] for index in order}
    for begin in range(0, len(order), batch_size):
        _speak(
            model,
            tokenizer.pad_token_id,
            prompts,
            order[begin : begin + batch_size],
            ends,
            max_new_tokens,
            said,
        )
    texts = tokenizer.batch_decode([said[index] for index in range(len(prompts))], skip_special_tokens=True)
    return [text.strip() for text in texts]


def _speak(
    model: Any,
    pad: int,
    prompts: list[list[int]],
    batch: list[int],
    ends: set[int],
    most: int,
    said: dict[int, list[int]],
) -> None:
    from transformers import DynamicCache

    device = model.get_input_embeddings().weight.device
    width = max(len(prompts[index]) for index in batch)
    ids = torch.full((len(batch), width), pad, dtype=torch.long)
    mask = torch.zeros((len(batch), width), dtype=torch.long)
    for line, index in enumerate(batch):
        ids[line, width - len(prompts[index]) :] = torch.tensor(prompts[index])
        mask[line, width - len(prompts[index]) :] = 1
    ids, mask = ids.to(device), mask.to(device)
    places = (mask.cumsum(1) - 1).clamp(min=0)
    cache = DynamicCache(config=model.config)
    speaking = list(batch)
    ended = [False] * len(speaking)
    for step in range(most):
        out = model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=places,
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        chosen = out.logits[:, -1].argmax(-1)
        for line, token in enumerate(chosen.tolist()):
            if not ended[line]:
                said[speaking[line]].append(token)
                ended[line] = token in ends
        going = [line for line, over in enumerate(ended) if not over]
        if not going or step == most - 1:
            return
        if len(going) <= _SHRINK * len(speaking):
            kept = torch.tensor(going, device=device)
            cache.batch_select_indices(kept)
            chosen, mask, places = chosen[kept], mask[kept], places[kept]
            speaking, ended = [speaking[line] for line in going], [False] * len(going)
        ids = chosen.unsqueeze(1)
        mask = torch.cat([mask, mask.new_ones(len(speaking), 1)], dim=1)
        places = places[:, -1:] + 1
