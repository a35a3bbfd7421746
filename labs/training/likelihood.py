"""How likely a model finds the answers it should give: sums of -ln p, a row at a time."""

from typing import Any

import msgspec
import torch

from labs.training.tokens import IGNORED, TokenisedRow


class RowLikelihood(msgspec.Struct, frozen=True):
    """One row's negative log-likelihood."""

    nll: float
    """Sum over scored tokens, in nats."""
    tokens: int


@torch.no_grad()  # type: ignore[untyped-decorator]
def likelihoods(
    model: Any, rows: list[TokenisedRow], pad_id: int, batch_tokens: int = 8192
) -> list[RowLikelihood]:
    """Score every row, in the order given.

    Rows go through in batches of similar length, padded on the right; logits are computed where there is a
    label only. The model's training mode is restored.
    """
    was_training = model.training
    model.eval()
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model
    device = inner.get_input_embeddings().weight.device
    results: dict[int, RowLikelihood] = {}
    for batch in _batches(rows, batch_tokens):
        width = max(len(rows[index].input_ids) for index in batch)
        ids = torch.full((len(batch), width), pad_id, dtype=torch.long)
        labels = torch.full((len(batch), width), IGNORED, dtype=torch.long)
        mask = torch.zeros((len(batch), width), dtype=torch.long)
        for line, index in enumerate(batch):
            length = len(rows[index].input_ids)
            ids[line, :length] = torch.tensor(rows[index].input_ids)
            labels[line, :length] = torch.tensor(rows[index].labels)
            mask[line, :length] = 1
        hidden = inner.base_model(
            input_ids=ids.to(device), attention_mask=mask.to(device), use_cache=False
        ).last_hidden_state[:, :-1]
        targets = labels[:, 1:].to(device)
        scored = targets != IGNORED
        logits = inner.get_output_embeddings()(hidden[scored])
        nll = torch.nn.functional.cross_entropy(logits.float(), targets[scored], reduction="none")
        sums = torch.zeros(targets.shape, dtype=torch.float64, device=device)
        sums[scored] = nll.double()
        totals, counts = sums.sum(1).tolist(), scored.sum(1).tolist()
        for line, index in enumerate(batch):
            results[index] = RowLikelihood(totals[line], counts[line])
    model.train(was_training)
    return [results[index] for index in range(len(rows))]


def mean_nll(rows: list[RowLikelihood]) -> float:
    """Nats per token over all rows together, never a mean of means."""
    return sum(row.nll for row in rows) / max(1, sum(row.tokens for row in rows))


def _batches(rows: list[TokenisedRow], batch_tokens: int) -> list[list[int]]:
    order = sorted(range(len(rows)), key=lambda index: len(rows[index].input_ids))
    batches: list[list[int]] = []
    for index in order:
        width = len(rows[index].input_ids)
        if batches and width * (len(batches[-1]) + 1) <= batch_tokens:
            batches[-1].append(index)
        else:
            batches.append([index])
    return batches
