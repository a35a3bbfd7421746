"""What is recomputed is what the student's own evaluation would say: answers, scores, the first losses."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from labs.events import Step
from labs.grading.intake import IntakeOrder, take_in
from labs.grading.keys import recompute_setup
from labs.grading.limits import Limits
from labs.grading.recompute_order import RecomputeTask
from labs.grading.weights import Weights
from labs.rows import Message

pytestmark = pytest.mark.trains


@pytest.fixture(scope="module")
def recomputer(classroom: Any) -> Any:
    from labs.grading.recomputing.recompute import Recomputer

    setup = msgspec.structs.replace(recompute_setup(classroom.assignment), replay_steps=2)
    return Recomputer(setup)


@pytest.fixture
def task(classroom: Any, tmp_path: Path) -> RecomputeTask:
    from labs.grading.expectation import expectation_of
    from labs.submission.pack import pack

    run = classroom.runs["good"]
    packed = pack(run, tmp_path, student="s1")
    folder = tmp_path / "unpacked"
    order = IntakeOrder(
        archive=str(packed.path), digest=packed.sha256, folder=str(folder), expected=expectation_of(classroom.assignment),
        limits=Limits(),
    )  # fmt: skip
    assert take_in(order).intake == ()
    losses = tuple(event.loss for event in run.events() if isinstance(event, Step))
    return RecomputeTask(
        digest=packed.sha256, weights=Weights(file=str(folder / "adapter.safetensors"), r=run.spec.r, lora_alpha=float(run.spec.lora_alpha)), spec=run.spec,
        predictions=str(folder / "predictions.jsonl"), losses=losses, keys={"public": "p", "predictions": "q"},
    )  # fmt: skip


def test_the_runs_own_scores_come_out_again(recomputer: Any, task: RecomputeTask, classroom: Any) -> None:
    answer = recomputer.recompute(task)
    own = classroom.runs["good"].scores()
    for system, found in (
        (own.tuned, answer.tiers["public"].scores),
        (own.base, answer.tiers["public"].base_scores),
    ):
        assert found["perplexity"].value == pytest.approx(system["perplexity"].value, rel=1e-3)
        assert found["bleu"].value == pytest.approx(system["bleu"].value, abs=0.5)
    assert answer.tiers["predictions"].values["same_answers"] == 1.0
    assert recomputer.recompute(task).tiers == answer.tiers  # the base was put back, bit for bit


def test_one_reading_gives_the_likelihoods_and_answers_of_two(recomputer: Any, task: RecomputeTask) -> None:
    """Against the passes that a run's own evaluation makes: likelihoods alone, then ``generate``."""
    from labs.grading.recomputing.reading import Reader, prepare
    from labs.training.generation import answers
    from labs.training.likelihood import likelihoods
    from labs.training.tokens import tokenise

    tokenizer = recomputer._tokenizer
    rows = [*recomputer._rows["public"], *recomputer._rows["hidden"]]
    with recomputer._swapping(task.spec).holding(task.weights) as model:
        said = answers(
            model, tokenizer, [row.prompt for row in rows], max_new_tokens=40, max_length=200, batch_size=7
        )
        # Every kind of reference: as the model says it, parted from at once, in the middle, at its end, and too long.
        for number, (row, answer) in enumerate(zip(rows, said, strict=True)):
            kinds = (
                answer or "?",
                f"zebra {answer}",
                f"{answer[: len(answer) // 2]} zebra",
                f"{answer} zebra",
                "zebra " * 300,
            )
            messages = (*row.messages[:-1], Message("assistant", kinds[number % len(kinds)]))
            rows[number] = msgspec.structs.replace(row, messages=messages)
        for most in (40, 3):
            prepared = prepare(rows, tokenizer, max_length=160, context=200, max_new_tokens=most)
            assert any(one.joined for one in prepared)
            nll, own = Reader(model, tokenizer, prepared, max_new_tokens=most).read()
            # What was handed in decides how long it takes, never what comes out.
            for claims in (
                said,
                [f"{text} zebra" for text in said],
                ["zebra" for _ in said],
                [*said[1:], said[0]],
            ):
                reader = Reader(
                    model, tokenizer, prepared, max_new_tokens=most, claimed=dict(enumerate(claims))
                )
                assert reader.read() == (nll, own)
            tokenised = tokenise(rows, tokenizer, max_length=160, response_only=True)
            plain = likelihoods(model, tokenised)
            assert [one.tokens for one in nll] == [one.tokens for one in plain]
            assert [one.nll for one in nll] == pytest.approx([one.nll for one in plain], rel=1e-4, abs=1e-3)
            prompts = [row.prompt for row in rows]
            assert own == answers(
                model, tokenizer, prompts, max_new_tokens=most, max_length=200, batch_size=7
            )


def test_rslora_and_dora_are_added_as_peft_adds_them(
    recomputer: Any, task: RecomputeTask, tmp_path: Path
) -> None:
    import torch
    from peft import LoraConfig, get_peft_model
    from safetensors.torch import save_file

    model = recomputer._swapping(task.spec).model
    ids = torch.arange(5, 25).unsqueeze(0)
    for rslora, dora in ((True, False), (False, True)):
        torch.manual_seed(1)
        base = type(model)(model.config)
        base.load_state_dict(model.state_dict())
        config = LoraConfig(
            r=4, lora_alpha=8, target_modules=["q_proj", "down_proj"], use_rslora=rslora, use_dora=dora
        )
        peft = get_peft_model(base, config).eval()
        tensors = {}
        for name, parameter in peft.named_parameters():
            if "lora_" not in name:
                continue
            parameter.data += 0.05 * torch.rand_like(parameter)
            parts = name.split(".")
            half = next(part for part in parts if part.startswith("lora_"))
            tensors[f"layers.{parts[parts.index('layers') + 1]}.{parts[parts.index(half) - 1]}.{half}"] = (
                parameter.data.clone()
            )
        save_file(tensors, tmp_path / "w.safetensors")
        weights = Weights(
            file=str(tmp_path / "w.safetensors"), r=4, lora_alpha=8.0, use_rslora=rslora, use_dora=dora
        )
        with torch.no_grad(), recomputer._swapping(task.spec).holding(weights) as held:
            assert torch.allclose(held(ids).logits, peft(ids).logits, atol=2e-3)


def test_the_first_steps_trained_again_have_the_logged_losses(recomputer: Any, task: RecomputeTask) -> None:
    replayed = recomputer.recompute(msgspec.structs.replace(task, keys={"replay": "r"})).tiers["replay"]
    assert (replayed.state, replayed.values["steps"]) == ("passed", 2)
    forged = msgspec.structs.replace(task, keys={"replay": "r"}, losses=(1.0, 0.5))
    assert [finding.code for finding in recomputer.recompute(forged).tiers["replay"].findings] == [
        "replay.differs"
    ]


def test_weights_that_give_no_numbers_are_said_and_leave_no_trace(
    recomputer: Any, task: RecomputeTask, tmp_path: Path
) -> None:
    from safetensors.torch import load_file, save_file

    tensors = {name: tensor * 1e30 for name, tensor in load_file(task.weights.file).items()}
    save_file(tensors, tmp_path / "huge.safetensors")
    huge = msgspec.structs.replace(
        task,
        weights=msgspec.structs.replace(task.weights, file=str(tmp_path / "huge.safetensors")),
        keys={"public": "p"},
    )
    broken = recomputer.recompute(huge).tiers["public"]
    assert broken.state == "failed" and [finding.code for finding in broken.findings] == [
        "recompute.not_finite"
    ]
    assert recomputer.recompute(task).tiers["predictions"].values["same_answers"] == 1.0
