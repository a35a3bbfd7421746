"""The figures a student is asked to predict, against worked examples from papers and documents."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.estimate import bits_per_parameter, estimate, steps_of
from labs.models import HUB_MODELS, shape_from_config, shape_of
from labs.spec import RunSpec

GIB = 1024
BF16 = {"compute_dtype": "bfloat16", "task": "x"}


def spec(**changes: object) -> RunSpec:
    return RunSpec(**{**BF16, **changes})  # type: ignore[arg-type]


# Totals: the models' cards and meta-device models; per rank: r * sum(in + out) over all seven matrices.
@pytest.mark.parametrize(
    ("name", "total", "per_rank", "qv"),
    [
        ("Qwen2.5-0.5B-Instruct", 494_032_768, 549_888, 67_584),
        ("Qwen2.5-1.5B-Instruct", 1_543_714_304, 1_154_048, 136_192),
        ("Qwen2.5-7B-Instruct", 7_615_616_512, 2_523_136, 315_392),
        ("Qwen3-0.6B", 596_049_920, 630_784, 143_360),
        ("Qwen3-8B", 8_190_735_360, 2_727_936, 479_232),
        ("Llama-3.1-8B-Instruct", 8_030_261_248, 2_621_440, 425_984),
        ("deepseek-llm-7b-chat", 6_910_365_696, 2_342_400, 491_520),
    ],
)
def test_parameters_are_those_of_the_published_models(name: str, total: int, per_rank: int, qv: int) -> None:
    shape = shape_of(name)
    assert shape.parameters == total
    assert shape.lora_parameters(1) == per_rank
    assert shape.lora_parameters(16, ("q_proj", "v_proj")) == 16 * qv
    figures = estimate(spec(r=16), shape, 1000, 100)
    assert figures.trainable_parameters == 16 * per_rank
    assert figures.total_parameters == total + 16 * per_rank


def test_the_trap_of_qwen3_q_proj_is_wider_than_hidden() -> None:
    assert shape_of("Qwen3-0.6B").linear_modules["q_proj"] == (1024, 2048)


def test_nf4_takes_4_127_bits_with_double_quantisation_and_4_5_without() -> None:
    """QLoRA, section 3: 8-bit constants a block of 64, their 32-bit constants a block of 256."""
    assert bits_per_parameter(spec(), 16) == pytest.approx(4.127, abs=5e-4)
    assert bits_per_parameter(spec(bnb_4bit_use_double_quant=False), 16) == 4.5
    assert bits_per_parameter(spec(load_in_8bit=True), 16) == 8
    assert bits_per_parameter(spec(method="lora"), 16) == 16


def test_a_4_bit_7b_model_takes_5_17_gib_not_3_55() -> None:
    """Embedding, lm_head and norms stay in 16 bits."""
    assert estimate(spec(), shape_of("Qwen2.5-7B-Instruct"), 10, 100).weights_mib / GIB == pytest.approx(
        5.17, abs=0.01
    )
    assert estimate(spec(), shape_of("Llama-3.1-8B-Instruct"), 10, 100).weights_mib / GIB == pytest.approx(
        5.31, abs=0.01
    )


def test_full_fine_tuning_takes_16_bytes_a_parameter_and_lora_16_a_trained_one() -> None:
    full = estimate(spec(method="full"), shape_of("Qwen2.5-7B-Instruct"), 10, 100)
    assert (full.weights_mib + full.gradients_mib + full.optimizer_mib) / GIB == pytest.approx(113.5, abs=0.1)
    lora = estimate(spec(method="lora"), shape_of("Qwen2.5-7B-Instruct"), 10, 100)
    assert lora.adapter_mib + lora.gradients_mib + lora.optimizer_mib == pytest.approx(616, abs=1)


def test_steps_round_up_twice_and_warmup_once() -> None:
    """1000 rows, batch 4, accumulation 4: ceil(ceil(250) / 4) = 63 a epoch, not 62.5."""
    run = spec(
        per_device_train_batch_size=4, gradient_accumulation_steps=4, num_train_epochs=3, warmup_steps=0.1
    )
    assert steps_of(run, 1000) == (63, 189, 19)
    assert steps_of(spec(max_steps=7, warmup_steps=3), 1000) == (125, 7, 3)
    assert steps_of(spec(lr_scheduler_type="constant"), 1000)[2] == 0


@given(
    rows=st.integers(1, 100_000), batch=st.integers(1, 64), accumulation=st.integers(1, 64),
    epochs=st.floats(0.01, 20), warmup=st.floats(0, 0.99),
)  # fmt: skip
def test_every_row_is_seen_in_every_epoch(
    rows: int, batch: int, accumulation: int, epochs: float, warmup: float
) -> None:
    run = spec(
        per_device_train_batch_size=batch, gradient_accumulation_steps=accumulation, num_train_epochs=epochs,
        warmup_steps=warmup,
    )  # fmt: skip
    per_epoch, total, warm = steps_of(run, rows)
    assert (
        per_epoch * batch * accumulation
        >= rows
        > (per_epoch - 1) * batch * accumulation - batch * accumulation
    )
    assert 0 <= warm <= total
    assert total == math.ceil(epochs * per_epoch)


@given(st.sampled_from(HUB_MODELS), st.integers(1, 64), st.integers(1, 32))
def test_memory_grows_with_rank_and_batch_and_shrinks_with_quantisation(
    model: object, r: int, batch: int
) -> None:
    shape = model.shape  # type: ignore[attr-defined]
    here = estimate(spec(r=r, per_device_train_batch_size=batch), shape, 1000, 300)
    assert (
        here.memory_mib
        < estimate(spec(r=r + 1, per_device_train_batch_size=batch), shape, 1000, 300).memory_mib
    )
    assert (
        here.memory_mib
        < estimate(spec(r=r, per_device_train_batch_size=batch + 1), shape, 1000, 300).memory_mib
    )
    assert here.weights_mib < estimate(spec(r=r, method="lora"), shape, 1000, 300).weights_mib
    assert 0 < here.trainable_share < 1
    assert all(formula.text for formula in here.formulas)


def test_a_shape_is_read_from_a_config_with_its_defaults() -> None:
    config = {
        "model_type": "qwen2", "hidden_size": 896, "intermediate_size": 4864, "num_hidden_layers": 24,
        "num_attention_heads": 14, "num_key_value_heads": 2, "vocab_size": 151936, "tie_word_embeddings": True,
    }  # fmt: skip
    assert shape_from_config(config) == shape_of("Qwen2.5-0.5B-Instruct")
