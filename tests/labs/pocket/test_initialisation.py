"""Two planted heads copy before any training; nothing else in the fresh model does anything yet."""

from typing import Any

import pytest

from labs.pocket.architecture import VOCAB_SIZE, new_model
from labs.pocket.probe import copies_anything


@pytest.fixture(scope="module")
def fresh() -> Any:
    import torch

    torch.manual_seed(4)
    return new_model(0, 1).eval()


def test_a_fresh_model_repeats_a_random_sequence(fresh: Any) -> None:
    assert copies_anything(fresh, VOCAB_SIZE) > 0.5


def test_the_first_planted_head_attends_one_token_back(fresh: Any) -> None:
    import torch

    fresh.set_attn_implementation("eager")
    with torch.no_grad():
        layer = fresh(input_ids=torch.arange(5, 65).unsqueeze(0), output_attentions=True).attentions[0]
    back = layer[0, 0].diagonal(offset=-1)
    assert float(back.mean()) > 0.9


def test_everything_else_starts_silent(fresh: Any) -> None:
    size = fresh.config.head_dim
    for number, layer in enumerate(fresh.model.layers):
        assert not layer.mlp.down_proj.weight.any()
        others = layer.self_attn.o_proj.weight[:, size if number < 3 else 0 :]
        assert not others.any()
