"""What a run will need and do, by the formulas a student should know, before anything is loaded."""

import math

import msgspec

from labs.shape import ModelShape
from labs.spec import RunSpec

MIB = 2**20
PADDING = 1.5
"""A batch is as wide as its longest row: about this much wider than the mean, in the bundled tasks."""
CPU_BYTES_A_UNIT = 208.0
"""Activations kept for the backward pass in float32, by token, hidden unit and block: measured on the bundled
model with QLoRA on all linear layers (84, 273 and 520 MiB for 256, 1024 and 2048 tokens)."""
CUDA_BYTES_A_UNIT = 34.0
"""The same in 16 bits with flash attention (arXiv:2205.05198, section 4.1, without its attention scores)."""
CPU_RUNTIME_MIB = 562.0
"""Resident set of a worker with its libraries and the bundled model, before the first step: measured."""
CUDA_RUNTIME_MIB = 500.0
"""A CUDA context and its libraries."""


class Formula(msgspec.Struct, frozen=True):
    """One figure with the arithmetic behind it, numbers filled in."""

    name: str
    """The estimate's field."""
    text: str


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one run. Memory in MiB, an estimate; counts are exact."""

    trainable_parameters: int
    total_parameters: int
    """Base and adapter."""
    trainable_share: float
    """0-1, as PEFT prints it (times 100)."""
    effective_batch: int
    steps_per_epoch: int
    total_steps: int
    warmup_steps: int
    tokens_per_step: float
    weights_mib: float
    adapter_mib: float
    gradients_mib: float
    optimizer_mib: float
    activations_mib: float
    logits_mib: float
    runtime_mib: float
    """Libraries and allocator, measured once, for the process that trains."""
    formulas: tuple[Formula, ...]

    @property
    def memory_mib(self) -> float:
        """All parts."""
        return (
            self.weights_mib + self.adapter_mib + self.gradients_mib + self.optimizer_mib
            + self.activations_mib + self.logits_mib + self.runtime_mib
        )  # fmt: skip

    def fits(self, available_mib: float) -> bool:
        """Whether a tenth stays free of what the machine can give."""
        return self.memory_mib <= 0.9 * available_mib


def bits_per_parameter(spec: RunSpec, dtype_bits: int) -> float:
    """Storage of a frozen linear weight. NF4/FP4: 4 + 32/64; double quantisation: 4 + 8/64 + 32/(64*256)."""
    if spec.quantization == "none":
        return dtype_bits
    if spec.quantization == "int8":
        return 8.0
    return 4 + 8 / 64 + 32 / (64 * 256) if spec.bnb_4bit_use_double_quant else 4 + 32 / 64


def steps_of(spec: RunSpec, rows: int) -> tuple[int, int, int]:
    """Optimizer steps (an epoch, in all, of warmup), with the ceilings transformers applies."""
    micro_batches = math.ceil(rows / spec.per_device_train_batch_size)
    per_epoch = max(1, math.ceil(micro_batches / spec.gradient_accumulation_steps))
    total = spec.max_steps if spec.max_steps is not None else math.ceil(spec.num_train_epochs * per_epoch)
    if spec.lr_scheduler_type == "constant":
        return per_epoch, total, 0
    warmup = math.ceil(spec.warmup_steps * total) if spec.warmup_steps < 1 else int(spec.warmup_steps)
    return per_epoch, total, warmup


def estimate(
    spec: RunSpec,
    shape: ModelShape,
    rows: int,
    mean_tokens: float,
    *,
    cuda: bool = False,
    runtime_mib: float | None = None,
) -> Estimate:
    """Compute the figures.

    Args:
        rows: training rows after ``train_rows``.
        mean_tokens: mean length of a row in tokens, after truncation.
        cuda: bfloat16 and, for the logits, TRL's chunked head; else float32.
        runtime_mib: of a process that has imported everything; default as measured.
    """
    wide = {"auto": 16 if cuda else 32, "float32": 32, "bfloat16": 16, "float16": 16}[spec.compute_dtype]
    # Full fine-tuning keeps 32-bit weights whatever multiplies: 4 (weight) + 4 (gradient) + 8 (AdamW) bytes.
    stored = 32 if spec.method == "full" else wide
    adapter = (
        0 if spec.method == "full" else shape.lora_parameters(spec.r, spec.target_modules, dora=spec.use_dora)
    )
    trainable = shape.parameters if spec.method == "full" else adapter
    total = shape.parameters + adapter
    per_epoch, steps, warmup = steps_of(spec, rows)
    bits = bits_per_parameter(spec, stored)
    rest = shape.embedding_parameters + shape.other_parameters
    weights = (shape.linear_parameters * bits + rest * stored) / 8 / MIB
    tokens = spec.per_device_train_batch_size * min(PADDING * mean_tokens, spec.max_length)
    units = tokens * shape.hidden_size * shape.num_hidden_layers
    per_unit = CUDA_BYTES_A_UNIT if cuda else CPU_BYTES_A_UNIT * wide / 32
    activations = units * per_unit / MIB
    if spec.gradient_checkpointing:
        # What goes into each block is kept (one value a unit), and one block at a time is computed again.
        activations = units * wide / 8 / MIB + activations / shape.num_hidden_layers
    # Logits, their softmax and its gradient in 32 bits; on CUDA, TRL's head goes in chunks of 256 tokens.
    logits = (min(tokens, 256.0) if cuda else tokens) * shape.vocab_size * 4 * 3 / MIB
    state = trainable * 4 / MIB
    names = "+".join(str(sum(pair)) for pair in shape.linear_modules.values())
    formulas = (
        Formula(
            "trainable_parameters",
            f"{trainable:,} (all of them)"
            if spec.method == "full"
            else f"r * layers * sum(in + out) = {spec.r} * {shape.num_hidden_layers} * ... = {adapter:,}"
            if spec.target_modules != "all-linear"
            else f"r * layers * sum(in + out) = {spec.r} * {shape.num_hidden_layers} * ({names}) = {adapter:,}",
        ),
        Formula("trainable_share", f"{trainable:,} / {total:,} = {100 * trainable / total:.2f} %"),
        Formula(
            "effective_batch",
            f"{spec.per_device_train_batch_size} * {spec.gradient_accumulation_steps} = {spec.effective_batch}",
        ),
        Formula(
            "steps_per_epoch",
            f"ceil(ceil({rows} / {spec.per_device_train_batch_size}) / {spec.gradient_accumulation_steps})"
            f" = {per_epoch}",
        ),
        Formula(
            "total_steps",
            f"max_steps = {steps}"
            if spec.max_steps is not None
            else f"ceil({spec.num_train_epochs:g} * {per_epoch}) = {steps}",
        ),
        Formula(
            "warmup_steps",
            f"ceil({spec.warmup_steps:g} * {steps}) = {warmup}" if spec.warmup_steps < 1 else f"{warmup}",
        ),
        Formula(
            "weights_mib",
            f"({shape.linear_parameters:,} * {bits:.3g} + {rest:,} * {stored}) bits = {weights:,.1f} MiB",
        ),
        Formula("optimizer_mib", f"AdamW: 2 * 4 bytes * {trainable:,} = {2 * state:,.1f} MiB"),
    )
    return Estimate(
        trainable_parameters=trainable,
        total_parameters=total,
        trainable_share=trainable / total,
        effective_batch=spec.effective_batch,
        steps_per_epoch=per_epoch,
        total_steps=steps,
        warmup_steps=warmup,
        tokens_per_step=spec.effective_batch * min(mean_tokens, spec.max_length),
        weights_mib=weights,
        adapter_mib=adapter * 4 / MIB,
        gradients_mib=state,
        optimizer_mib=2 * state,
        activations_mib=activations,
        logits_mib=logits,
        runtime_mib=(CUDA_RUNTIME_MIB if cuda else CPU_RUNTIME_MIB) if runtime_mib is None else runtime_mib,
        formulas=formulas,
    )
