"""Refuse a run that cannot be, with the field's name, before anything is loaded."""

import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec

from labs.errors import SpecError
from labs.shape import ModelShape
from labs.spec import RunSpec

LINEAR_MODULES = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
KNOWN_METRICS = (
    "bleu", "chrf", "rouge", "exact_match", "accuracy", "macro_f1", "json_f1", "execution_accuracy", "style_markers",
)  # fmt: skip

_SCORES = {"rouge": ("rouge1", "rouge2", "rougeL"), "json_f1": ("json_validity", "json_f1")}
"""Metrics that give scores of other names; every other gives one of its own."""

# field: lowest, highest, unit. Bounds are where the value stops making sense, not where it stops being wise.
_RANGES: dict[str, tuple[float, float, str]] = {
    "train_rows": (1, 10_000_000, "rows"),
    "test_rows": (1, 100_000, "rows"),
    "split_seed": (0, 2**32 - 1, ""),
    "split_share": (0.01, 1.0, "of the rows"),
    "r": (1, 1024, ""),
    "lora_alpha": (1, 4096, ""),
    "lora_dropout": (0.0, 0.9, "0-1"),
    "warmup_steps": (0.0, 1_000_000, "steps, or a share below 1"),
    "num_train_epochs": (0.01, 1000.0, "epochs"),
    "max_steps": (1, 1_000_000, "steps"),
    "per_device_train_batch_size": (1, 4096, "rows"),
    "gradient_accumulation_steps": (1, 4096, ""),
    "weight_decay": (0.0, 1.0, ""),
    "max_grad_norm": (0.0, 1000.0, ""),
    "max_length": (8, 131_072, "tokens"),
    "seed": (0, 2**32 - 1, ""),
    "eval_steps": (0, 1_000_000, "steps"),
    "save_steps": (0, 1_000_000, "steps"),
    "early_stopping_patience": (0, 1000, "evaluations"),
    "max_new_tokens": (1, 8192, "tokens"),
    "eval_batch_size": (1, 4096, "rows"),
}


def check_spec(spec: RunSpec, shape: ModelShape | None = None) -> None:
    """Raise the first thing that is wrong with ``spec``.

    Args:
        shape: where it is known, widths are checked against what 4-bit kernels need.

    Raises:
        SpecError: out of range or contradictory; ``field`` names it.
    """
    problems = spec_problems(spec, shape)
    if problems:
        raise problems[0]


def spec_problems(spec: RunSpec, shape: ModelShape | None = None) -> list[SpecError]:
    """Everything that is wrong with ``spec``, for a form that marks each field."""
    problems: list[SpecError] = []

    def refuse(field: str, message: str, hint: str = "", code: str = "spec.invalid") -> None:
        problems.append(SpecError(field, message, hint, code))

    for field, (low, high, unit) in _RANGES.items():
        value = getattr(spec, field)
        if value is not None and not low <= value <= high:
            refuse(
                field, f"{value} is outside {low:g}..{high:g}{' ' + unit if unit else ''}.", "", "spec.range"
            )
    if not (math.isfinite(spec.learning_rate) and 0 < spec.learning_rate <= 10):
        refuse(
            "learning_rate",
            f"{spec.learning_rate} is outside 0..10.",
            "1e-4 to 1e-3 suit LoRA.",
            "spec.range",
        )
    if not spec.base_model.strip():
        refuse("base_model", "is empty.", "Use pocket, a folder or a hub id.")
    _check_method(spec, shape, refuse)
    _check_data(spec, refuse)
    if spec.max_steps is not None and spec.warmup_steps >= 1 and spec.warmup_steps > spec.max_steps:
        refuse("warmup_steps", f"{spec.warmup_steps:g} is more than max_steps {spec.max_steps}.")
    if spec.warmup_steps >= 1 and spec.warmup_steps != int(spec.warmup_steps):
        refuse("warmup_steps", f"{spec.warmup_steps} is neither a share below 1 nor a whole number of steps.")
    if spec.early_stopping_patience and not spec.eval_steps:
        refuse("early_stopping_patience", "needs evaluations to look at.", "Set eval_steps.")
    for name in spec.metrics:
        if name not in KNOWN_METRICS:
            refuse("metrics", f"{name!r} is unknown.", f"Known: {', '.join(KNOWN_METRICS)}.")
    return problems


def _check_method(spec: RunSpec, shape: ModelShape | None, refuse: Callable[..., None]) -> None:
    if spec.method == "full":
        for field in ("use_dora", "use_rslora"):
            if getattr(spec, field):
                refuse(field, "has no meaning in full fine-tuning.", "Use method lora or qlora.")
    if spec.load_in_8bit and spec.method != "qlora":
        refuse("load_in_8bit", f"quantises the base, but method is {spec.method}.", "Use method qlora.")
    if spec.load_in_8bit and spec.use_dora:
        refuse("use_dora", "does not train on an int8 base.", "Use 4 bits, or leave DoRA off.")
    targets = spec.target_modules
    if isinstance(targets, str):
        if targets != "all-linear":
            refuse("target_modules", f"{targets!r} is unknown.", "Use all-linear or a list of module names.")
    elif not targets:
        refuse("target_modules", "is empty.", "Name at least one module, or all-linear.")
    else:
        for name in targets:
            if name == "lm_head":
                refuse("target_modules", "lm_head cannot carry an adapter in TRL 1.16.", "Leave it out.")
            elif name not in LINEAR_MODULES:
                refuse("target_modules", f"{name!r} is unknown.", f"Known: {', '.join(LINEAR_MODULES)}.")
    if shape is None:
        return
    if spec.method != "full" and spec.r > min(min(pair) for pair in shape.linear_modules.values()):
        refuse(
            "r",
            f"{spec.r} is more than the smallest matrix's side.",
            "A rank cannot exceed it.",
            "spec.range",
        )
    if spec.method == "qlora" and not spec.load_in_8bit:
        odd = [f"{n} {i}x{o}" for n, (i, o) in shape.linear_modules.items() if i % 64 or o % 32]
        if odd:
            refuse(
                "method", f"4-bit kernels need multiples of 64; this model has {', '.join(odd)}.", "Use lora."
            )


def _check_data(spec: RunSpec, refuse: Callable[..., None]) -> None:
    if spec.task:
        if spec.task != Path(spec.task).name or spec.task.startswith("."):
            refuse("task", f"{spec.task!r} is no task name.")
        return
    if not spec.train_file:
        refuse(
            "task", "neither task nor train_file is given.", "Name a task or a file of rows.", "spec.no_data"
        )
        return
    if spec.evaluate and not spec.test_file:
        refuse("test_file", "is needed to evaluate.", "Name a file of test rows, or set evaluate to false.")
    if (spec.eval_steps or spec.early_stopping_patience) and not spec.validation_file:
        refuse("validation_file", "is needed for eval_steps.", "Name a file, or set eval_steps to 0.")


def score_names(metrics: Iterable[str]) -> frozenset[str]:
    """The scores that a run with these metrics has, by which expressions name them: perplexity is always among them."""
    return frozenset({"perplexity", *(name for metric in metrics for name in _SCORES.get(metric, (metric,)))})


def spec_from(values: dict[str, Any], base: RunSpec | None = None) -> RunSpec:
    """Build a spec from plain values (a form, TOML, ``--set name=value``) over ``base``.

    Raises:
        SpecError: an unknown field or a value of the wrong type, with the field's name.
    """
    known = RunSpec.__struct_fields__
    for name in values:
        if name not in known:
            near = [field for field in known if name in field or field in name]
            hint = f"Did you mean {', '.join(near)}?" if near else f"Fields: {', '.join(known)}."
            raise SpecError(name, "is no field of a run spec.", hint, "spec.unknown_field")
    merged = {**(msgspec.to_builtins(base) if base is not None else {}), **values}
    for name in values:
        try:
            msgspec.convert({name: values[name]}, RunSpec)
        except msgspec.ValidationError as error:
            raise SpecError(name, f"{error}.", code="spec.type") from error
    return msgspec.convert(merged, RunSpec)
