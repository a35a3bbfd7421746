"""Greedy answers in batches of prompts of similar length, padded on the left."""

from collections.abc import Callable
from typing import Any

import torch

from labs.training.tokens import prompt_ids


@torch.no_grad()  # type: ignore[untyped-decorator]
def answers(
    model: Any,
    tokenizer: Any,
    conversations: list[list[dict[str, str]]],
    *,
    max_new_tokens: int,
    max_length: int,
    batch_size: int,
    on_progress: Callable[[int], bool] = lambda done: True,
) -> list[str]:
    """What the model says to each conversation, in the order given.

    Args:
        max_length: context in tokens; prompts are cut so that the answer fits.
        on_progress: called with the number of prompts done; False ends the work early, and the list is short.
    """
    was_training, model_config = model.training, model.config
    model.eval()
    use_cache, model_config.use_cache = model_config.use_cache, True
    prompts = prompt_ids(conversations, tokenizer, max(1, max_length - max_new_tokens))
    order = sorted(range(len(prompts)), key=lambda index: len(prompts[index]))
    device = model.get_input_embeddings().weight.device
    texts: dict[int, str] = {}
    try:
        for begin in range(0, len(order), batch_size):
            batch = order[begin : begin + batch_size]
            width = max(len(prompts[index]) for index in batch)
            ids = torch.full((len(batch), width), tokenizer.pad_token_id, dtype=torch.long)
            mask = torch.zeros((len(batch), width), dtype=torch.long)
            for line, index in enumerate(batch):
                ids[line, width - len(prompts[index]) :] = torch.tensor(prompts[index])
                mask[line, width - len(prompts[index]) :] = 1
            out = model.generate(
                input_ids=ids.to(device),
                attention_mask=mask.to(device),
                max_new_tokens=max_new_tokens,
                do_sample=False,
                num_beams=1,
                pad_token_id=tokenizer.pad_token_id,
            )
            said = tokenizer.batch_decode(out[:, width:], skip_special_tokens=True)
            texts.update(zip(batch, (text.strip() for text in said), strict=True))
            if not on_progress(len(texts)):
                break
    finally:
        model_config.use_cache = use_cache
        model.train(was_training)
    return [texts[index] for index in range(len(prompts)) if index in texts]
