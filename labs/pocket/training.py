"""Pretraining on two cores: Muon for the matrices, AdamW for embeddings and norms, a trapezoid learning rate."""

import time
from collections.abc import Callable
from itertools import islice
from typing import Any

import msgspec

from labs.pocket.batches import batches
from labs.pocket.muon import Muon


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that decides the weights."""

    seed: int = 20261122
    steps: int = 3600
    """Optimizer steps."""
    tokens: int = 2048
    """Tokens of a batch, padding included."""
    repeated: float = 0.12
    """Share of rows that are random tokens, repeated."""
    muon_lr: float = 0.0035
    """Muon's learning rate, for the matrices inside the layers. At 0.02 the copying heads were gone within 100 steps."""
    adam_lr: float = 4.5e-4
    """AdamW's, for embeddings and norms. At 3e-3 the embeddings ran away from the heads that compare them."""
    warmup: int = 40
    """Steps of linear warm-up."""
    decay: float = 0.4
    """Share of the steps, at the end, over which the learning rate falls to zero."""
    weight_decay: float = 0.05


def rate(recipe: Recipe, step: int) -> float:
    """Multiplier of the learning rates at `step`: up, flat, down to zero."""
    falling = recipe.steps * recipe.decay
    return min(1.0, (step + 1) / recipe.warmup, (recipe.steps - step) / falling)


def optimizers(model: Any, recipe: Recipe) -> list[Any]:
    """Muon over the layers' matrices and AdamW over the rest."""
    import torch

    matrices = [
        p for n, p in model.named_parameters() if p.ndim == 2 and "embed" not in n and "lm_head" not in n
    ]
    known = {id(p) for p in matrices}
    rest = [p for p in model.parameters() if id(p) not in known]
    return [
        Muon(matrices, lr=recipe.muon_lr, weight_decay=recipe.weight_decay),
        torch.optim.AdamW(rest, lr=recipe.adam_lr, betas=(0.9, 0.95), weight_decay=0.0),
    ]


def nll(model: Any, ids: Any, weights: Any) -> tuple[Any, Any]:
    """Negative log-likelihood in nats of each token that weighs something, and those weights; logits for them alone."""
    import torch

    hidden = model.model(input_ids=ids).last_hidden_state[:, :-1]
    weights, targets = weights[:, 1:], ids[:, 1:]
    kept = weights > 0
    logits = model.lm_head(hidden[kept])
    return torch.nn.functional.cross_entropy(logits, targets[kept], reduction="none"), weights[kept]


def held_out_loss(model: Any, tokenizer: Any, seed: int, count: int = 60) -> float:
    """Mean loss in nats a token, all tokens alike, over `count` batches drawn with a seed of their own."""
    import torch

    total, tokens = 0.0, 0
    model.eval()
    with torch.no_grad():
        for ids, weights in islice(batches(tokenizer, seed, 4096), count):
            losses, _ = nll(model, ids, weights)
            total += float(losses.sum())
            tokens += losses.numel()
    model.train()
    return total / tokens


def train(
    model: Any,
    tokenizer: Any,
    recipe: Recipe,
    log: Callable[[str], None],
    save: Callable[[], None] | None = None,
) -> int:
    """Run the recipe in place, logging every 50 steps; `save` is called every 300. Returns the tokens seen."""
    import torch

    torch.manual_seed(recipe.seed)
    tools = optimizers(model, recipe)
    base = [[group["lr"] for group in tool.param_groups] for tool in tools]
    stream = batches(tokenizer, recipe.seed, recipe.tokens, recipe.repeated)
    started, seen, recent = time.monotonic(), 0, []
    model.train()
    for step, (ids, weights) in enumerate(islice(stream, recipe.steps)):
        for tool, rates in zip(tools, base, strict=True):
            for group, lr in zip(tool.param_groups, rates, strict=True):
                group["lr"] = lr * rate(recipe, step)
        losses, weight = nll(model, ids, weights)
        loss = (losses * weight).sum() / weight.sum()
        loss.backward()
        seen += ids.numel()
        recent.append(float(loss.detach()))
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for tool in tools:
            tool.step()
            tool.zero_grad(set_to_none=True)
        if (step + 1) % 50 == 0:
            mean = sum(recent) / len(recent)
            spent = time.monotonic() - started
            log(
                f"step {step + 1}/{recipe.steps} weighted loss {mean:.4f} tokens {seen} tokens/s {seen / spent:.0f}"
            )
            recent = []
        if save and (step + 1) % 300 == 0:
            save()
    return seen
