"""Perplexity of a causal language model on texts or conversations. The only module here that uses torch."""

from __future__ import annotations

import inspect
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from metrics.errors import MetricError, require
from metrics.likelihood.encoding import Conversation, LossOn, encode, fingerprint
from metrics.likelihood.perplexity import perplexity
from metrics.likelihood.prompts import by_prompt, read_prompt, repeated
from metrics.likelihood.windows import Window, batches, windows
from metrics.score import Score
from metrics.statistics import DEFAULT_RESAMPLES, DEFAULT_SEED

_LARGEST_WINDOW = 4096
"""Default window where a model allows more: attention on a CPU grows with its square."""

_TOKENS_ON_CPU = 1024
"""Default batch on a CPU: a few hundred rows already fill its matrix products, and what a larger batch writes
between layers leaves the caches (docs/benchmarks/perplexity.md)."""

_TOKENS_ON_DEVICE = 8192
"""Default batch on an accelerator, which small products leave idle."""


def perplexity_of(
    model: Any,
    tokenizer: Any,
    inputs: Sequence[str] | Sequence[Conversation],
    *,
    loss_on: LossOn = "all",
    window: int | None = None,
    stride: int | None = None,
    batch_tokens: int | None = None,
    resamples: int = DEFAULT_RESAMPLES,
    seed: int = DEFAULT_SEED,
) -> Score:
    """Token-weighted perplexity of ``model``, with bits per byte in the parts.

    Texts are sorted by length and batched, so that little is padding; padding stands on the right, where
    causal attention does not look, and is never scored. A prompt that many rows share goes through once. The
    model is put in eval mode and back; nothing else about it changes.

    Args:
        model: a causal LM (transformers or PEFT) on any device.
        tokenizer: its tokenizer.
        inputs: texts, or conversations as lists of ``{"role", "content"}``.
        loss_on: ``all`` tokens, or the ``response`` only (conversations; end-of-turn token included).
        window: most tokens a forward pass sees; default the model's context up to 4,096.
        stride: step between windows of a longer text; default half a window.
        batch_tokens: padded tokens a batch, memory's dial; default 1,024 on a CPU, else 8,192.
        resamples: bootstrap resamples over texts; 0 leaves the interval out.
        seed: of the resampling.

    Raises:
        MetricError: ``empty``, ``no-tokens``, ``nan`` where the model's logits are not finite, and what
            :mod:`metrics.likelihood.encoding` raises.
    """
    nll, tokens, byte_counts, window, stride = nll_by_row(
        model, tokenizer, inputs, loss_on=loss_on, window=window, stride=stride, batch_tokens=batch_tokens
    )
    return perplexity(
        nll,
        tokens,
        byte_counts=byte_counts,
        tokenizer=fingerprint(tokenizer),
        scored=loss_on,
        window=window,
        stride=stride,
        resamples=resamples,
        seed=seed,
    )


def nll_by_row(
    model: Any,
    tokenizer: Any,
    inputs: Sequence[str] | Sequence[Conversation],
    *,
    loss_on: LossOn = "all",
    window: int | None = None,
    stride: int | None = None,
    batch_tokens: int | None = None,
) -> tuple[list[float], list[int], list[int], int, int]:
    """Summed NLL (nats), scored tokens and bytes of each row, and the window and stride that were used."""
    require("torch", "perplexity_of")
    if isinstance(inputs, str) or len(inputs) == 0:
        raise MetricError("empty", "there is nothing to score", "Pass a list of texts or conversations")
    if window is None:
        context = getattr(model.config, "max_position_embeddings", None) or _LARGEST_WINDOW
        window = min(int(context), _LARGEST_WINDOW)
    if stride is None:
        stride = max(window // 2, 1)
    items: Sequence[Any] = inputs
    rows = [encode(tokenizer, item, row, loss_on) for row, item in enumerate(items)]
    pieces = [
        piece
        for row, item in enumerate(rows)
        for piece in windows(row, item.ids, item.scored, window, stride)
    ]
    tokens = [0] * len(rows)
    for piece in pieces:
        tokens[piece.row] += sum(piece.scored)
    nll = nll_of_windows(model, pieces, batch_tokens)
    if not all(map(math.isfinite, nll.values())):
        raise MetricError(
            "nan", "the model's logits are not finite", "The run diverged, or the weights are damaged"
        )
    by_row = [nll.get(row, 0.0) for row in range(len(rows))]
    return by_row, tokens, [item.byte_count for item in rows], window, stride


def nll_of_windows(model: Any, pieces: Sequence[Window], batch_tokens: int | None = None) -> dict[int, float]:
    """Summed NLL (nats) by row over the row's windows, each with at least one scored token; not finite where logits are not."""
    if batch_tokens is None:
        batch_tokens = _TOKENS_ON_CPU if model.device.type == "cpu" else _TOKENS_ON_DEVICE
    nll: defaultdict[int, float] = defaultdict(float)
    with _evaluating(model):
        keep = accepts_logits_to_keep(model)
        for shared, group in by_prompt(pieces):
            options = {"logits_to_keep": 1} if keep else {}
            prompt = read_prompt(model, group[0].ids[:shared], options) if shared else None
            read = 0 if prompt is None else shared
            for batch in batches(group, batch_tokens):
                for piece, value in zip(batch, _batch_nll(model, batch, keep, read, prompt), strict=True):
                    nll[piece.row] += value
    return dict(nll)


@contextmanager
def _evaluating(model: Any) -> Iterator[None]:
    """Eval mode without gradients, and back.

    bitsandbytes repacks 4-bit weights in place at the first eval pass on AVX512-BF16 CPUs, which breaks
    every later gradient and merge; the flag that asks for it is switched off for the layers that have it.
    """
    import torch

    was_training = model.training
    for module in model.modules():
        if getattr(module, "support_avx512bf16_for_cpu", False):
            module.support_avx512bf16_for_cpu = False
    model.eval()
    try:
        # Not inference_mode: rotary caches made inside it could not be used by a later training step.
        with torch.no_grad():
            yield
    finally:
        model.train(was_training)


def _batch_nll(model: Any, batch: list[Window], keep: bool, read: int, prompt: Any) -> list[float]:
    """Summed NLL of each window of a right-padded batch, in float64 sums of float32 log-probabilities.

    The first ``read`` tokens of all windows are the same, unscored, and in the cache ``prompt``.
    """
    import torch

    longest = len(batch[0].ids) - read
    ids = torch.zeros((len(batch), longest), dtype=torch.long)
    scored = torch.zeros((len(batch), longest), dtype=torch.bool)
    for i, piece in enumerate(batch):
        ids[i, : len(piece.ids) - read] = torch.tensor(piece.ids[read:])
        scored[i, : len(piece.ids) - read] = torch.tensor(piece.scored[read:])
    first = min(piece.scored.index(True) for piece in batch) - read
    options: dict[str, Any] = {"use_cache": False}
    if prompt is not None:
        options = {"use_cache": True, "past_key_values": repeated(prompt, len(batch))}
    if keep and first > 1:
        # The prompt's logits would be computed, a vocabulary wide each, only to be thrown away.
        options["logits_to_keep"] = longest - first + 1
    # No attention mask: no token that counts can see the padding after it, and without one attention is faster.
    logits = model(input_ids=ids.to(model.device), **options).logits
    skipped = longest - logits.shape[1]
    mask = scored[:, skipped + 1 :].to(logits.device)
    targets = ids[:, skipped + 1 :].to(logits.device)[mask]
    losses = torch.nn.functional.cross_entropy(logits[:, :-1][mask].float(), targets, reduction="none")
    sums = torch.zeros(len(batch), dtype=torch.float64, device=losses.device)
    sums.index_add_(0, mask.nonzero()[:, 0], losses.double())
    values: list[float] = sums.tolist()
    return values


def accepts_logits_to_keep(model: Any) -> bool:
    """Whether a forward pass can be told to make logits for the last positions only."""
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model
    return "logits_to_keep" in inspect.signature(inner.forward).parameters
