"""What the items on LoRA's arithmetic say of libraries and models, asked of the installed libraries."""

from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, BitsAndBytesConfig, Qwen3Config
from transformers.integrations.bitsandbytes import replace_with_bnb_linear
from transformers.quantizers.base import get_keys_to_not_convert

REAL = {
    "hidden_size": 1024,
    "intermediate_size": 3072,
    "num_hidden_layers": 28,
    "num_attention_heads": 16,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "vocab_size": 151936,
    "tie_word_embeddings": True,
}
SMALL = REAL | {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "vocab_size": 128,
    "head_dim": 8,
}


@pytest.fixture
def small() -> Any:
    return AutoModelForCausalLM.from_config(Qwen3Config(**SMALL))


def test_a_whole_model_counts_as_its_block_times_layers() -> None:
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(Qwen3Config(**REAL))
        tuned = get_peft_model(model, LoraConfig(r=8, target_modules="all-linear"))
    trained, everything = tuned.get_nb_trainable_parameters()
    assert trained == 28 * 8 * 22528 == 5_046_272
    assert everything == 596_049_920 + trained


def test_rank_is_no_field_of_loraconfig() -> None:
    with pytest.raises(TypeError, match="rank"):
        LoraConfig(rank=16)  # type: ignore[call-arg]
    LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", lora_dropout=0.05)


def test_the_default_is_fp4_without_double_quantisation() -> None:
    config = BitsAndBytesConfig(load_in_4bit=True)
    assert config.bnb_4bit_quant_type == "fp4"
    assert not config.bnb_4bit_use_double_quant
    assert config.bnb_4bit_compute_dtype == torch.float32


def test_a_merge_without_the_factor_adds_a_quarter(small: Any) -> None:
    tuned = get_peft_model(small, LoraConfig(r=8, lora_alpha=32, target_modules=["q_proj"]))
    layer: Any = tuned.base_model.model.model.layers[0].self_attn.q_proj
    torch.nn.init.normal_(layer.lora_B["default"].weight)
    a, b = layer.lora_A["default"].weight, layer.lora_B["default"].weight
    torch.testing.assert_close(layer.get_delta_weight("default"), 4 * (b @ a))


def test_linear_layers_of_the_blocks_are_quantised_and_the_rest_is_not() -> None:
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(Qwen3Config(**SMALL | {"tie_word_embeddings": False}))
        skipped = get_keys_to_not_convert(model)
        replace_with_bnb_linear(
            model, modules_to_not_convert=skipped, quantization_config=BitsAndBytesConfig(load_in_4bit=True)
        )
    kinds = {path: type(module).__name__ for path, module in model.named_modules()}
    assert kinds["model.layers.0.self_attn.q_proj"] == "Linear4bit"
    assert kinds["model.layers.1.mlp.down_proj"] == "Linear4bit"
    assert kinds["model.embed_tokens"] == "Embedding"
    assert kinds["lm_head"] == "Linear"


def test_a_fresh_adapter_changes_nothing(small: Any) -> None:
    tokens = torch.tensor([[1, 5, 9]])
    before = small(tokens).logits
    tuned = get_peft_model(small, LoraConfig(r=8, target_modules="all-linear"))
    assert torch.equal(before, tuned(tokens).logits)
