"""What the items on hyperparameters say of libraries, asked of the installed ones: a failure means the bank is stale."""

from typing import Any

import pytest
import torch
from peft import LoraConfig
from transformers import TrainingArguments
from trl import DPOConfig, SFTConfig

CPU = {"use_cpu": True, "bf16": False}


def default(config: type, field: str) -> Any:
    return config.__dataclass_fields__[field].default  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("item", "settings", "error"),
    [
        ("hyper.spot-warmup-ratio", {"warmup_ratio": 0.05}, TypeError),
        ("hyper.spot-max-seq-length", {"max_seq_length": 2048}, TypeError),
        ("hyper.spot-group-by-length", {"group_by_length": True}, TypeError),
        ("hyper.spot-scheduler-name", {"lr_scheduler_type": "cosin"}, ValueError),
        ("hyper.spot-precision", {"bf16": True, "fp16": True}, ValueError),
        (
            "hyper.spot-best-model",
            {
                "eval_strategy": "steps",
                "save_strategy": "steps",
                "eval_steps": 50,
                "save_steps": 75,
                "load_best_model_at_end": True,
            },
            ValueError,
        ),
    ],
)
def test_the_line_is_refused(
    tmp_path: Any, item: str, settings: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        SFTConfig(str(tmp_path), **{**CPU, **settings})


@pytest.mark.parametrize(
    "settings",
    [
        {"warmup_steps": 0.05, "eval_strategy": "steps", "eval_steps": 50, "lr_scheduler_type": "cosine"},
        {"max_length": 2048, "packing": True},
        {"train_sampling_strategy": "group_by_length"},
        {"max_steps": 100, "num_train_epochs": 3},
        {
            "eval_strategy": "steps",
            "save_strategy": "steps",
            "eval_steps": 50,
            "save_steps": 100,
            "load_best_model_at_end": True,
        },
    ],
)
def test_what_the_items_offer_instead_is_accepted(tmp_path: Any, settings: dict[str, Any]) -> None:
    SFTConfig(str(tmp_path), **CPU, **settings)


def test_defaults_are_as_the_items_say() -> None:
    assert default(SFTConfig, "learning_rate") == 2e-5
    assert default(TrainingArguments, "learning_rate") == 5e-5
    assert default(DPOConfig, "learning_rate") == 1e-6
    assert default(SFTConfig, "max_length") == 1024
    assert default(SFTConfig, "truncation_mode") == "keep_start"
    assert default(SFTConfig, "eval_strategy") == "no"
    assert default(SFTConfig, "lr_scheduler_type") == "linear"
    assert default(SFTConfig, "max_grad_norm") == 1.0
    lora = LoraConfig()
    assert (lora.r, lora.lora_alpha, lora.lora_dropout) == (8, 8, 0.0)


def test_bf16_has_the_range_of_fp32_and_fewer_digits_than_fp16() -> None:
    bf16, fp16, fp32 = torch.finfo(torch.bfloat16), torch.finfo(torch.float16), torch.finfo(torch.float32)
    assert fp16.max == 65504
    assert bf16.max > 0.99 * fp32.max
    assert bf16.eps > fp16.eps
