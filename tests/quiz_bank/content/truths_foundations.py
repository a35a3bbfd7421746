"""Loss terms and means from torch's own cross-entropy with shifted and masked labels."""

import math
from types import SimpleNamespace as V

import torch
from transformers.loss.loss_utils import ForCausalLMLoss


def loss_terms(v: V) -> float:
    """The summed loss of uniform guesses over two tokens is ln 2 for each term."""
    ids = torch.zeros(1, v.total, dtype=torch.long)
    summed = ForCausalLMLoss(
        torch.zeros(1, v.total, 2), ids, vocab_size=2, num_items_in_batch=torch.tensor(1)
    )
    return round(float(summed) / math.log(2))


def masked_mean(v: V) -> float:
    chances = [0.02, 0.05, v.a, v.b, v.c]
    logits = torch.tensor([[math.log(p), math.log(1 - p)] for p in chances], dtype=torch.float64)
    labels = torch.tensor([-100, -100, 0, 0, 0])
    return float(torch.nn.functional.cross_entropy(logits, labels))


TRUTHS = {"found.predicted-positions": loss_terms, "found.mean-over-unmasked": masked_mean}
