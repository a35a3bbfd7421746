"""Which tensors a submission must have: names and shapes, from the instructor's base model and the adapter's settings."""

import re
from collections.abc import Iterable
from pathlib import Path

from labs.grading.adapter_config import LoraSettings
from labs.grading.limits import Limits
from labs.grading.tensors import Shape, read_header
from labs.shape import ModelShape
from labs.submission.errors import SubmissionError

_LORA = re.compile(
    r"base_model\.model\.model\.layers\.(0|[1-9][0-9]{0,3})\.(?:self_attn|mlp)\.([a-z_]{1,20})\."
    r"(lora_A|lora_B|lora_magnitude_vector)(?:\.weight)?"
)


def lora_layout(shape: ModelShape, settings: LoraSettings) -> dict[str, Shape]:
    """``layers.0.q_proj.lora_A`` (r, in), ``lora_B`` (out, r) and, with DoRA, the magnitudes (out)."""
    expected: dict[str, Shape] = {}
    for layer in range(shape.num_hidden_layers):
        for module in settings.target_modules:
            features_in, features_out = shape.linear_modules[module]
            stem = f"layers.{layer}.{module}"
            expected[f"{stem}.lora_A"] = (settings.r, features_in)
            expected[f"{stem}.lora_B"] = (features_out, settings.r)
            if settings.use_dora:
                expected[f"{stem}.lora_magnitude_vector"] = (features_out,)
    return expected


def canonical_lora_names(names: Iterable[str], where: str) -> dict[str, str]:
    """Canonical name by PEFT's.

    Raises:
        SubmissionError: ``tensors.unexpected``, ``tensors.duplicate``.
    """
    canonical: dict[str, str] = {}
    for name in names:
        match = _LORA.fullmatch(name)
        if match is None:
            raise SubmissionError("tensors.unexpected", f"{name[:100]!r} is no LoRA tensor.", where=where)
        canonical[name] = f"layers.{match[1]}.{match[2]}.{match[3]}"
    if len(set(canonical.values())) < len(canonical):
        raise SubmissionError("tensors.duplicate", "two names mean the same tensor.", where=where)
    return canonical


def full_layout(base: Path, limits: Limits) -> dict[str, Shape]:
    """Names and shapes of the base model's own weights, for full fine-tuning.

    Raises:
        SubmissionError: the base's files are damaged.
        OSError: they cannot be read.
    """
    expected: dict[str, Shape] = {}
    for path in sorted(base.glob("*.safetensors")):
        with path.open("rb") as file:
            header = read_header(file.fileno(), path.name, limits)
        expected |= {name: tensor.shape for name, tensor in header.tensors.items()}
    return expected
