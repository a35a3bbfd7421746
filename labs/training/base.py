"""Load the base model and its tokenizer, quantised or not, on the chosen device."""

from pathlib import Path
from typing import Any

import bitsandbytes as bnb
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig

from labs.errors import ModelError
from labs.models import local_folder
from labs.spec import RunSpec
from labs.training.hardware import Hardware


def base_folder(base_model: str) -> Path:
    """Where the base model lies on this machine.

    Raises:
        ModelError: ``model.missing``.
    """
    folder = local_folder(base_model)
    if folder is None:
        raise ModelError(
            "model.missing",
            f"{base_model} is not on this machine.",
            f"`finetutor models pull {base_model}` brings it; pocket comes with the program.",
        )
    return folder


def load_tokenizer(folder: Path) -> Any:
    """The tokenizer, with a pad token (the end token where the model has none).

    Raises:
        ModelError: ``model.no_template``: it has no chat template, so rows of messages cannot be written.
    """
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    if not tokenizer.chat_template:
        raise ModelError(
            "model.no_template",
            f"{folder} has no chat template.",
            "Choose an instruct or chat version of the model.",
        )
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def load_base(spec: RunSpec, folder: Path, hardware: Hardware) -> Any:
    """The base model as ``spec.method`` wants it.

    ``full`` keeps float32 weights whatever multiplies: AdamW's small updates vanish in 16 bits.
    """
    dtype = hardware.torch_dtype
    if spec.method == "full":
        import torch

        dtype = torch.float32
    model = AutoModelForCausalLM.from_pretrained(
        folder,
        local_files_only=True,
        trust_remote_code=False,
        dtype=dtype,
        attn_implementation="sdpa",
        quantization_config=quantization_config(spec, dtype),
        device_map={"": "cpu" if hardware.on_cpu else 0},
    )
    model.config.use_cache = False
    keep_weight_layout(model)
    return model


def quantization_config(spec: RunSpec, dtype: Any) -> Any:
    """bitsandbytes' settings for the spec's frozen weights, or None."""
    if spec.quantization == "none":
        return None
    if spec.quantization == "int8":
        return BitsAndBytesConfig(load_in_8bit=True)
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type=spec.bnb_4bit_quant_type,
        bnb_4bit_use_double_quant=spec.bnb_4bit_use_double_quant,
        bnb_4bit_compute_dtype=dtype,
    )


def keep_weight_layout(model: Any) -> None:
    """Stop 4-bit layers from repacking their weights on CPUs with AVX512-BF16.

    There, one pass in eval mode rewrites the weights in place; later training passes then read a layout that
    they do not expect (gradient cosine 0.97, norms off by a quarter) and merges are wrong. bitsandbytes 0.50.
    """
    for module in model.modules():
        if isinstance(module, bnb.nn.Linear4bit):
            module.support_avx512bf16_for_cpu = False
