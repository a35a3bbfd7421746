"""What the libraries do behind one's back, each with a test that fails where its guard is taken away."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labs.launcher import worker_environment
from labs.rows import Message, Row
from labs.spec import RunSpec

Make = Callable[..., RunSpec]


@pytest.mark.trains
def test_trap_1_an_evaluation_does_not_change_later_gradients(
    tiny_spec: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """bitsandbytes repacks 4-bit weights in eval mode on CPUs with AVX512-BF16; the switch is per layer."""
    import bitsandbytes as bnb
    import torch
    from peft import get_peft_model

    from labs.training.base import base_folder, load_base, load_tokenizer
    from labs.training.generation import answers
    from labs.training.hardware import choose_hardware
    from labs.training.trainer import lora_config

    # On whatever CPU this runs, layers are made as they would be on one with AVX512-BF16.
    monkeypatch.setattr("bitsandbytes.nn.modules.has_avx512bf16", lambda: True)
    spec = tiny_spec()
    folder = base_folder(spec.base_model)
    base = load_base(spec, folder, choose_hardware(spec))
    layers = [module for module in base.modules() if isinstance(module, bnb.nn.Linear4bit)]
    assert len(layers) == 14
    assert not any(layer.support_avx512bf16_for_cpu for layer in layers)

    model = get_peft_model(base, lora_config(spec))
    model.train()
    ids = torch.arange(5, 45).reshape(2, 20)

    def gradient() -> Any:
        model.zero_grad()
        model(input_ids=ids, labels=ids).loss.backward()
        return torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None])

    before = gradient()
    answers(model, load_tokenizer(folder), [[{"role": "user", "content": "hi"}]], max_new_tokens=4, max_length=64, batch_size=1)  # fmt: skip
    assert torch.equal(gradient(), before)


@pytest.mark.trains
@pytest.mark.parametrize("method", ["qlora", "lora"])
def test_trap_2_adapters_train_in_float32(tiny_spec: Make, tmp_path: Path, method: str) -> None:
    """TRL casts a QLoRA's adapter to bfloat16 when the trainer is made."""
    import torch

    from labs.rows import read_rows_of
    from labs.training.base import base_folder, load_base, load_tokenizer
    from labs.training.hardware import choose_hardware
    from labs.training.tokens import tokenise
    from labs.training.trainer import build_trainer

    spec = tiny_spec(method=method)
    hardware, folder = choose_hardware(spec), base_folder(spec.base_model)
    tokenizer = load_tokenizer(folder)
    rows = tokenise(read_rows_of(spec).train, tokenizer, max_length=64, response_only=True)
    trainer = build_trainer(spec, load_base(spec, folder, hardware), tokenizer, rows, hardware, tmp_path)
    trained = [parameter for parameter in trainer.model.parameters() if parameter.requires_grad]
    assert len(trained) == 28
    assert {parameter.dtype for parameter in trained} == {torch.float32}


def test_trap_3_a_worker_is_one_process_whatever_launched_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rank variables of a launcher around the app would make accelerate wait for peers that never come."""
    for name in ("WORLD_SIZE", "RANK", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT", "ACCELERATE_USE_FSDP"):
        monkeypatch.setenv(name, "2")
    environment = worker_environment()
    assert not {name for name in environment if "RANK" in name or "WORLD" in name or name.startswith(("MASTER_", "ACCELERATE_"))}  # fmt: skip


def test_trap_4_waiting_threads_do_not_spin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set before Python starts, whatever the shell says; two busy processes are 20 times slower otherwise."""
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    monkeypatch.setenv("GOMP_SPINCOUNT", "1000000")
    monkeypatch.delenv("OMP_NUM_THREADS")
    environment = worker_environment()
    assert (environment["OMP_WAIT_POLICY"], environment["GOMP_SPINCOUNT"]) == ("PASSIVE", "0")
    assert environment["OMP_NUM_THREADS"] == str(len(os.sched_getaffinity(0))), "alone: all cores"
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert worker_environment()["OMP_NUM_THREADS"] == "1", "what the user set stays"


def test_trap_5_chinese_answers_are_scored_as_chinese() -> None:
    """Plain rouge_score and sacreBLEU's default tokenizer give 0.0 for any Chinese answer."""
    from labs.training.scores import answer_scores

    right = "试用期最长不得超过六个月。"
    rows = [Row(messages=(Message("user", "?"), Message("assistant", right)))] * 2
    same = {score.name: score.value for score in answer_scores(("bleu", "rouge"), rows, [right] * 2, None)}
    assert same["bleu"] == pytest.approx(100) and same["rougeL"] == pytest.approx(1)
    near = {
        s.name: s.value
        for s in answer_scores(("bleu", "rouge"), rows, ["试用期最长不超过六个月。"] * 2, None)
    }
    assert 30 < near["bleu"] < 100 and 0.7 < near["rougeL"] < 1
    # Scoring only the Latin words, as rouge_score does, unrelated sentences that share one would be equal.
    mixed = [Row(messages=(Message("user", "?"), Message("assistant", "LoRA 冻结了基座模型的全部权重。")))]
    cheat = answer_scores(("rouge",), mixed, ["LoRA 今天天气很好，我们去公园。"], None)
    assert all(score.value < 0.5 for score in cheat)


# Trap 6 (NaN logged as 0.0) is tests/labs/training/test_training.py::test_fault_18; trap 7 (checkpoints in place,
# resumed unvalidated) is tests/labs/training/test_checkpoints.py.
