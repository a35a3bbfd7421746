"""What the items on foundations say of libraries, shown on a small model."""

import math
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, Qwen3Config


@pytest.fixture
def model() -> Any:
    return AutoModelForCausalLM.from_config(
        Qwen3Config(
            hidden_size=32,
            intermediate_size=48,
            num_hidden_layers=1,
            num_attention_heads=4,
            num_key_value_heads=2,
            head_dim=8,
            vocab_size=64,
        )
    )


IDS = torch.tensor([[3, 1, 4, 1, 5, 9, 2, 6]])


def test_generation_leaves_nothing_to_differentiate(model: Any) -> None:
    written = model.generate(IDS, max_new_tokens=4, min_new_tokens=4, do_sample=False, pad_token_id=0)
    agree = (written[:, -4:] == IDS[:, :4]).float().mean()
    with pytest.raises(RuntimeError, match="does not require grad"):
        (-torch.log(agree + 1e-6)).backward()


def test_models_shift_the_labels_themselves(model: Any) -> None:
    logits = model(IDS).logits[0]
    once = torch.nn.functional.cross_entropy(logits[:-1], IDS[0, 1:])
    torch.testing.assert_close(model(IDS, labels=IDS).loss, once)
    twice = torch.nn.functional.cross_entropy(logits[:-2], IDS[0, 2:])
    torch.testing.assert_close(model(IDS[:, :-1], labels=IDS[:, 1:]).loss, twice)


def test_a_masked_prompt_still_shapes_the_answer(model: Any) -> None:
    labels = IDS.clone()
    labels[:, :4] = -100
    other = IDS.clone()
    other[:, 0] = 7
    assert not torch.equal(model(IDS, labels=labels).loss, model(other, labels=labels).loss)


def test_the_default_ignored_label_is_minus_100() -> None:
    assert torch.nn.CrossEntropyLoss().ignore_index == -100


def test_dpo_starts_at_ln_2() -> None:
    assert -torch.nn.functional.logsigmoid(torch.zeros(())).item() == pytest.approx(math.log(2))
