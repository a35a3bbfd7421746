"""Early stopping by the callback itself, logits by allocating their shape, epochs and hours by counting batch by batch."""

import math
from types import SimpleNamespace as V

import torch
from sklearn.metrics import recall_score
from torch.utils.data import BatchSampler, SequentialSampler
from transformers import EarlyStoppingCallback, TrainerControl, TrainerState, TrainingArguments

LOSSES = [1.31, 1.02, 1.04, 0.91, 0.94, 0.93, 0.97, 1.01]


def batches(rows: int, batch: int) -> list[list[int]]:
    return list(BatchSampler(SequentialSampler(range(rows)), batch, drop_last=False))


def times_seen(v: V) -> float:
    """Readings of row 0 in ``v.step`` steps of the forty rows."""
    epoch = batches(40, 4)
    return sum(0 in epoch[step % len(epoch)] for step in range(v.step))


def logits(b: int, t: int) -> float:
    """GiB of the fp32 logits of Qwen2.5-1.5B, from a tensor of that shape without storage."""
    tensor = torch.empty((b, t, 151_936), dtype=torch.float32, device="meta")
    return tensor.numel() * tensor.element_size() / 2**30


def largest_batch(v: V) -> float:
    return max(b for b in range(1, 200) if logits(b, v.t) <= v.room)


def recall(v: V) -> float:
    truth = [1] * 60 + [0] * 940
    called = [1] * v.tp + [0] * (60 - v.tp) + [1] * v.fp + [0] * (940 - v.fp)
    return 100 * float(recall_score(truth, called))


def stops_at(v: V) -> float:
    """Let the callback watch the losses of the table, the best one kept as the Trainer keeps it."""
    arguments = TrainingArguments("unused", metric_for_best_model="eval_loss", use_cpu=True)
    callback = EarlyStoppingCallback(early_stopping_patience=v.patience)
    state, control = TrainerState(), TrainerControl()
    for number, loss in enumerate(LOSSES, start=1):
        callback.on_evaluate(arguments, state, control, {"eval_loss": loss})
        if control.should_training_stop:
            return number * v.every
        state.best_metric = loss if state.best_metric is None else min(loss, state.best_metric)
    raise AssertionError("the callback never stops the run")


def hours(v: V) -> float:
    seconds_a_row = v.mean / v.rate
    return sum(seconds_a_row for _ in range(v.epochs) for _ in range(v.rows)) / 3600


def rise(v: V) -> float:
    table = torch.tensor([1.98, v.low + 0.18, v.low, v.low + 0.07, v.last], dtype=torch.float64)
    return float((table[-1] / table.min() - 1) * 100)


def batch_of_log(v: V) -> float:
    """The one batch size whose log says this epoch at this step."""
    fits = [b for b in range(1, 200) if math.isclose(v.step / (v.rows / b), v.epoch, rel_tol=1e-9)]
    assert len(fits) == 1
    return fits[0]


def uniform_loss(v: V) -> float:
    return float(torch.nn.functional.cross_entropy(torch.zeros(1, v.vocab), torch.tensor([0])))


def evaluations(v: V) -> float:
    step = found = 0
    for _ in range(v.epochs):
        for _ in batches(v.rows, v.batch):
            step += 1
            found += step % v.every == 0
    return found


TRUTHS = {
    "diag.forty-epochs-done": times_seen,
    "diag.oom-logits-size": lambda v: logits(v.b, v.t),
    "diag.oom-largest-batch": largest_batch,
    "diag.rare-recall": recall,
    "diag.early-stop-step": stops_at,
    "diag.eta": hours,
    "diag.loss-rise": rise,
    "diag.batch-from-log": batch_of_log,
    "diag.uniform-loss": uniform_loss,
    "diag.first-evaluation": evaluations,
}
