"""Counts of tuning methods from PEFT on one block of each real shape (meta device) and from torch modules."""

import math
from functools import cache
from types import SimpleNamespace as V
from typing import Any

import torch
from peft import IA3Config, LoraConfig, PeftConfig, PrefixTuningConfig, PromptTuningConfig, get_peft_model
from transformers import AutoModelForCausalLM, LlamaConfig, Qwen2Config, Qwen3Config

from quiz_bank.bank import CONTENT, load_bank

SHAPES = {row["name"]: row for row in load_bank([CONTENT]).tables["models"].rows}


def model(name: str, layers: int) -> Any:
    shape = SHAPES[name]
    family = (
        Qwen2Config if name.startswith("Qwen2") else Qwen3Config if name.startswith("Qwen3") else LlamaConfig
    )
    config = family(
        hidden_size=shape["h"],
        intermediate_size=shape["inter"],
        num_hidden_layers=layers,
        num_attention_heads=shape["heads"],
        num_key_value_heads=shape["kv_heads"],
        head_dim=shape["head_dim"],
        vocab_size=shape["vocab"],
        tie_word_embeddings=bool(shape["tied"]),
    )
    with torch.device("meta"):
        return AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)


def trained(name: str, config: PeftConfig, layers: int) -> int:
    with torch.device("meta"):
        return int(get_peft_model(model(name, layers), config).get_nb_trainable_parameters()[0])


@cache
def prompt_tuning(name: str, tokens: int) -> int:
    return trained(name, PromptTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=tokens), 1)


@cache
def prefix(name: str, tokens: int) -> int:
    config = PrefixTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=tokens)
    return SHAPES[name]["layers"] * trained(name, config, 1)


@cache
def ia3(name: str) -> int:
    config = IA3Config(
        target_modules=["k_proj", "v_proj", "down_proj"],
        feedforward_modules=["down_proj"],
        task_type="CAUSAL_LM",
    )
    return SHAPES[name]["layers"] * trained(name, config, 1)


@cache
def lora(name: str, r: int) -> int:
    return SHAPES[name]["layers"] * trained(name, LoraConfig(r=r, target_modules="all-linear"), 1)


@cache
def whole(name: str) -> int:
    return sum(p.numel() for p in model(name, SHAPES[name]["layers"]).parameters())


def bottleneck_share(v: V) -> float:
    h = SHAPES[v.name]["h"]
    with torch.device("meta"):
        network = torch.nn.Sequential(torch.nn.Linear(h, v.m), torch.nn.GELU(), torch.nn.Linear(v.m, h))
    one = sum(math.prod(p.shape) for p in network.parameters())
    return (
        100 * sum(one for _ in range(SHAPES[v.name]["layers"]) for _ in ("attention", "mlp")) / whole(v.name)
    )


def tenants(v: V) -> float:
    bytes_each = torch.zeros(1, dtype=torch.bfloat16).nbytes
    held = whole(v.name) + sum(lora(v.name, v.r) for _ in range(v.tenants))
    return held * bytes_each / 2**30


TRUTHS = {
    "methods.prompt-tuning-count": lambda v: prompt_tuning(v.name, v.n),
    "methods.prefix-count": lambda v: prefix(v.name, v.n),
    "methods.ia3-count": lambda v: ia3(v.name),
    "methods.bottleneck-share": bottleneck_share,
    "methods.tenants-memory": tenants,
}
