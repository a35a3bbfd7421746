"""Training through TRL, PEFT and bitsandbytes: what comes out, and that it comes out the same after a stop."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from labs.errors import RunError
from labs.estimate import estimate
from labs.events import Checkpoint, Evaluation, Plan, Sample, Scored, Started, Step, Warned
from labs.models import shape_of
from labs.runs import list_runs
from labs.spec import RunSpec
from labs.training.failures import DivergedError

pytestmark = pytest.mark.trains
Make = Callable[..., RunSpec]


@pytest.mark.parametrize("method", ["qlora", "lora", "full"])
def test_every_method_learns_and_leaves_its_weights(tiny_spec: Make, train_here: Any, method: str) -> None:
    spec = tiny_spec(method=method, max_steps=12, learning_rate=2e-2 if method != "full" else 3e-3)
    done = train_here(spec)
    assert done.ending["outcome"] == "completed"
    assert len(done.losses) == 12
    assert done.losses[-1] < done.losses[0] - 0.3
    weights = "model.safetensors" if method == "full" else "adapter_model.safetensors"
    assert (done.run.adapter / weights).exists()


def test_the_plan_says_what_the_formulas_say(tiny_spec: Make, train_here: Any) -> None:
    spec = tiny_spec(max_steps=None, num_train_epochs=1.5, gradient_accumulation_steps=2, warmup_steps=0.3)
    done = train_here(spec)
    plan = next(event for event in done.run.events() if isinstance(event, Plan))
    by_formula = estimate(spec, shape_of(spec.base_model), rows=24, mean_tokens=20.0)
    for field in ("trainable_parameters", "total_parameters", "effective_batch", "steps_per_epoch", "total_steps", "warmup_steps"):  # fmt: skip
        assert getattr(plan, field) == getattr(by_formula, field), field
    steps = [event for event in done.run.events() if isinstance(event, Step)]
    assert len(steps) == plan.total_steps
    warmup, peak = plan.warmup_steps, spec.learning_rate
    for event in steps:
        at = event.step - 1  # what the scheduler gives before its first step is for t = 0
        rest = (at - warmup) / (plan.total_steps - warmup)
        expected = peak * at / warmup if at < warmup else peak * 0.5 * (1 + math.cos(math.pi * rest))
        assert event.learning_rate == pytest.approx(expected, rel=1e-9)


def test_fault_19_without_cuda_a_cpu_plan_is_chosen_and_said(tiny_spec: Make, train_here: Any) -> None:
    events = train_here(tiny_spec(max_steps=1)).run.events()
    plan = next(event for event in events if isinstance(event, Plan))
    first_step = next(event for event in events if isinstance(event, Step))
    assert (plan.device, plan.compute_dtype) == ("cpu", "float32")
    assert "cpu" in plan.note_codes and any("No CUDA" in note for note in plan.notes)
    assert plan.seq < first_step.seq


def test_accumulation_gives_the_losses_of_the_large_batch(tiny_spec: Make, train_here: Any) -> None:
    large = train_here(tiny_spec(method="lora", per_device_train_batch_size=8, max_steps=4)).losses
    split = tiny_spec(
        method="lora", per_device_train_batch_size=2, gradient_accumulation_steps=4, max_steps=4
    )
    assert train_here(split).losses == pytest.approx(large, abs=1e-4)


def test_base_and_tuned_are_scored_on_the_same_rows(tiny_spec: Make, train_here: Any) -> None:
    spec = tiny_spec(evaluate=True, eval_steps=4, metrics=("bleu", "chrf", "rouge", "exact_match"))
    done = train_here(spec)
    events = done.run.events()
    scores = done.run.scores()
    assert (
        scores.base.keys()
        == scores.tuned.keys()
        >= {"perplexity", "bleu", "chrf", "rouge1", "rougeL", "exact_match"}
    )
    assert scores.tuned["perplexity"].value < scores.base["perplexity"].value
    assert all(score.signature for score in scores.tuned.values())
    assert [row.id for row in done.run.predictions()] == [f"test-{n}" for n in range(4)]
    assert {event.step for event in events if isinstance(event, Evaluation)} == {4, 8}
    assert {event.system for event in events if isinstance(event, Scored)} == {"base", "tuned"}
    sampled = {event.step for event in events if isinstance(event, Sample)}
    assert sampled == {0, 4, 8}, "the base answers once, the model at each evaluation"
    manifest = msgspec.json.decode((done.run.folder / "manifest.json").read_bytes())
    assert {"spec.json", "predictions.jsonl", "scores.json", "adapter/adapter_model.safetensors"} <= manifest[
        "files"
    ].keys()
    assert manifest["data"].keys() >= {"train", "test"}
    assert "model.safetensors" in manifest["base_model"]


@pytest.mark.parametrize(
    "changes", [{}, {"method": "full", "learning_rate": 1e-3}, {"lora_dropout": 0.2, "eval_steps": 3}]
)
def test_a_resumed_run_ends_where_an_uninterrupted_one_ends(
    tiny_spec: Make, train_here: Any, changes: dict[str, Any]
) -> None:
    spec = tiny_spec(**changes)
    whole = train_here(spec)
    stopped = train_here(spec, stop_after=3)
    assert stopped.ending["outcome"] == "cancelled"
    assert (stopped.run.adapter).exists(), "a stop never loses what was trained"
    resumed = train_here(spec, resume=stopped.run)
    started = [event for event in resumed.run.events() if isinstance(event, Started)]
    assert [event.resumed_from for event in started] == [None, 3]
    assert resumed.losses == pytest.approx(whole.losses, abs=1e-6)
    last = [
        [event for event in run.events() if isinstance(event, Step)][-1] for run in (whole.run, resumed.run)
    ]
    assert last[0].tokens == last[1].tokens


def test_fault_3_resuming_without_optimizer_state_is_refused_unless_asked_for(
    tiny_spec: Make, train_here: Any
) -> None:
    spec = tiny_spec()
    stopped = train_here(spec, stop_after=4)
    checkpoint = next(event for event in stopped.run.events() if isinstance(event, Checkpoint))
    (stopped.run.folder / checkpoint.folder / "optimizer.pt").unlink()
    with pytest.raises(RunError) as caught:
        train_here(spec, resume=stopped.run)
    assert caught.value.code == "resume.inexact"
    assert "optimizer.pt" in str(caught.value)
    resumed = train_here(spec, resume=stopped.run, allow_inexact=True)
    assert resumed.ending["outcome"] == "completed"
    assert any(isinstance(e, Warned) and e.code == "resumed_inexactly" for e in resumed.run.events())
    rates = {event.step: event.learning_rate for event in resumed.run.events() if isinstance(event, Step)}
    assert rates[5] < rates[4], "the learning rate goes on along its curve"


def test_early_stopping_keeps_the_lowest(tiny_spec: Make, train_here: Any) -> None:
    spec = tiny_spec(
        method="lora",
        learning_rate=0.2,
        max_steps=40,
        eval_steps=1,
        early_stopping_patience=3,
        lr_scheduler_type="constant",
    )
    done = train_here(spec)
    evaluations = [event for event in done.run.events() if isinstance(event, Evaluation)]
    lowest = min(evaluations, key=lambda event: event.loss or math.inf)
    assert evaluations[-1].step == lowest.step + 3 < 40
    kept = next(
        event for event in done.run.events() if isinstance(event, Warned) and event.code == "best_kept"
    )
    assert f"step {lowest.step}," in kept.message


def test_fault_18_a_loss_that_is_no_number_stops_the_run(
    tiny_spec: Make, train_here: Any, tmp_path: Path
) -> None:
    """Trap 6: transformers would log 0.0 for it, go on, and save NaN as the result."""
    from safetensors.torch import load_file

    spec = tiny_spec(
        method="full", learning_rate=10.0, max_steps=60, lr_scheduler_type="constant", save_steps=1
    )
    with pytest.raises(DivergedError) as caught:
        train_here(spec)
    assert caught.value.code == "nan_loss"
    assert "learning rate" in caught.value.hint
    run = list_runs(tmp_path / "runs")[0]
    steps = [event for event in run.events() if isinstance(event, Step)]
    assert steps[-1].loss is None and 0.0 not in [event.loss for event in steps]
    weights = [run.adapter, *(run.folder / "checkpoints").glob("step-*")]
    assert len(weights) >= 1
    for folder in weights:
        assert all(
            bool(tensor.isfinite().all()) for tensor in load_file(folder / "model.safetensors").values()
        )
