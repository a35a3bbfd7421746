"""Prediction, formula and measurement side by side: the verdict within tolerance, and why they honestly differ."""

import math
import statistics
from collections.abc import Callable, Iterable
from typing import Literal

import msgspec

from labs.estimate import Estimate
from labs.events import Finished
from labs.lab import PredictionQuestion
from labs.measured import Measured, MeasureError, evaluate, names_in
from labs.predictions import Answers
from labs.shape import ModelShape
from labs.spec import RunSpec
from metrics.score import Interval

Verdict = Literal["right", "missed", "unanswered", "unmeasured"]


class Reason(msgspec.Struct, frozen=True):
    """One reason for a difference, as a stable code and the numbers that show it."""

    code: str
    values: dict[str, float | int | str] = {}


class Reconciled(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table: what was said, what the formula gives, what the run showed."""

    question: PredictionQuestion
    said: float | int | None
    formula: float | None
    """The formula's value; None where no formula gives this."""
    formula_text: str
    """The formula with the numbers filled in."""
    measured: float | None
    verdict: Verdict
    interval: Interval | None = None
    """Of the measurement, where it is a score over a sample."""
    reasons: tuple[Reason, ...] = ()

    @property
    def error(self) -> float | None:
        """(said - measured) / measured: how far off, in which direction; None where that has no meaning."""
        if self.said is None or not self.measured or self.question.kind == "choice":
            return None
        return (self.said - self.measured) / abs(self.measured)


class Calibration(msgspec.Struct, frozen=True):
    """How a student's predictions of one quantity have done so far."""

    n: int
    right: int
    bias: float | None
    """Median of the signed relative errors: above 0, the student says too much."""


def reconcile(
    questions: Iterable[PredictionQuestion],
    answers: Answers,
    spec: RunSpec,
    figures: Estimate,
    shape: ModelShape,
    measured: Measured,
    finished: Finished | None = None,
    intervals: dict[str, Interval] | None = None,
) -> tuple[Reconciled, ...]:
    """Reconcile every question.

    Args:
        answers: what was said before the run.
        figures: the estimate for this spec, made from the same rows.
        intervals: of the tuned system's scores, by metric.
    """
    return tuple(
        _line(question, answers.get(question.id), spec, figures, shape, measured, finished, intervals or {})
        for question in questions
    )


def calibration(lines: Iterable[Reconciled]) -> dict[str, Calibration]:
    """Calibration by question id over the lines of many runs; unanswered and unmeasured lines do not count."""
    judged: dict[str, list[Reconciled]] = {}
    for line in lines:
        if line.verdict in ("right", "missed"):
            judged.setdefault(line.question.id, []).append(line)
    return {
        id_: Calibration(
            n=len(group),
            right=sum(line.verdict == "right" for line in group),
            bias=statistics.median(errors)
            if (errors := [e for line in group if (e := line.error) is not None])
            else None,
        )
        for id_, group in judged.items()
    }


def _line(
    question: PredictionQuestion,
    said: float | int | None,
    spec: RunSpec,
    figures: Estimate,
    shape: ModelShape,
    measured: Measured,
    finished: Finished | None,
    intervals: dict[str, Interval],
) -> Reconciled:
    formula = float(getattr(figures, question.formula)) if question.formula else None
    interval = _interval_of(question, intervals)
    try:
        value = float(evaluate(question.measured, measured))
    except MeasureError:
        value = None
    if value is None or not math.isfinite(value):
        verdict: Verdict = "unmeasured"
        value = None
    elif said is None:
        verdict = "unanswered"
    else:
        verdict = "right" if is_within(question, said, value, interval) else "missed"
    reasons: tuple[Reason, ...] = ()
    if value is not None:
        reasons = tuple(
            _reasons(question, said, value, formula, spec, figures, shape, finished, interval, verdict)
        )
    return Reconciled(
        question=question, said=said, formula=formula, formula_text=formula_text(question.formula, figures),
        measured=value, verdict=verdict, interval=interval, reasons=reasons,
    )  # fmt: skip


def is_within(
    question: PredictionQuestion, said: float, measured: float, interval: Interval | None = None
) -> bool:
    """Whether an answer counts as right: within the tolerance, or inside the measurement's own interval."""
    if question.kind == "choice":
        return int(said) == int(measured)
    if interval is not None and interval.low <= said <= interval.high:
        return True
    return abs(said - measured) <= max(question.tolerance * abs(measured), question.absolute) + 1e-9 * abs(
        measured
    )


def formula_text(name: str, figures: Estimate) -> str:
    """The arithmetic of one figure with its numbers, or nothing where there is no formula."""
    if name == "memory_mib":
        parts = (
            ("weights", figures.weights_mib), ("adapter", figures.adapter_mib), ("gradients", figures.gradients_mib),
            ("optimizer", figures.optimizer_mib), ("activations", figures.activations_mib),
            ("logits", figures.logits_mib), ("runtime", figures.runtime_mib),
        )  # fmt: skip
        return (
            " + ".join(f"{part} {mib:,.0f}" for part, mib in parts if mib >= 0.5)
            + f" = {figures.memory_mib:,.0f}"
        )
    return next((formula.text for formula in figures.formulas if formula.name == name), "")


def _interval_of(question: PredictionQuestion, intervals: dict[str, Interval]) -> Interval | None:
    """Of the score asked about, where the question asks for one tuned score and nothing else."""
    group, _, metric = question.measured.strip().partition(".")
    return intervals.get(metric) if group == "tuned" else None


def _reasons(
    question: PredictionQuestion,
    said: float | int | None,
    measured: float,
    formula: float | None,
    spec: RunSpec,
    figures: Estimate,
    shape: ModelShape,
    finished: Finished | None,
    interval: Interval | None,
    verdict: Verdict,
) -> Iterable[Reason]:
    """Every reason that holds: first the slip in the answer, then what sets the formula apart from the run."""
    names = names_in(question.measured)
    followed_formula = (
        said is not None and formula is not None and abs(said - formula) <= 0.005 * abs(formula)
    )
    if verdict == "missed" and said is not None and question.kind == "number" and not followed_formula:
        yield from _slips(names, said, measured, spec, figures, shape)
    if (
        finished is not None
        and finished.outcome != "completed"
        and names & {"train.steps", "run.minutes", "run.seconds"}
    ):
        yield Reason("stopped_early", {"step": finished.step, "total": figures.total_steps})
    if "train.peak_memory_mib" in names:
        yield from _memory_reasons(measured, formula, spec, figures, shape)
    elif (
        formula is not None and question.kind == "number" and abs(formula - measured) > 0.005 * abs(measured)
    ):
        yield Reason("formula_differs", {"formula": _short(formula), "measured": _short(measured)})
    if interval is not None:
        yield Reason("sample", {"low": _short(interval.low), "high": _short(interval.high)})


def _memory_reasons(
    measured: float, formula: float | None, spec: RunSpec, figures: Estimate, shape: ModelShape
) -> Iterable[Reason]:
    if figures.runtime_mib > 0.2 * figures.memory_mib:
        yield Reason("runtime", {"mib": round(figures.runtime_mib), "total": round(measured)})
    if spec.quantization != "none":
        share = shape.embedding_parameters / shape.parameters
        if share > 0.1:
            yield Reason("embeddings_not_quantised", {"percent": round(100 * share)})
    if not spec.packing and spec.per_device_train_batch_size > 1:
        yield Reason("padding", {"batch": spec.per_device_train_batch_size})
    if formula is not None and abs(formula - measured) > 0.1 * measured:
        yield Reason("estimate", {"percent": round(100 * (formula - measured) / measured)})


def _slips(
    names: frozenset[str], said: float, measured: float, spec: RunSpec, figures: Estimate, shape: ModelShape
) -> Iterable[Reason]:
    """The named mistakes that give exactly the number that was said."""

    def equals(wrong: Callable[[], float]) -> bool:
        value = wrong()
        return value != measured and abs(said - value) <= 0.005 * abs(value)

    if "plan.trainable_parameters" in names and spec.method != "full":
        layers = shape.num_hidden_layers
        modules = shape.linear_modules
        targets = tuple(modules) if isinstance(spec.target_modules, str) else spec.target_modules
        slips: dict[str, Callable[[], float]] = {
            "slip_attention_only": lambda: shape.lora_parameters(spec.r, ("q_proj", "k_proj", "v_proj", "o_proj")),
            "slip_query_value": lambda: shape.lora_parameters(spec.r, ("q_proj", "v_proj")),
            "slip_one_layer": lambda: measured / layers,
            "slip_a_only": lambda: spec.r * layers * sum(modules[name][0] for name in targets),
            "slip_b_only": lambda: spec.r * layers * sum(modules[name][1] for name in targets),
            "slip_whole_matrices": lambda: layers * sum(math.prod(modules[name]) for name in targets),
            "slip_all_heads": lambda: spec.r * layers * sum(
                2 * shape.hidden_size if name in ("k_proj", "v_proj") else sum(modules[name]) for name in targets
            ),
        }  # fmt: skip
    elif "plan.total_steps" in names and spec.max_steps is None:
        rows_like = figures.steps_per_epoch * spec.effective_batch
        slips = {
            "slip_one_epoch": lambda: figures.steps_per_epoch,
            "slip_no_accumulation": lambda: figures.total_steps * spec.gradient_accumulation_steps,
            "slip_rows": lambda: rows_like * spec.num_train_epochs,
            "slip_floor": lambda: (figures.steps_per_epoch - 1) * spec.num_train_epochs,
        }
    elif "plan.warmup_steps" in names and spec.warmup_steps < 1:
        slips = {
            "slip_warmup_floor": lambda: math.floor(spec.warmup_steps * figures.total_steps),
            "slip_warmup_epoch": lambda: math.ceil(spec.warmup_steps * figures.steps_per_epoch),
        }
    elif "train.peak_memory_mib" in names:
        slips = {"slip_weights_only": lambda: figures.weights_mib}
    else:
        slips = {}
    for code, wrong in slips.items():
        if equals(wrong):
            yield Reason(code, {"said": _short(said), "measured": _short(measured)})
            return


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or float(value).is_integer() else f"{value:.3g}"
