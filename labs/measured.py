"""What a run showed, under names that a lab's checks and predictions can speak of, and their evaluation.

``lab.toml`` writes ``gain.exact_match >= 50 and train.final_eval_loss < 2``; the names are listed in
docs/lab-format.md. Expressions are data from a file, so they are evaluated by simpleeval over these names
alone: no calls but the four below, no attributes but the values.
"""

import ast
import math
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from labs.curve_shape import SHAPES, CurveReading, read_curve
from labs.errors import LabsError
from labs.events import Evaluation, Event, Finished, Plan, Started, Step
from labs.runs import Run, Scores
from labs.spec import RunSpec

Value = float | int | bool | str

# Only scores on a bounded scale can be said to have moved further than each other.
_SPAN: dict[str, float] = {"0-1": 1.0, "0-100": 100.0}

FUNCTIONS = {"min": min, "max": max, "abs": abs, "round": round}


class MeasureError(LabsError):
    """An expression that cannot be evaluated, or that names something this run did not measure."""


class Measured(msgspec.Struct, frozen=True):
    """Groups of named values. A name is there only if it was measured: nothing is filled in with a zero."""

    groups: dict[str, dict[str, Value]]
    curve: CurveReading | None = None
    """The validation loss, or the training loss where there was no validation; None before two points."""
    outcome: str | None = None
    """How the run ended; None while it has not."""
    runs: dict[str, "Measured"] = {}
    """The newest run of each other variant of the lab, by the variant's id."""

    @property
    def names(self) -> dict[str, Any]:
        """Everything an expression may speak of."""
        names: dict[str, Any] = dict(self.groups)
        if self.outcome is not None:
            names["outcome"] = self.outcome
        if self.runs:
            names["runs"] = {variant: other.names for variant, other in self.runs.items()}
        return names

    def get(self, name: str) -> Value:
        """The value of a dotted name such as ``plan.total_steps``.

        Raises:
            MeasureError: ``measured.missing``.
        """
        group, _, field = name.partition(".")
        try:
            return self.groups[group][field]
        except KeyError:
            raise MeasureError("measured.missing", f"This run has no {name}.") from None

    def has(self, name: str) -> bool:
        """Whether the run measured ``name``."""
        group, _, field = name.partition(".")
        return field in self.groups.get(group, {})


def measure(run: Run, others: Mapping[str, Run] | None = None) -> Measured:
    """Read what a run's folder holds, at whatever point the run is.

    Args:
        others: the newest run of each other variant of the lab, by the variant's id.
    """
    alone = measure_events(run.spec, run.events(), run.scores())
    others = others or {}
    return msgspec.structs.replace(alone, runs={variant: measure(other) for variant, other in others.items()})


def measure_events(spec: RunSpec, events: Iterable[Event], scores: Scores) -> Measured:
    """Gather the values from a spec, the events in order and the scores."""
    plan: Plan | None = None
    steps: dict[int, Step] = {}
    evaluations: dict[int, Evaluation] = {}
    finished: Finished | None = None
    for event in events:
        if isinstance(event, Plan):
            plan = event
        elif isinstance(event, Step):
            steps[event.step] = event  # a resumed run repeats steps; the later one is the one that counted
        elif isinstance(event, Evaluation):
            evaluations[event.step] = event
        elif isinstance(event, Started):
            finished = None
        elif isinstance(event, Finished):
            finished = event
    groups: dict[str, dict[str, Value]] = {"spec": _plain(spec)}
    if plan is not None:
        groups["plan"] = _plain(plan)
    trained = [steps[number] for number in sorted(steps)]
    evaluated = [evaluations[number] for number in sorted(evaluations)]
    if finished is not None:
        groups["run"] = {
            "completed": finished.outcome == "completed",
            "diverged": finished.outcome == "diverged",
            "seconds": finished.seconds,
            "minutes": finished.seconds / 60,
        }
    validation = [(one.step, _loss(one.loss)) for one in evaluated]
    training = [(one.step, _loss(one.loss)) for one in trained]
    curve = _reading(validation, training[0][1] if training else None) or _reading(_smoothed(training))
    if trained:
        groups["train"] = _of_steps(trained) | _of_validation(_reading(validation))
    if curve is not None:
        groups["curve"] = {"shape": SHAPES.index(curve.shape)}
    groups.update(_of_scores(scores))
    return Measured(groups, curve, finished.outcome if finished is not None else None)


def evaluate(expression: str, measured: Measured) -> Value:
    """The value of an expression over what was measured.

    Raises:
        MeasureError: ``measured.missing`` for a name this run does not have, ``measured.expression`` for
            anything else that is wrong with the expression.
    """
    import simpleeval

    evaluator = simpleeval.SimpleEval(names=measured.names, functions=FUNCTIONS)
    try:
        value = evaluator.eval(expression)
    except (simpleeval.NameNotDefined, simpleeval.AttributeDoesNotExist) as error:
        raise MeasureError("measured.missing", f"{expression}: {error}.") from error
    except (simpleeval.InvalidExpression, SyntaxError, TypeError, ValueError, ArithmeticError) as error:
        raise MeasureError("measured.expression", f"{expression}: {error}.") from error
    if not isinstance(value, bool | int | float | str):
        raise MeasureError("measured.expression", f"{expression}: gives {type(value).__name__}, not a value.")
    return value


def _plain(struct: msgspec.Struct) -> dict[str, Value]:
    values: dict[str, Any] = msgspec.to_builtins(struct)
    return {name: value for name, value in values.items() if isinstance(value, bool | int | float | str)}


def _loss(loss: float | None) -> float:
    return math.nan if loss is None else loss


def _of_steps(trained: list[Step]) -> dict[str, Value]:
    speeds = [step.tokens_per_second for step in trained if step.tokens_per_second > 0]
    norms = [step.grad_norm for step in trained if step.grad_norm is not None]
    losses = [step.loss for step in trained if step.loss is not None]
    values: dict[str, Value] = {
        "steps": trained[-1].step,
        "tokens": trained[-1].tokens,
        "seconds": trained[-1].t - trained[0].t,
        "peak_memory_mib": max(step.memory_mib for step in trained),
        "peak_learning_rate": max(step.learning_rate for step in trained),
    }
    if speeds:
        values["tokens_per_second"] = sum(speeds) / len(speeds)
    if norms:
        values["max_grad_norm"] = max(norms)
    if losses:
        final = losses[-10:]
        values |= {"first_loss": losses[0], "final_loss": sum(final) / len(final), "min_loss": min(losses)}
    return values


def _of_validation(reading: CurveReading | None) -> dict[str, Value]:
    if reading is None:
        return {}
    return {
        "first_eval_loss": reading.first,
        "min_eval_loss": reading.lowest,
        "min_eval_step": reading.lowest_step,
        "final_eval_loss": reading.last,
    }


def _reading(points: list[tuple[int, float]], began: float | None = None) -> CurveReading | None:
    if len(points) < 2 or not any(math.isfinite(loss) for _, loss in points):
        return None
    return read_curve(points, began)


def _smoothed(points: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """Means of a twentieth of the run each: a single batch's loss is noise. A NaN stays a NaN."""
    width = max(1, len(points) // 20)
    return [
        (
            points[start][0],
            sum(loss for _, loss in points[start : start + width]) / len(points[start : start + width]),
        )
        for start in range(0, len(points), width)
    ]


def _of_scores(scores: Scores) -> dict[str, dict[str, Value]]:
    base = {name: score.value for name, score in scores.base.items()}
    tuned = {name: score.value for name, score in scores.tuned.items()}
    both = base.keys() & tuned.keys()
    moved = {
        name: abs(tuned[name] - base[name]) / _SPAN[scores.tuned[name].scale]
        for name in both
        if scores.tuned[name].scale in _SPAN
    }
    groups: dict[str, dict[str, Value]] = {
        "base": dict(base),
        "tuned": dict(tuned),
        "gain": {name: tuned[name] - base[name] for name in both},
        "drop": {name: base[name] / tuned[name] for name in both if tuned[name]},
        "moved": {"most": max(moved, key=lambda name: moved[name])} if moved else {},
    }
    return {name: values for name, values in groups.items() if values}


def names_in(expression: str) -> frozenset[str]:
    """The dotted names an expression speaks of, e.g. ``{"plan.total_steps"}``.

    Raises:
        MeasureError: ``measured.expression``: it does not parse.
    """
    try:
        tree = ast.parse(expression, mode="eval")
    except SyntaxError as error:
        raise MeasureError("measured.expression", f"{expression}: {error.msg}.") from error
    return frozenset(
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    )
