"""Steps, warmup, learning rates, clipping and decay as transformers and torch do them."""

import tempfile
import warnings
from functools import cache
from types import SimpleNamespace as V
from typing import Any

import torch
from torch.utils.data import DataLoader
from transformers import (
    Trainer,
    TrainingArguments,
    get_cosine_schedule_with_warmup,
    get_linear_schedule_with_warmup,
)

FOLDER = tempfile.mkdtemp()


class Rows(torch.utils.data.Dataset[dict[str, Any]]):
    """Rows for the Trainer to count."""

    def __init__(self, count: int) -> None:
        self.count = count

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> dict[str, Any]:
        return {"x": torch.zeros(1)}


@cache
def trainer_counts(rows: int, batch: int, accumulation: int, epochs: int) -> tuple[int, int, int]:
    """Batches per epoch, steps per epoch and steps in all, from the Trainer itself."""
    arguments = TrainingArguments(
        FOLDER,
        per_device_train_batch_size=batch,
        gradient_accumulation_steps=accumulation,
        num_train_epochs=epochs,
        use_cpu=True,
        report_to=[],
    )
    trainer = Trainer(torch.nn.Linear(1, 1), arguments, train_dataset=Rows(rows))
    values = trainer.set_initial_training_values(arguments, DataLoader(Rows(rows), batch_size=batch))
    return -(-rows // batch), values[1], values[6]


def rate(schedule: Any, v: V) -> float:
    """Learning rate after ``v.t`` scheduler steps."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=v.lr)
    scheduler = schedule(optimizer, v.warmup, getattr(v, "total", 10_000))
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # a scheduler stepped without its optimizer warns; only the rate matters
        for _ in range(v.t):
            scheduler.step()
    return float(scheduler.get_last_lr()[0])


def warmup_steps(v: V) -> float:
    return TrainingArguments(FOLDER, warmup_steps=v.ratio, use_cpu=True).get_warmup_steps(v.total)


def clip_factor(v: V) -> float:
    weight = torch.nn.Parameter(torch.zeros(4))
    weight.grad = torch.full((4,), v.norm / 2.0)  # four entries of norm/2 have the norm
    torch.nn.utils.clip_grad_norm_([weight], v.limit)
    return float(weight.grad[0]) / (v.norm / 2.0)


def decayed(v: V) -> float:
    weight = torch.nn.Parameter(torch.ones(1, dtype=torch.float64))
    optimizer = torch.optim.AdamW([weight], lr=v.lr, weight_decay=v.wd)
    weight.grad = torch.zeros_like(weight)
    for _ in range(v.steps):
        optimizer.step()
    return 100 * weight.item()


def rows_per_update(v: V) -> float:
    """Count rows between two updates."""
    return sum(1 for _ in range(v.gpus) for _ in range(v.ga) for _ in range(v.bs))


def accumulation_that_keeps(v: V) -> float:
    """The accumulation whose Trainer takes as many steps over the same rows."""
    rows = 64 * v.bs * v.ga
    wanted = trainer_counts(rows, v.bs, v.ga, 1)[1]
    return next(a for a in range(1, 200) if trainer_counts(rows, v.small, a, 1)[1] == wanted)


def padding_share(v: V) -> float:
    mask = torch.zeros(8, v.longest)
    mask[:, : v.mean] = 1
    return 100 * float((mask == 0).float().mean())


def blocks(v: V) -> float:
    full, rest = divmod(v.n * v.mean, v.block)
    return full + (rest > 0)


TRUTHS = {
    "hyper.effective-batch": rows_per_update,
    "hyper.steps-per-epoch": lambda v: trainer_counts(v.n, v.bs, v.ga, 1)[1],
    "hyper.total-steps": lambda v: trainer_counts(v.n, v.bs, v.ga, v.epochs)[2],
    "hyper.warmup-steps": warmup_steps,
    "hyper.lr-in-warmup": lambda v: rate(get_cosine_schedule_with_warmup, v),
    "hyper.lr-cosine": lambda v: rate(get_cosine_schedule_with_warmup, v),
    "hyper.lr-linear": lambda v: rate(get_linear_schedule_with_warmup, v),
    "hyper.tokens-per-step": lambda v: sum([v.mean] * v.batch),
    "hyper.keep-effective": accumulation_that_keeps,
    "hyper.padding-waste": padding_share,
    "hyper.packed-blocks": blocks,
    "hyper.clip-factor": clip_factor,
    "hyper.decay-shrink": decayed,
}
