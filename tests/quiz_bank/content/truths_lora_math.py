"""LoRA counts from PEFT on real shapes (meta device), bits from bitsandbytes' quantisation state, state from torch.

Blocks of one model are alike, so one block is built and counted as often as the model has layers; that the
whole model gives the same is asserted in test_claims_lora_math.py.
"""

import math
from functools import cache
from types import SimpleNamespace as V
from typing import Any

import numpy as np
import torch
from bitsandbytes import functional as bnb
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM, DynamicCache, LlamaConfig, Qwen2Config, Qwen3Config

from quiz_bank.bank import CONTENT, load_bank

SHAPES = {row["name"]: row for row in load_bank([CONTENT]).tables["models"].rows}


@cache
def one_block(name: str, layers: int = 1) -> Any:
    """The model with ``layers`` blocks, weights without storage."""
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


@cache
def adapted(
    name: str, r: int, modules: tuple[str, ...] = (), **options: Any
) -> tuple[tuple[tuple[int, ...], int], ...]:
    """Shape and bytes of each tensor that PEFT trains in one block."""
    settings = {key: dict(value) if key == "rank_pattern" else value for key, value in options.items()}
    model: Any = one_block(name)
    with torch.device("meta"):
        tuned = get_peft_model(
            model, LoraConfig(r=r, target_modules=list(modules) or "all-linear", **settings)
        )
    trained = tuple((tuple(p.shape), p.element_size()) for p in tuned.parameters() if p.requires_grad)
    tuned.unload()
    return trained


def numbers(tensors: tuple[tuple[tuple[int, ...], int], ...]) -> int:
    return sum(math.prod(shape) for shape, _ in tensors)


def trained(v: V, r: int, *modules: str) -> int:
    return SHAPES[v.name]["layers"] * numbers(adapted(v.name, r, modules))


@cache
def whole(name: str) -> int:
    """All parameters of the full model; a tied output layer is counted once."""
    return sum(p.numel() for p in one_block(name, SHAPES[name]["layers"]).parameters())


@cache
def quantised(name: str) -> int:
    """Weights that bitsandbytes would quantise: linear layers other than the output layer."""
    block = one_block(name)
    return SHAPES[name]["layers"] * sum(
        m.weight.numel()
        for path, m in block.named_modules()
        if isinstance(m, torch.nn.Linear) and path != "lm_head"
    )


@cache
def bits(block: int, outer: int | None) -> float:
    """Bits per weight that bitsandbytes itself stores, for weights of 1024 x 1024."""
    weights = torch.zeros(1024, 1024)
    packed, state = bnb.quantize_4bit(weights, blocksize=block, quant_type="nf4")
    stored = packed.numel() * packed.element_size() + state.absmax.numel() * state.absmax.element_size()
    if outer is not None:
        scales, second = bnb.quantize_blockwise(state.absmax, blocksize=outer)
        stored = packed.numel() * packed.element_size() + scales.numel() * scales.element_size()
        stored += second.absmax.numel() * second.absmax.element_size()
    return 8 * stored / weights.numel()


@cache
def moments_per_number() -> int:
    """Bytes that AdamW keeps for one fp32 parameter of a matrix."""
    weight = torch.nn.Parameter(torch.zeros(64, 64))
    optimizer = torch.optim.AdamW([weight])
    weight.grad = torch.zeros_like(weight)
    optimizer.step()
    tensors = [x for x in optimizer.state[weight].values() if x.shape == weight.shape]
    return sum(x.numel() * x.element_size() for x in tensors) // weight.numel()


def training_bytes(v: V) -> int:
    """Weights as PEFT keeps them, gradients of the same type, AdamW's moments."""
    tensors = adapted(v.name, v.r)
    one = sum(math.prod(shape) * (2 * size + moments_per_number()) for shape, size in tensors)
    return SHAPES[v.name]["layers"] * one


def full_bytes(name: str) -> int:
    """Mixed precision: 16-bit weight and gradient, fp32 master, moments."""
    half, full = torch.zeros(1, dtype=torch.bfloat16), torch.zeros(1)
    return whole(name) * (2 * half.element_size() + full.element_size() + moments_per_number())


def largest_rank(v: V) -> float:
    """Raise the rank until the file no longer fits."""
    per_rank, r = trained(v, 1), 0
    while (r + 1) * per_rank * torch.zeros(1, dtype=torch.bfloat16).element_size() <= v.limit * 10**6:
        r += 1
    return r


def cache_bytes(v: V) -> float:
    """What the model's own cache holds after one token, times tokens and prompts."""
    held = DynamicCache()
    one_block(v.name)(
        torch.zeros(1, 1, dtype=torch.long, device="meta"), past_key_values=held, use_cache=True
    )
    layer = held.layers[0]
    one = sum(x.numel() * x.element_size() for x in (layer.keys, layer.values))
    return one * SHAPES[v.name]["layers"] * v.batch * v.length / 2**30


def logits_bytes(v: V) -> float:
    return torch.empty(v.batch, v.length, SHAPES[v.name]["vocab"], device="meta").nbytes / 2**30


def checkpoints(v: V) -> float:
    shape = SHAPES[v.name]
    stored = [
        torch.empty(v.batch, v.length, shape["h"], dtype=torch.bfloat16, device="meta")
        for _ in range(shape["layers"])
    ]
    return sum(x.nbytes for x in stored) / 2**30


def tiny_lora(v: V, r: int, **options: Any) -> Any:
    model = torch.nn.Sequential(torch.nn.Linear(4, 4, bias=False))
    return get_peft_model(model, LoraConfig(r=r, target_modules=["0"], **options))


def scale(v: V, **options: Any) -> float:
    """The factor PEFT itself computes."""
    tuned = tiny_lora(v, v.r, lora_alpha=v.alpha, **options)
    return float(tuned.base_model.model[0].scaling["default"])


def merged_entry(v: V) -> float:
    """Let PEFT merge a layer of one input and one output."""
    model = torch.nn.Sequential(torch.nn.Linear(1, 1, bias=False).double())
    tuned: PeftModel = get_peft_model(model, LoraConfig(r=2, lora_alpha=v.alpha, target_modules=["0"]))
    layer: Any = tuned.base_model.model[0]
    with torch.no_grad():
        layer.base_layer.weight.fill_(v.w)
        layer.lora_A["default"].weight.copy_(torch.tensor([[v.a1], [v.a2]]))
        layer.lora_B["default"].weight.copy_(torch.tensor([[v.b1, v.b2]]))
    merged: Any = tuned.merge_and_unload()
    return float(merged[0].weight.item())


@cache
def gpt3_layer(r: int) -> int:
    """Trained numbers of one GPT-3 layer with query and value adapted."""
    with torch.device("meta"):
        layer = torch.nn.ModuleDict(
            {m: torch.nn.Linear(12288, 12288, bias=False) for m in ("query", "key", "value")}
        )
        tuned = get_peft_model(layer, LoraConfig(r=r, target_modules=["query", "value"]))
    return int(tuned.get_nb_trainable_parameters()[0])


def alpha_for_rslora(v: V) -> float:
    """Search for the alpha at which PEFT's rank-stabilised factor is the old one."""
    wanted = scale(v)
    return next(
        alpha
        for alpha in (2 ** (k / 2) for k in range(-4, 20))
        if math.isclose(scale(V(r=v.r, alpha=alpha), use_rslora=True), wanted)
    )


def update_rank(v: V) -> float:
    random = np.random.default_rng(0)
    update = random.normal(size=(v.rows_, v.r)) @ random.normal(size=(v.r, v.columns))
    return float(np.linalg.matrix_rank(update))


def one_matrix(v: V) -> float:
    with torch.device("meta"):
        model = torch.nn.Sequential(torch.nn.Linear(v.d_in, v.d_out, bias=False))
        return get_peft_model(model, LoraConfig(r=v.r, target_modules=["0"])).get_nb_trainable_parameters()[0]


def last_saving_rank(v: V) -> float:
    """Raise the rank until A and B together are no smaller than the matrix."""
    per_rank = torch.empty(1, v.d_in, device="meta").numel() + torch.empty(v.d_out, 1, device="meta").numel()
    r, full = 0, torch.empty(v.d_out, v.d_in, device="meta").numel()
    while (r + 1) * per_rank < full:
        r += 1
    return r


def rank_pattern(v: V) -> float:
    q, down = adapted(v.name, v.r1, ("q_proj",)), adapted(v.name, v.r2, ("down_proj",))
    both = adapted(v.name, v.r1, ("q_proj", "down_proj"), rank_pattern=(("down_proj", v.r2),))
    assert numbers(both) == numbers(q) + numbers(down)
    return SHAPES[v.name]["layers"] * numbers(both)


def mlp_share(v: V) -> float:
    mlp = numbers(adapted(v.name, 8, ("gate_proj", "up_proj", "down_proj")))
    return 100 * mlp / numbers(adapted(v.name, 8))


def head_and_embedding(v: V) -> float:
    with_both = adapted(v.name, v.r, (), modules_to_save=("embed_tokens", "lm_head"))
    lora = numbers(adapted(v.name, v.r))
    return (numbers(with_both) - lora + SHAPES[v.name]["layers"] * lora) / 1e6


def dora_extra(v: V) -> float:
    extra = numbers(adapted(v.name, 8, (), use_dora=True)) - numbers(adapted(v.name, 8))
    return SHAPES[v.name]["layers"] * extra


def nf4_gib(v: V) -> float:
    low = quantised(v.name)
    return (low * bits(64, 256) / 8 + (whole(v.name) - low) * 2) / 2**30


SIZES = {"bf16": torch.bfloat16, "fp32": torch.float32}

TRUTHS = {
    "lora.count-one-matrix": one_matrix,
    "lora.all-linear-count": lambda v: trained(v, v.r),
    "lora.bits-nf4-dq": lambda v: bits(v.block, v.outer),
    "lora.rank-that-saves-nothing": last_saving_rank,
    "lora.qv-count": lambda v: trained(v, v.r, "q_proj", "v_proj"),
    "lora.attention-count": lambda v: trained(v, v.r, "q_proj", "k_proj", "v_proj", "o_proj"),
    "lora.mlp-share": mlp_share,
    "lora.percent-of-total": lambda v: 100 * trained(v, v.r) / (whole(v.name) + trained(v, v.r)),
    "lora.scale-of-config": scale,
    "lora.rslora-scale": lambda v: scale(v, use_rslora=True),
    "lora.alpha-for-rslora": alpha_for_rslora,
    "lora.bits-nf4-plain": lambda v: bits(v.block, None),
    "lora.nf4-weights-gib": nf4_gib,
    "lora.dq-saves": lambda v: quantised(v.name) * (bits(64, None) - bits(64, 256)) / 8 / 1e6,
    "lora.big-model-nf4": lambda v: v.n * 10**9 * bits(64, 256) / 8 / 2**30,
    "lora.bf16-weights": lambda v: (
        sum(p.nbytes for p in one_block(v.name, SHAPES[v.name]["layers"]).parameters()) / 2**30
    ),
    "lora.full-state": lambda v: full_bytes(v.name) / 2**30,
    "lora.moments": lambda v: v.millions * 10**6 * moments_per_number() / 1e6,
    "lora.adapter-state": lambda v: training_bytes(v) / 2**20,
    "lora.adapter-file": lambda v: (
        trained(v, v.r, "q_proj", "v_proj") * torch.zeros(1, dtype=SIZES[v.dtype]).nbytes / 1e6
    ),
    "lora.largest-rank-for-file": largest_rank,
    "lora.logits-gib": logits_bytes,
    "lora.cache-while-evaluating": cache_bytes,
    "lora.checkpointed-activations": checkpoints,
    "lora.dora-extra": dora_extra,
    "lora.merged-entry": merged_entry,
    "lora.gpt3-reduction": lambda v: 175e9 / (96 * gpt3_layer(v.r)),
    "lora.update-rank": update_rank,
    "lora.saving-percent": lambda v: 100 * (1 - (2 * whole(v.name) + training_bytes(v)) / full_bytes(v.name)),
    "lora.head-and-embedding": head_and_embedding,
    "lora.rank-pattern": rank_pattern,
}
