"""Expressions of a lab see what was measured, and nothing else."""

import msgspec
import pytest

from labs.curve_shape import SHAPES
from labs.events import Evaluation, Finished, Plan, Started, Step
from labs.measured import MeasureError, evaluate, measure_events, names_in
from labs.runs import Scores
from labs.spec import RunSpec
from metrics.score import Score

PLAN = Plan(
    seq=1, t=0, device="cpu", compute_dtype="float32", quantization="nf4", threads=1, total_steps=4, steps_per_epoch=2,
    warmup_steps=1, trainable_parameters=10, total_parameters=100, effective_batch=8, train_rows=16, train_tokens=160,
    scored_tokens=80,
)  # fmt: skip


def step(number: int, loss: float | None, memory: float = 100.0) -> Step:
    return Step(
        seq=number, t=number, step=number, epoch=0.0, loss=loss, learning_rate=1e-3, grad_norm=1.0, tokens=number * 10,
        tokens_per_second=5.0, memory_mib=memory, eta_s=0.0,
    )  # fmt: skip


def score(name: str, value: float) -> Score:
    return Score(name, value, "0-100", 10, "s")


MEASURED = measure_events(
    RunSpec(task="law"),
    [
        PLAN,
        step(1, 4.0, 120.0),
        step(2, 2.0),
        Evaluation(seq=8, t=2, step=2, loss=2.0, perplexity=7.4, tokens=10),
        Evaluation(seq=9, t=2, step=4, loss=2.5, perplexity=12.2, tokens=10),
        Finished(seq=10, t=60, outcome="completed", seconds=90.0),
    ],
    Scores(base={"bleu": score("bleu", 2.0)}, tuned={"bleu": score("bleu", 62.0)}),
)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("plan.total_steps", 4),
        ("gain.bleu >= 50 and run.completed", True),
        ("train.peak_memory_mib", 120.0),
        ("train.final_eval_loss / train.min_eval_loss", 1.25),
        ("train.min_eval_step", 2),
        ("drop.bleu < 1", True),
        ("run.minutes", 1.5),
        ("spec.r * 2", 32),
        ("moved.most == 'bleu'", True),
        ("min(tuned.bleu, 50)", 50),
        ("curve.shape", SHAPES.index("turns-up")),  # from the first step's 4.0 down to 2.0, then 2.5
    ],
)
def test_expressions_read_the_run(expression: str, value: object) -> None:
    assert evaluate(expression, MEASURED) == value


def test_what_was_not_measured_is_an_error_never_a_zero() -> None:
    for expression in ("tuned.exact_match > 0", "elsewhere.x"):
        with pytest.raises(MeasureError) as error:
            evaluate(expression, MEASURED)
        assert error.value.code == "measured.missing"


@pytest.mark.parametrize(
    "expression",
    [
        "__import__('os').system('true')",
        "plan.__class__",
        "(lambda: 1)()",
        "open('/etc/passwd')",
        "1/0",
        "9**9**9",
        "1 +",
    ],
)
def test_an_expression_cannot_do_anything_but_count(expression: str) -> None:
    with pytest.raises(MeasureError):
        evaluate(expression, MEASURED)


def test_a_second_attempt_replaces_the_steps_and_the_end_of_the_first() -> None:
    started = Started(
        seq=5, t=0, run_id="r", pid=1, identity="i", started_at="2026-01-01T00:00:00Z", resumed_from=1
    )
    first = Finished(seq=4, t=9, outcome="cancelled", seconds=9.0)
    measured = measure_events(
        RunSpec(task="law"), [PLAN, step(1, 4.0), step(2, 3.0), first, started, step(2, 1.0)], Scores()
    )
    assert measured.get("train.final_loss") == 2.5  # mean of 4.0 and 1.0: the first attempt's 3.0 is gone
    assert measured.outcome is None


def test_a_lab_that_compares_sees_its_other_variants() -> None:
    both = msgspec.structs.replace(MEASURED, runs={"high": MEASURED})
    assert evaluate("runs.high.tuned.bleu == tuned.bleu and outcome == 'completed'", both) is True
    with pytest.raises(MeasureError):
        evaluate("runs.low.tuned.bleu > 0", both)


def test_names_in_an_expression() -> None:
    assert names_in("gain.bleu >= 50 and train.final_eval_loss < 1.05") == {
        "gain.bleu",
        "train.final_eval_loss",
    }
