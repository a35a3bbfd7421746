"""What a recomputation is told and what it says back: plain data, so that any process on any machine can do it."""

from typing import Literal

import msgspec

from labs.grading.evidence import Tier, TierResult
from labs.grading.weights import Weights
from labs.spec import RunSpec
from metrics.score import Score

STUDENTS_FIELDS = (
    "method", "r", "lora_alpha", "lora_dropout", "use_rslora", "use_dora", "target_modules", "bnb_4bit_quant_type",
    "bnb_4bit_use_double_quant", "load_in_8bit", "learning_rate", "lr_scheduler_type", "warmup_steps",
    "num_train_epochs", "max_steps", "per_device_train_batch_size", "gradient_accumulation_steps", "weight_decay",
    "max_grad_norm", "packing", "loss_on", "seed",
    "split_seed",
)  # fmt: skip
"""What of a student's spec decides the first steps of training; the rest is the lab's."""


class RowSet(msgspec.Struct, frozen=True, kw_only=True):
    """A test set: a file of rows and how many of them count."""

    name: Literal["public", "hidden"]
    file: str
    rows: int | None = None
    folder: str = ""
    """The task's folder, where a database may lie."""


class RecomputeSetup(msgspec.Struct, frozen=True, kw_only=True):
    """The same for every submission of an assignment."""

    base: str
    """Folder of the instructor's base model."""
    spec: RunSpec
    """The lab's: metrics, lengths, batch size come from here, never from a student's."""
    sets: tuple[RowSet, ...]
    replay_steps: int = 0
    replay_tolerance: float = 0.02


class RecomputeTask(msgspec.Struct, frozen=True, kw_only=True):
    """One submission. Only the tiers in ``keys`` are computed."""

    digest: str
    weights: Weights
    spec: RunSpec
    """The student's, checked: how the base was quantised, and what a replay trains with."""
    predictions: str = ""
    """File with the student's predictions; empty where there are none."""
    answers_to: str = ""
    """File to write what the models said to the public rows; empty: do not."""
    losses: tuple[float | None, ...] = ()
    """Logged, of the first steps, for the replay."""
    claimed: dict[str, Score] = {}
    keys: dict[Tier, str]


class RecomputeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The tiers that were asked for."""

    digest: str
    tiers: dict[Tier, TierResult]
    seconds: float = 0.0
