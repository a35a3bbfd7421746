"""The learning rate that a logged step must show, for every schedule a spec can name."""

import math

from labs.schedule import learning_rate_at
from labs.spec import RunSpec


def logged_learning_rate(spec: RunSpec, step: int, warmup: int, total: int) -> float:
    """What the log of ``step`` (from 1) says: the rate its update was made with, so after ``step - 1`` updates.

    The formulas beyond ``labs.schedule`` are ``transformers.optimization``'s: ``get_inverse_sqrt_schedule``,
    ``get_polynomial_decay_schedule_with_warmup`` (power 1, lr_end 1e-7) and
    ``get_cosine_with_hard_restarts_schedule_with_warmup`` (one cycle).
    """
    done, peak = step - 1, spec.learning_rate
    kind = spec.lr_scheduler_type
    if kind not in ("inverse_sqrt", "polynomial", "cosine_with_restarts"):
        return learning_rate_at(spec, done, warmup, total)
    if done < warmup:
        return peak * done / max(1, warmup)
    if kind == "inverse_sqrt":
        timescale = warmup or 10_000
        return peak / math.sqrt((done - warmup + timescale) / timescale)
    progress = (done - warmup) / max(1, total - warmup)
    if kind == "polynomial":
        return (peak - 1e-7) * (1 - progress) + 1e-7 if progress <= 1 else 1e-7
    return peak * max(0.0, 0.5 * (1 + math.cos(math.pi * (progress % 1.0)))) if progress < 1 else 0.0
