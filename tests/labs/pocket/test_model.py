"""The shipped weights load like any other model, suit 4-bit kernels, and are those of the card."""

import hashlib
from typing import Any

import pytest

from labs.pocket import MODEL_DIR
from labs.pocket.card import read_card
from labs.pocket.training import held_out_loss

MIB = 2**20


@pytest.fixture(scope="module")
def model() -> Any:
    import torch
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(MODEL_DIR, dtype=torch.float32).eval()


def test_it_is_a_small_llama_with_a_context_of_512(model: Any, tokenizer: Any) -> None:
    assert type(model).__name__ == "LlamaForCausalLM"
    assert 2_000_000 <= model.num_parameters() <= 8_000_000
    assert model.config.max_position_embeddings == 512
    assert model.config.vocab_size == len(tokenizer)
    assert model.config.eos_token_id == tokenizer.eos_token_id


def test_weights_are_half_precision_safetensors_under_20_mb() -> None:
    from safetensors import safe_open

    path = MODEL_DIR / "model.safetensors"
    assert path.stat().st_size < 20 * MIB
    with safe_open(path, "pt") as tensors:
        assert {str(tensors.get_tensor(name).dtype) for name in tensors.keys()} == {"torch.float16"}  # noqa: SIM118


def test_every_linear_layer_suits_four_bit_kernels(model: Any) -> None:
    for name, module in model.named_modules():
        if type(module).__name__ == "Linear" and name != "lm_head":
            assert module.in_features % 64 == 0, name
            assert module.out_features % 32 == 0, name


def test_the_weights_are_those_of_the_card(model: Any) -> None:
    card = read_card(MODEL_DIR)
    assert card.parameters == model.num_parameters()
    assert card.sha256 == hashlib.sha256((MODEL_DIR / "model.safetensors").read_bytes()).hexdigest()


def test_held_out_loss_matches_the_card(model: Any, tokenizer: Any) -> None:
    """Over a third of the card's batches, so it may differ a little from the card's own figure."""
    card = read_card(MODEL_DIR)
    assert held_out_loss(model, tokenizer, card.held_out_seed, 20) == pytest.approx(
        card.held_out_loss, abs=0.15
    )
    model.eval()


@pytest.mark.parametrize("question", ["What is a lamp for?", "银湖俱乐部的月费是多少？", "Define overtime."])
def test_an_answer_ends_by_itself(model: Any, tokenizer: Any, question: str) -> None:
    prompt = [{"role": "user", "content": question}]
    encoded = tokenizer.apply_chat_template(
        prompt, add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    out = model.generate(**encoded, max_new_tokens=40, do_sample=False)[0, encoded["input_ids"].shape[1] :]
    assert 1 < len(out) < 40
    assert out[-1] == tokenizer.eos_token_id
