"""A run that cannot be is refused with the field's name, before anything is loaded."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.check_spec import check_spec, spec_from, spec_problems
from labs.errors import SpecError
from labs.models import shape_of
from labs.proposal import smaller_setting
from labs.runs import create_run
from labs.spec import RunSpec, encode_spec

GOOD = RunSpec(task="labour-law-qa")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("r", 0), ("r", 4096), ("lora_alpha", 0), ("lora_dropout", 1.0), ("learning_rate", 0.0),
        ("learning_rate", float("nan")), ("learning_rate", 11.0), ("warmup_steps", -0.1), ("warmup_steps", 2.5),
        ("num_train_epochs", 0.0), ("max_steps", 0), ("per_device_train_batch_size", 0),
        ("gradient_accumulation_steps", 0), ("weight_decay", -1.0), ("max_length", 4), ("seed", -1),
        ("eval_steps", -1), ("save_steps", -1), ("max_new_tokens", 0), ("base_model", " "), ("train_rows", 0),
        ("target_modules", ()), ("target_modules", ("lm_head",)), ("target_modules", ("query",)),
        ("target_modules", "some"), ("metrics", ("perplexedness",)), ("task", "../etc"), ("task", ""),
    ],
)  # fmt: skip
def test_one_bad_field_is_named(field: str, value: Any) -> None:
    bad = msgspec.structs.replace(GOOD, **{field: value})
    with pytest.raises(SpecError) as caught:
        check_spec(bad)
    assert caught.value.field == field
    assert [problem.field for problem in spec_problems(bad)] == [field], "and nothing else is blamed"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"method": "full", "use_dora": True}, "use_dora"),
        ({"method": "lora", "load_in_8bit": True}, "load_in_8bit"),
        ({"load_in_8bit": True, "use_dora": True}, "use_dora"),
        ({"early_stopping_patience": 3}, "early_stopping_patience"),
        ({"max_steps": 10, "warmup_steps": 20}, "warmup_steps"),
        ({"task": "", "train_file": "a.jsonl"}, "test_file"),
        ({"task": "", "train_file": "a.jsonl", "test_file": "b.jsonl", "eval_steps": 5}, "validation_file"),
    ],
)
def test_contradictions_name_the_field_to_change(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(SpecError) as caught:
        check_spec(msgspec.structs.replace(GOOD, **changes))
    assert caught.value.field == field


def test_a_model_whose_widths_4_bit_kernels_refuse_is_refused_here(tmp_path: Path) -> None:
    shape = msgspec.structs.replace(shape_of("Qwen3-0.6B"), hidden_size=1000)
    with pytest.raises(SpecError) as caught:
        check_spec(GOOD, shape)
    assert caught.value.field == "method" and "64" in caught.value.message
    check_spec(msgspec.structs.replace(GOOD, method="lora"), shape)


def test_a_rank_beyond_the_smallest_matrix_is_refused() -> None:
    with pytest.raises(SpecError) as caught:
        check_spec(msgspec.structs.replace(GOOD, r=200), shape_of("Qwen2.5-0.5B-Instruct"))
    assert caught.value.field == "r", "k_proj and v_proj are 128 wide"


@pytest.mark.parametrize(
    ("values", "field"), [({"lr": 1e-3}, "lr"), ({"r": "many"}, "r"), ({"method": "adapter"}, "method")]
)
def test_plain_values_from_a_form_or_a_file_are_checked_by_name(values: dict[str, Any], field: str) -> None:
    with pytest.raises(SpecError) as caught:
        spec_from({"task": "x", **values})
    assert caught.value.field == field


def test_values_go_over_a_base_spec() -> None:
    spec = spec_from({"r": 8, "target_modules": ["q_proj", "v_proj"]}, GOOD)
    assert (spec.task, spec.r, spec.target_modules) == ("labour-law-qa", 8, ("q_proj", "v_proj"))


@given(
    r=st.integers(1, 1024), rate=st.floats(1e-8, 10), method=st.sampled_from(["full", "lora", "qlora"]),
    steps=st.none() | st.integers(1, 10**6), modules=st.just("all-linear") | st.just(("q_proj",)), seed=st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_a_spec_comes_back_from_its_file_as_it_was(
    r: int, rate: float, method: Any, steps: Any, modules: Any, seed: int
) -> None:
    spec = msgspec.structs.replace(
        GOOD, r=r, learning_rate=rate, method=method, max_steps=steps, target_modules=modules, seed=seed
    )
    check_spec(spec)
    assert msgspec.json.decode(encode_spec(spec), type=RunSpec) == spec


def test_a_spec_of_another_format_or_with_a_strange_field_is_refused() -> None:
    for text in (b'{"format_version": 2}', b'{"learning_speed": 1}'):
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(text, type=RunSpec)


def test_smaller_settings_keep_the_effective_batch_as_long_as_they_can() -> None:
    spec, seen = msgspec.structs.replace(GOOD, method="full", per_device_train_batch_size=12), []
    while proposal := smaller_setting(spec):
        seen.append(proposal)
        spec = spec_from(proposal, spec)
        check_spec(spec)
        if "per_device_train_batch_size" in proposal:
            assert spec.effective_batch >= 12
        assert len(seen) < 20, "it comes to an end"
    assert (spec.method, spec.per_device_train_batch_size, spec.gradient_checkpointing) == ("qlora", 1, True)


def test_two_runs_of_one_second_get_two_folders(tmp_path: Path) -> None:
    import datetime

    now = datetime.datetime(2026, 11, 22, 12, 0, 0, tzinfo=datetime.UTC)
    first, second = (create_run(tmp_path, GOOD, now=now) for _ in range(2))
    assert (first.id, second.id) == ("20261122-120000-labour-law-qa", "20261122-120000-labour-law-qa-2")
