"""Points from evidence: every rubric item judged over recomputed values, claims never."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec

from labs.grading.evidence import TIERS, Evidence
from labs.grading.grade import ItemGrade, ItemState
from labs.grading.marks import Mark, Marks
from labs.lab import Lab
from labs.measured import Measured, MeasureError, Value, evaluate
from labs.predictions import Answers, predictions_for
from labs.reconcile import is_within
from labs.submission.assignment import Assignment, RubricItem
from metrics.score import Score


class QuizMarker(Protocol):
    """Marks answers to quiz questions; given by whoever knows the quiz bank."""

    def mark(self, question: str, answer: str | tuple[str, ...], seed: int) -> float:
        """0 to 1: how much of the answer is right, for the variant that ``seed`` draws."""


class Judged(msgspec.Struct, frozen=True):
    """What an item earns before a person has a say."""

    points: float
    state: ItemState
    code: str
    reason: str
    values: dict[str, float | int | str] = {}


def recomputed_values(evidence: Evidence) -> Measured:
    """Everything that an assignment's expressions may speak of."""
    groups: dict[str, dict[str, Value]] = {}
    for name in ("public", "hidden"):
        tier = evidence.tiers.get(name)
        if tier is None or not tier.scores:
            continue
        tuned, base = _plain(tier.scores), _plain(tier.base_scores)
        groups[name], groups[f"base_{name}"] = tuned, base
        groups[f"gain_{name}"] = {
            metric: tuned[metric] - base[metric] for metric in tuned.keys() & base.keys()
        }
        groups[f"drop_{name}"] = {
            metric: base[metric] / tuned[metric] for metric in tuned.keys() & base.keys() if tuned[metric]
        }
    if "public" in groups and "hidden" in groups:
        both = groups["public"].keys() & groups["hidden"].keys()
        groups["gap"] = {
            metric: _number(groups["public"][metric]) - _number(groups["hidden"][metric]) for metric in both
        }
    if evidence.spec is not None:
        plain = msgspec.to_builtins(evidence.spec)
        groups["spec"] = {
            name: value for name, value in plain.items() if isinstance(value, bool | int | float | str)
        }
    for name in ("plan", "train", "run"):
        if isinstance(evidence.measured.get(name), dict):
            groups[name] = evidence.measured[name]
    groups["tier"] = {
        tier: tier in evidence.tiers and evidence.tiers[tier].state == "passed" for tier in TIERS
    }
    counts = Counter(finding.code.replace(".", "_") for finding in evidence.findings)
    groups["found"] = _Zero(counts)
    return Measured(groups)


class _Zero(dict[str, Value]):
    """What was not found was found no times."""

    def __missing__(self, key: str) -> Value:
        return 0


def judge_items(
    assignment: Assignment, lab: Lab, evidence: Evidence, marks: Marks, quiz: QuizMarker | None
) -> tuple[ItemGrade, ...]:
    """Every item of the rubric, a person's marks applied."""
    values = recomputed_values(evidence)
    judges: Mapping[str, Callable[[RubricItem], Judged]] = {
        "check": lambda item: _check(item, values),
        "bands": lambda item: _bands(item, values),
        "linear": lambda item: _linear(item, values),
        "quiz": lambda item: _quiz(item, assignment, evidence, quiz),
        "calibration": lambda item: _calibration(item, lab, evidence),
        "written": lambda item: _written(item, evidence),
    }
    return tuple(
        _with_mark(item, judges[item.kind](item), marks.items.get(item.id)) for item in assignment.rubric
    )


def condition(expression: str, evidence: Evidence) -> bool:
    """Whether an expression (of a cap) holds; one that speaks of what was not measured does not."""
    try:
        return bool(evaluate(expression, recomputed_values(evidence)))
    except MeasureError:
        return False


def _with_mark(item: RubricItem, judged: Judged, mark: Mark | None) -> ItemGrade:
    common: dict[str, Any] = {"id": item.id, "kind": item.kind, "out_of": item.points}
    if mark is None:
        return ItemGrade(
            **common, points=round(judged.points, 4), state=judged.state, reason=judged.reason, code=judged.code,
            values=judged.values,
        )  # fmt: skip
    points = min(max(mark.points, 0.0), item.points)
    return ItemGrade(
        **common, points=round(points, 4), state="marked", code="marked", reason=mark.reason or "Marked by a person.",
        values={"automatic": round(judged.points, 4)}, comment=mark.comment, overridden=item.kind != "written",
    )  # fmt: skip


def _unmeasured(error: MeasureError) -> Judged:
    return Judged(0.0, "unmeasured", "unmeasured", f"Could not be recomputed: {error.message}")


def _value(expression: str, values: Measured) -> float:
    value = evaluate(expression, values)
    if isinstance(value, str):
        raise MeasureError("measured.expression", f"{expression}: is a text, not a number.")
    return float(value)


def _check(item: RubricItem, values: Measured) -> Judged:
    try:
        met = bool(evaluate(item.expression, values))
    except MeasureError as error:
        return _unmeasured(error)
    if met:
        return Judged(item.points, "automatic", "met", f"Met: {item.expression}")
    return Judged(0.0, "automatic", "not_met", f"Not met: {item.expression}", {"expression": item.expression})


def _bands(item: RubricItem, values: Measured) -> Judged:
    try:
        value = _value(item.expression, values)
    except MeasureError as error:
        return _unmeasured(error)
    reached = [band for band in item.bands if value >= band.at_least]
    found: dict[str, float | int | str] = {"value": round(value, 4), "expression": item.expression}
    if not reached:
        return Judged(
            0.0, "automatic", "band_none", f"{item.expression} = {value:.4g} is below every band.", found
        )
    best = max(reached, key=lambda band: band.at_least)
    found["at_least"] = best.at_least
    return Judged(
        best.points,
        "automatic",
        "band",
        f"{item.expression} = {value:.4g} is at least {best.at_least:g}.",
        found,
    )


def _linear(item: RubricItem, values: Measured) -> Judged:
    assert item.low is not None and item.high is not None  # the assignment was checked
    try:
        value = _value(item.expression, values)
    except MeasureError as error:
        return _unmeasured(error)
    share = min(max((value - item.low) / (item.high - item.low), 0.0), 1.0)
    return Judged(
        item.points * share, "automatic", "linear",
        f"{item.expression} = {value:.4g}: {100 * share:.0f} % of the way from {item.low:g} to {item.high:g}.",
        {"value": round(value, 4), "low": item.low, "high": item.high, "percent": round(100 * share, 1), "expression": item.expression},
    )  # fmt: skip


def _quiz(item: RubricItem, assignment: Assignment, evidence: Evidence, quiz: QuizMarker | None) -> Judged:
    if quiz is None:
        return Judged(0.0, "unmeasured", "no_quiz", "Nobody here knows the quiz bank.")
    student = assignment.aliases.get(evidence.student, evidence.student)
    seed, questions = assignment.seed_of(student), assignment.questions_of(item, student)
    shares = [
        quiz.mark(question, evidence.quiz[question], seed) if question in evidence.quiz else 0.0
        for question in questions
    ]
    answered = sum(question in evidence.quiz for question in questions)
    share = sum(shares) / len(shares)
    return Judged(
        item.points * share, "automatic", "quiz",
        f"{sum(shares):g} of {len(shares)} questions right, {answered} answered.",
        {"right": round(sum(shares), 4), "asked": len(shares), "answered": answered},
    )  # fmt: skip


def _calibration(item: RubricItem, lab: Lab, evidence: Evidence) -> Judged:
    """The share of the predictions that came true, over those that can be judged without the student's own scores."""
    if evidence.spec is None:
        return Judged(0.0, "unmeasured", "unmeasured", "There is no spec.")
    public = evidence.tiers.get("public")
    tuned = {} if public is None else _plain(public.scores)
    base = {} if public is None else _plain(public.base_scores)
    groups = {name: values for name, values in evidence.measured.items() if isinstance(values, dict)}
    groups |= {"spec": _spec_values(evidence), "tuned": tuned, "base": base}
    groups["gain"] = {name: tuned[name] - base[name] for name in tuned.keys() & base.keys()}
    groups["drop"] = {name: base[name] / tuned[name] for name in tuned.keys() & base.keys() if tuned[name]}
    measured = Measured(groups)
    answers: Answers = dict(evidence.answers)
    if not answers:
        return Judged(0.0, "automatic", "not_predicted", "No prediction was made before the run.")
    right = judged = 0
    for question in predictions_for(lab, evidence.spec):
        try:
            found = float(evaluate(question.measured, measured))
        except (MeasureError, ValueError):
            continue
        judged += 1
        interval = None if public is None else _interval(question.measured, public.scores)
        right += question.id in answers and is_within(question, answers[question.id], found, interval)
    if not judged:
        return Judged(0.0, "unmeasured", "unmeasured", "No prediction could be compared with a measurement.")
    return Judged(
        item.points * right / judged, "automatic", "calibration", f"{right} of {judged} predictions came true.",
        {"right": right, "asked": judged},
    )  # fmt: skip


def _written(item: RubricItem, evidence: Evidence) -> Judged:
    number = item.reflection or 0
    texts = evidence.reflections if item.reflection is None else evidence.reflections[number : number + 1]
    if not any(text.strip() for text in texts):
        return Judged(0.0, "automatic", "not_written", "Nothing was written.")
    return Judged(0.0, "waiting", "waiting", "Waits for a person.")


def _interval(expression: str, scores: Mapping[str, Score]) -> Any:
    group, _, metric = expression.strip().partition(".")
    return scores[metric].interval if group == "tuned" and metric in scores else None


def _spec_values(evidence: Evidence) -> dict[str, Value]:
    plain = msgspec.to_builtins(evidence.spec)
    return {name: value for name, value in plain.items() if isinstance(value, bool | int | float | str)}


def _plain(scores: Mapping[str, Score]) -> dict[str, Any]:
    return {name: score.value for name, score in scores.items()}


def _number(value: Value) -> float:
    return float(value)
