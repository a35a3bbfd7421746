"""Prediction, formula, measurement: who was right, within what, and why not."""

import math

import pytest

from labs.estimate import estimate
from labs.events import Evaluation, Finished, Plan, Step
from labs.lab import PredictionQuestion
from labs.measured import Measured, measure_events
from labs.models import shape_of
from labs.predictions import standard_predictions
from labs.reconcile import Reconciled, calibration, reconcile
from labs.runs import Scores
from labs.shape import ModelShape
from labs.spec import RunSpec
from labs.text import Text
from metrics.score import Interval, Score

SHAPE: ModelShape = shape_of("Qwen/Qwen2.5-0.5B-Instruct")
SPEC = RunSpec(
    task="law", base_model="Qwen/Qwen2.5-0.5B-Instruct", num_train_epochs=4, gradient_accumulation_steps=2
)
ROWS = 610
FIGURES = estimate(SPEC, SHAPE, ROWS, 60)
FINISHED = Finished(seq=99, t=90, outcome="completed", step=156, seconds=90)


def a_run(memory: float = 3000.0, steps: int = FIGURES.total_steps) -> Measured:
    plan = Plan(
        seq=1, t=0, device="cpu", compute_dtype="float32", quantization="nf4", threads=2, total_steps=steps,
        steps_per_epoch=FIGURES.steps_per_epoch, warmup_steps=FIGURES.warmup_steps,
        trainable_parameters=FIGURES.trainable_parameters, total_parameters=FIGURES.total_parameters,
        effective_batch=16, train_rows=ROWS, train_tokens=ROWS * 60, scored_tokens=ROWS * 20,
    )  # fmt: skip
    trained = [
        Step(
            seq=2 + n, t=n, step=n + 1, epoch=n / 39, loss=4 * math.exp(-n / 20) + 0.3, learning_rate=1e-4,
            grad_norm=1.0, tokens=n * 900, tokens_per_second=900, memory_mib=memory, eta_s=1,
        )
        for n in range(steps)
    ]  # fmt: skip
    evaluated = [
        Evaluation(seq=500 + n, t=n, step=n * 39, loss=loss, perplexity=math.exp(loss), tokens=100)
        for n, loss in enumerate((4.0, 1.0, 0.6, 0.7))
    ]
    scores = Scores(
        base={"exact_match": Score("exact_match", 2.0, "0-100", 150, "s"), "bleu": Score("bleu", 3.0, "0-100", 150, "s")},
        tuned={
            "exact_match": Score("exact_match", 83.0, "0-100", 150, "s", Interval(77, 89)),
            "bleu": Score("bleu", 60.0, "0-100", 150, "s", Interval(55, 65)),
        },
    )  # fmt: skip
    return measure_events(SPEC, [plan, *trained, *evaluated, FINISHED], scores)


def lines(answers: dict[str, float | int], measured: Measured | None = None) -> dict[str, Reconciled]:
    questions = standard_predictions(SPEC)
    made = reconcile(questions, answers, SPEC, FIGURES, SHAPE, measured or a_run(), FINISHED)
    return {line.question.id: line for line in made}


def test_steps_are_exact_and_the_ceilings_stand_in_the_formula() -> None:
    # 610 rows: ceil(610/8) = 77 micro-batches, ceil(77/2) = 39 steps, 4 epochs: 156.
    line = lines({"total_steps": 156})["total_steps"]
    assert (line.verdict, line.measured, line.formula) == ("right", 156, 156)
    assert "ceil(ceil" not in line.formula_text and "156" in line.formula_text
    assert lines({"total_steps": 152})["total_steps"].verdict == "missed"


@pytest.mark.parametrize(
    ("question", "said", "slip"),
    [
        ("total_steps", 39, "slip_one_epoch"),
        ("total_steps", 312, "slip_no_accumulation"),
        ("trainable_parameters", 16 * 135_168, "slip_attention_only"),
        ("trainable_parameters", 16 * 67_584, "slip_query_value"),
        ("trainable_parameters", 16 * 549_888 // 24, "slip_one_layer"),
        ("trainable_parameters", 357_826_560, "slip_whole_matrices"),
        ("warmup_steps", 15, "slip_warmup_floor"),
        ("warmup_steps", 4, "slip_warmup_epoch"),
    ],
)
def test_a_wrong_number_is_traced_to_the_slip_that_gives_it(question: str, said: int, slip: str) -> None:
    line = lines({question: said})[question]
    assert line.verdict == "missed"
    assert line.reasons[0].code == slip


def test_the_published_parameter_count_is_right() -> None:
    # Qwen2.5-0.5B, all seven linear layers: 549,888 per rank.
    assert lines({"trainable_parameters": 16 * 549_888})["trainable_parameters"].verdict == "right"


def test_memory_within_a_fifth_is_right_and_further_off_says_what_the_formula_leaves_out() -> None:
    near = lines({"memory": 2500})["memory"]
    far = lines({"memory": 500})["memory"]
    assert (near.verdict, far.verdict) == ("right", "missed")
    assert far.error == pytest.approx(-5 / 6)
    assert {"embeddings_not_quantised", "padding"} <= {reason.code for reason in far.reasons}


def test_what_was_not_said_or_not_measured_is_no_miss() -> None:
    assert lines({})["total_steps"].verdict == "unanswered"
    empty = measure_events(SPEC, [], Scores())
    assert lines({"memory": 500}, empty)["memory"].verdict == "unmeasured"


def test_the_curve_and_the_metric_are_choices_by_index() -> None:
    # The validation loss ends 17 % above its minimum: it turns up. Exact match gains 81 points, BLEU 57.
    got = lines({"curve": 1, "best_metric": 0})
    assert got["curve"].verdict == "right"
    assert got["best_metric"].measured == 3
    assert got["best_metric"].question.choices[3] == Text(en="exact match", zh="精确匹配")
    assert got["best_metric"].verdict == "missed"


def test_a_score_inside_its_own_interval_counts_as_right() -> None:
    question = PredictionQuestion(
        id="em", prompt=standard_predictions(SPEC)[0].prompt, measured="tuned.exact_match", unit="%",
        explain=standard_predictions(SPEC)[0].explain,
    )  # fmt: skip
    for said, verdict in ((78, "right"), (60, "missed")):
        (line,) = reconcile(
            [question],
            {"em": said},
            SPEC,
            FIGURES,
            SHAPE,
            a_run(),
            FINISHED,
            {"exact_match": Interval(77, 89)},
        )
        assert line.verdict == verdict
        assert "sample" in {reason.code for reason in line.reasons}


def test_calibration_tells_how_far_off_and_in_which_direction() -> None:
    history = calibration(
        line for said in (1500, 1800, 3000) for line in lines({"memory": said}, a_run(memory=3000)).values()
    )
    assert history["memory"].n == 3
    assert history["memory"].right == 1
    assert history["memory"].bias == pytest.approx(-0.4)
    assert "total_steps" not in history


def test_whoever_followed_the_formula_made_no_slip_even_where_the_run_differs() -> None:
    line = lines({"total_steps": 156}, a_run(steps=150))["total_steps"]
    assert line.verdict == "missed"
    assert [reason.code for reason in line.reasons] == ["formula_differs"]
