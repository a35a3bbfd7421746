"""Greedy answers, as ``labs.training.generation`` gives them, without the rows that have ended.

A class's answers differ in length: with ``generate`` every row is computed until the longest has ended. Here the batch
shrinks as answers end, which halves the time of a test set.
"""

from collections.abc import Sequence
from typing import Any

import torch

_SHRINK = 0.75
"""The batch is cut down when no more than this share of it still speaks: each cut copies the cache."""


class Answering:
    """Answers of one test set as they grow, in token ids."""

    def __init__(self, model: Any, tokenizer: Any, rows: int, most: int) -> None:
        """Nothing is said yet.

        Args:
            most: tokens of one answer.
        """
        ends = model.generation_config.eos_token_id
        self._ends = {ends} if isinstance(ends, int) else set(ends or ())
        self._model = model
        self._tokenizer = tokenizer
        self._most = most
        self._said: list[list[int]] = [[] for _ in range(rows)]

    def say(self, row: int, token: int) -> bool:
        """Add a token to an answer; whether that was its last."""
        self._said[row].append(token)
        return token in self._ends or len(self._said[row]) >= self._most

    def rest_of(self, row: int, claim: Sequence[int]) -> list[int]:
        """What of a claimed answer is still to be said; nothing where it begins otherwise than what was said."""
        said = self._said[row]
        return list(claim[len(said) :]) if list(claim[: len(said)]) == said else []

    def texts(self) -> list[str]:
        """All answers."""
        return [text.strip() for text in self._tokenizer.batch_decode(self._said, skip_special_tokens=True)]

    def from_prompts(self, prompts: Sequence[Sequence[int]], rows: Sequence[int]) -> None:
        """Answer whole prompts, one batch, padded on the left; ``rows`` are their places in the test set."""
        from transformers import DynamicCache

        device = self._model.get_input_embeddings().weight.device
        width = max(len(prompt) for prompt in prompts)
        ids = torch.full((len(prompts), width), self._tokenizer.pad_token_id, dtype=torch.long)
        mask = torch.zeros((len(prompts), width), dtype=torch.long)
        for line, prompt in enumerate(prompts):
            ids[line, width - len(prompt) :] = torch.tensor(prompt)
            mask[line, width - len(prompt) :] = 1
        ids, mask = ids.to(device), mask.to(device)
        places = (mask.cumsum(1) - 1).clamp(min=0)
        self.go_on(DynamicCache(config=self._model.config), ids, mask, places, list(rows))

    def go_on(
        self, cache: Any, ids: torch.Tensor, mask: torch.Tensor, places: torch.Tensor, rows: list[int]
    ) -> None:
        """Say tokens until every row has ended.

        Args:
            cache: keys and values of what was read before ``ids``.
            ids: (batch, read) what is read next.
            mask: (batch, cached + read) 1 where a place of the cache, or of ``ids``, holds a token of the row.
            places: (batch, read) positions of ``ids`` in their rows.
            rows: the batch's lines by their place in the test set.
        """
        ended = [False] * len(rows)
        while True:
            with torch.no_grad():
                out = self._model(
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
                    ended[line] = self.say(rows[line], token)
            going = [line for line, over in enumerate(ended) if not over]
            if not going:
                return
            places = places[:, -1:]
            if len(going) <= _SHRINK * len(rows):
                kept = torch.tensor(going, device=ids.device)
                cache.batch_select_indices(kept)
                chosen, mask, places = chosen[kept], mask[kept], places[kept]
                rows, ended = [rows[line] for line in going], [False] * len(going)
            ids = chosen.unsqueeze(1)
            mask = torch.cat([mask, mask.new_ones(len(rows), 1)], dim=1)
            places = places + 1
