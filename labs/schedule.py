"""The learning rate at a step, by the formulas of transformers' schedulers."""

import math

from labs.spec import RunSpec


def learning_rate_at(spec: RunSpec, step: int, warmup: int, total: int) -> float:
    """The learning rate after ``step`` updates of ``total``, ``warmup`` of them warm-up.

    Linear: lr * (T - t) / (T - W). Cosine: lr / 2 * (1 + cos(pi * (t - W) / (T - W))), as in
    ``transformers.optimization.get_linear_schedule_with_warmup`` and ``get_cosine_schedule_with_warmup``.

    Raises:
        ValueError: another schedule.
    """
    peak = spec.learning_rate
    if spec.lr_scheduler_type == "constant":
        return peak
    if step < warmup:
        return peak * step / max(warmup, 1)
    if spec.lr_scheduler_type == "constant_with_warmup":
        return peak
    progress = (step - warmup) / max(total - warmup, 1)
    if spec.lr_scheduler_type == "linear":
        return peak * max(0.0, 1 - progress)
    if spec.lr_scheduler_type == "cosine":
        return peak * max(0.0, 0.5 * (1 + math.cos(math.pi * progress)))
    raise ValueError(f"no formula for {spec.lr_scheduler_type}")
