"""What the form offers: which fields of a spec, in which order, typed or chosen, and how their text becomes a value."""

from dataclasses import dataclass
from typing import Any, get_args

from labs.lab import Hyperparameter, Lab
from labs.models import known_models
from labs.spec import ComputeDtype, Method, RunSpec, SchedulerType
from tui.i18n import t

MAIN = (
    "base_model", "method", "r", "lora_alpha", "target_modules", "learning_rate", "lr_scheduler_type", "warmup_steps",
    "num_train_epochs", "per_device_train_batch_size", "gradient_accumulation_steps", "max_length", "seed",
)  # fmt: skip
"""Offered for every lab."""

MORE = (
    "max_steps", "train_rows", "split_seed", "split_share", "lora_dropout", "weight_decay", "max_grad_norm", "loss_on", "packing", "use_rslora",
    "use_dora", "bnb_4bit_quant_type", "bnb_4bit_use_double_quant", "load_in_8bit", "compute_dtype",
    "gradient_checkpointing", "eval_steps", "save_steps", "early_stopping_patience", "max_new_tokens",
)  # fmt: skip
"""Offered when all are asked for."""

_LISTED: dict[str, tuple[Any, ...]] = {
    "method": get_args(Method),
    "lr_scheduler_type": get_args(SchedulerType),
    "compute_dtype": get_args(ComputeDtype),
    "loss_on": ("response", "all"),
    "bnb_4bit_quant_type": ("nf4", "fp4"),
    "target_modules": (
        "all-linear", ("q_proj", "v_proj"), ("q_proj", "k_proj", "v_proj", "o_proj"),
        ("gate_proj", "up_proj", "down_proj"),
    ),
}  # fmt: skip
_SWITCHES = (
    "packing",
    "use_rslora",
    "use_dora",
    "bnb_4bit_use_double_quant",
    "load_in_8bit",
    "gradient_checkpointing",
)
_WHOLE = ("max_steps", "train_rows", "split_seed")


@dataclass(frozen=True)
class Offer:
    """One field of the form."""

    name: str
    choices: tuple[Any, ...] = ()
    """Values to choose from; empty: typed."""
    turned: Hyperparameter | None = None
    """The lab's own words and range, where it has them."""


def offers(lab: Lab, spec: RunSpec, everything: bool) -> tuple[Offer, ...]:
    """The fields for a lab: those it names first, then the main ones, then, if asked, all others."""
    own = {one.name: one for one in lab.hyperparameters}
    names = dict.fromkeys((*own, *MAIN, *(MORE if everything else ())))
    return tuple(Offer(name, _choices(name, own.get(name), spec), own.get(name)) for name in names)


def _choices(name: str, own: Hyperparameter | None, spec: RunSpec) -> tuple[Any, ...]:
    now = getattr(spec, name)
    if name == "base_model":
        listed: tuple[Any, ...] = tuple(model.name for model in known_models())
    elif own is not None and own.choices:
        listed = tuple(tuple(choice) if isinstance(choice, list) else choice for choice in own.choices)
    elif name in _SWITCHES:
        listed = (False, True)
    else:
        listed = _LISTED.get(name, ())
    return listed if not listed or now in listed else (now, *listed)


def shown(value: Any) -> str:
    """A value as the form writes it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return t("configure.on") if value else t("configure.off")
    if isinstance(value, tuple):
        return "+".join(str(part).removesuffix("_proj") for part in value)
    if isinstance(value, float):
        return f"{value:g}".replace("e-0", "e-")
    return str(value)


def read(name: str, text: str) -> Any:
    """What was typed, as a value; what is no number stays text, and the spec's check says so."""
    plain = text.strip().replace(",", "").replace("_", "") if name != "base_model" else text.strip()
    if name in _WHOLE and not plain:
        return None
    for kind in (int, float):
        try:
            return kind(plain)
        except ValueError:
            continue
    return plain
