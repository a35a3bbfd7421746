"""A local encoder behind one small class: a folder or a cached hub id, mean pooling, no network, no remote code."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from metrics.errors import MetricError, require


class Encoder:
    """Token and sentence embeddings from an encoder's last (or a chosen) hidden layer.

    Args:
        source: a folder with config, tokenizer and safetensors weights, or the id of a model that is in the
            hub's cache already; nothing is downloaded and no code from the model is run.
        layer: hidden layer, counted as in ``hidden_states`` (0 is the embeddings); None takes the last.
        max_length: tokens after which a text is cut; default the model's limit, at most 512.
        batch_size: texts a batch.

    Raises:
        MetricError: ``no-encoder`` where the model is not there or cannot be read.
    """

    def __init__(
        self,
        source: str | Path,
        *,
        layer: int | None = None,
        max_length: int | None = None,
        batch_size: int = 32,
    ) -> None:
        transformers = require("transformers", "an encoder")
        try:
            options = {"local_files_only": True, "trust_remote_code": False}
            self.tokenizer: Any = transformers.AutoTokenizer.from_pretrained(str(source), **options)
            self.model: Any = transformers.AutoModel.from_pretrained(
                str(source), use_safetensors=True, **options
            )
        except (OSError, ValueError) as error:
            raise MetricError(
                "no-encoder",
                f"{source} is not a local encoder ({type(error).__name__})",
                "Give a folder, or download the model first with `finetutor models pull`",
            ) from error
        self.model.eval()
        layers = int(self.model.config.num_hidden_layers)
        if layer is not None and not 0 <= layer <= layers:
            raise MetricError("unknown-option", f"layer {layer}: the encoder has layers 0..{layers}")
        self.layer = layers if layer is None else layer
        limit = int(getattr(self.model.config, "max_position_embeddings", 512) or 512)
        self.max_length = min(max_length or 512, limit)
        self.batch_size = batch_size
        config = self.model.config.to_json_string(use_diff=False).encode()
        weights = b"".join(
            parameter.detach().flatten()[:64].float().numpy().tobytes()
            for parameter in self.model.parameters()
        )
        self.name = f"{Path(str(source)).name}@{hashlib.sha256(config + weights).hexdigest()[:8]}"

    def tokens(self, texts: Sequence[str]) -> list[tuple[Any, list[int]]]:
        """For each text its token vectors ``(tokens, hidden)``, special tokens left out, and their ids."""
        found: dict[int, tuple[Any, list[int]]] = {}
        special = set(self.tokenizer.all_special_ids) - {self.tokenizer.unk_token_id}
        for rows, batch, hidden in self._read(texts):
            for i, ids, vectors in zip(rows, batch["input_ids"].tolist(), hidden, strict=True):
                kept = [k for k, token in enumerate(ids) if token not in special]
                found[i] = vectors[kept], [ids[k] for k in kept]
        return [found[i] for i in range(len(texts))]

    def sentences(self, texts: Sequence[str]) -> Any:
        """Unit vectors ``(texts, hidden)``: the mean over all real tokens, special ones included, as
        sentence-transformers' mean pooling does.
        """
        import torch

        pooled: list[Any] = [None] * len(texts)
        for rows, batch, hidden in self._read(texts):
            mask = batch["attention_mask"].unsqueeze(-1).to(hidden.dtype)
            means = (hidden * mask).sum(dim=1) / mask.sum(dim=1)
            for i, vector in zip(rows, torch.nn.functional.normalize(means, dim=-1), strict=True):
                pooled[i] = vector
        return torch.stack(pooled)

    def _read(self, texts: Sequence[str]) -> Iterator[tuple[list[int], Any, Any]]:
        """Batches of similar length: which texts they hold, their tokens, and the layer's vectors ``(texts, tokens, hidden)``."""
        import torch

        order = sorted(range(len(texts)), key=lambda i: len(texts[i]), reverse=True)
        for start in range(0, len(order), self.batch_size):
            rows = order[start : start + self.batch_size]
            batch = self.tokenizer(
                [texts[i] for i in rows],
                padding=True,
                truncation=True,
                max_length=self.max_length,
                return_tensors="pt",
            )
            with torch.no_grad():
                hidden = self.model(**batch, output_hidden_states=True).hidden_states[self.layer]
            yield rows, batch, hidden

    def warnings(self, texts: Sequence[str]) -> tuple[str, ...]:
        """What keeps this encoder from reading these texts: unknown tokens (another language), cut ends."""
        ids = self.tokenizer(list(texts), add_special_tokens=False, verbose=False)["input_ids"]
        total = sum(map(len, ids))
        unknown = sum(row.count(self.tokenizer.unk_token_id) for row in ids) if total else 0
        cut = sum(len(row) > self.max_length - 2 for row in ids)
        found = []
        if unknown > 0.05 * total:
            found.append(
                f"{unknown / total:.0%} of tokens are unknown to the encoder: it was not made for this language"
            )
        if cut:
            found.append(f"{cut} texts are longer than {self.max_length} tokens and were cut")
        return tuple(found)
