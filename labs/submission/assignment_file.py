"""Read an assignment file and check all of it, so that nothing fails in the middle of a class."""

import ast
import hashlib
import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec

from labs.check_spec import KNOWN_METRICS, score_names
from labs.lab import find_lab
from labs.measured import FUNCTIONS, MeasureError, names_in
from labs.spec import RunSpec
from labs.submission.assignment import Allowed, Assignment, RubricItem
from labs.submission.errors import AssignmentError

GROUPS = frozenset({
    "hidden", "public", "base_hidden", "base_public", "gain_hidden", "gain_public", "drop_hidden", "drop_public", "gap",
    "spec", "plan", "train", "run", "tier", "found",
})  # fmt: skip
"""What expressions may speak of; ``gap.METRIC`` is public minus hidden, ``found.CODE`` counts findings."""
_UNSCORED = frozenset({"spec", "plan", "train", "run", "tier", "found"})
_NEED_HIDDEN = frozenset({"hidden", "base_hidden", "gain_hidden", "drop_hidden", "gap"})
_TIERS = frozenset({"intake", "arithmetic", "predictions", "public", "hidden", "replay"})


def load_assignment(path: Path) -> Assignment:
    """Read and check ``path``.

    Raises:
        AssignmentError: with the file and the field.
        LabError: the lab is unknown or wrong.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise AssignmentError(
            path, "", f"cannot be read: {error.strerror}.", "`finetutor assignment new` makes one."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AssignmentError(path, "", f"{error}.") from error
    try:
        assignment = msgspec.convert({**table, "folder": path.absolute().parent}, Assignment, dec_hook=_path)
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at `$")
        raise AssignmentError(
            path,
            _place(table, where.strip("`.")),
            f"{message}.",
            "`finetutor assignment new` writes an example.",
        ) from error
    _check(assignment, path)
    return assignment


def digest_of(assignment: Assignment) -> str:
    """SHA-256 of all that the file says (the secret included), wherever it lies."""
    plain = msgspec.to_builtins(msgspec.structs.replace(assignment, folder=Path()), enc_hook=str)
    return hashlib.sha256(msgspec.json.encode(plain, order="deterministic")).hexdigest()


def _check(assignment: Assignment, path: Path) -> None:
    def refuse(field: str, message: str, hint: str = "") -> None:
        raise AssignmentError(path, field, message, hint)

    lab = find_lab(assignment.lab)
    for name in (*assignment.allowed, *assignment.spec):
        if name not in RunSpec.__struct_fields__:
            refuse("allowed", f"{name!r} is no field of a run spec.")
    spec = lab.run_spec("", {**assignment.spec, "base_model": assignment.base.model})
    for name in assignment.evaluation.metrics:
        if name not in KNOWN_METRICS:
            refuse("evaluation.metrics", f"{name!r} is unknown.", f"There are: {', '.join(KNOWN_METRICS)}.")
    scores = score_names(assignment.evaluation.metrics or spec.metrics)

    def check_expression(expression: str, field: str) -> None:
        _check_expression(expression, field, scores, bool(assignment.hidden.file), refuse)

    if not 0 <= assignment.split_share <= 1:
        refuse("split_share", f"{assignment.split_share:g} is outside 0..1.")
    drawn = assignment.per_student_seed or assignment.split_share or any(i.draw for i in assignment.rubric)
    if drawn and len(assignment.secret) < 16:
        refuse(
            "secret",
            "needs at least 16 characters where seeds, rows or questions come from it.",
            "`finetutor assignment new` makes one.",
        )
    if assignment.hidden.file and not (assignment.folder / assignment.hidden.file).is_file():
        refuse("hidden.file", f"{assignment.hidden.file} is missing.")
    due = assignment.deadline
    for name, moment in (("at", due.at), *(("extensions." + one, at) for one, at in due.extensions.items())):
        if moment is not None and moment.tzinfo is None:
            refuse(f"deadline.{name}", "has no UTC offset.", "Write 2026-12-01T23:59:00+08:00.")
    for name, value in (("percent_per_day", due.percent_per_day), ("floor_percent", due.floor_percent)):
        if not 0 <= value <= 100:
            refuse(f"deadline.{name}", f"{value} is outside 0..100.")
    if due.grace_minutes < 0:
        refuse("deadline.grace_minutes", "is below 0.")
    twice = [name for name, times in Counter(item.id for item in assignment.rubric).items() if times > 1]
    if twice:
        refuse("rubric", f"{twice[0]!r} occurs twice.")
    if not assignment.rubric:
        refuse("rubric", "is empty: nothing gives points.")
    for item in assignment.rubric:
        _check_item(item, check_expression, refuse)
    for cap in assignment.caps:
        check_expression(cap.expression, f"caps.{cap.id}.expression")
        if not 0 <= cap.percent <= 100:
            refuse(f"caps.{cap.id}.percent", f"{cap.percent} is outside 0..100.")


def _check_item(item: RubricItem, check_expression: Any, refuse: Any) -> None:
    field = f"rubric.{item.id}"
    if item.points < 0:
        refuse(f"{field}.points", "is below 0.")
    if item.kind in ("check", "bands", "linear"):
        check_expression(item.expression, f"{field}.expression")
    if item.kind == "linear" and (item.low is None or item.high is None or item.low == item.high):
        refuse(field, "linear needs low and high, and they must differ.")
    if item.kind == "bands":
        if not item.bands:
            refuse(f"{field}.bands", "is empty.")
        if max(band.points for band in item.bands) > item.points:
            refuse(f"{field}.bands", "a band gives more than the item's points.")
    if item.kind == "quiz" and not item.questions:
        refuse(f"{field}.questions", "is empty.")
    if item.draw is not None and not 1 <= item.draw <= len(item.questions):
        refuse(f"{field}.draw", f"{item.draw} is outside 1..{len(item.questions)}, the number of questions.")


def _check_expression(expression: str, field: str, scores: frozenset[str], hidden: bool, refuse: Any) -> None:
    """Every name must be one that a submission can have a value for: a misspelt one would earn the whole class nothing."""
    if not expression.strip():
        refuse(field, "is empty.")
    try:
        names = names_in(expression)
    except MeasureError as error:
        refuse(field, error.message)
    known = {"tier": _TIERS, "spec": frozenset(RunSpec.__struct_fields__)}
    for name in sorted([*names, *_bare_names(expression)]):
        group, _, part = name.partition(".")
        if group not in GROUPS or not part:
            refuse(field, f"{name} is unknown.", f"Groups: {', '.join(sorted(GROUPS))}.")
        parts = known.get(group, scores if group not in _UNSCORED else None)
        if parts is not None and part not in parts:
            refuse(
                field,
                f"{name} is unknown.",
                f"There are: {', '.join(f'{group}.{one}' for one in sorted(parts))}.",
            )
        if group in _NEED_HIDDEN and not hidden:
            refuse(
                field, f"{name} needs a hidden test set.", "Name one as `file` under [hidden], or use public."
            )


def _bare_names(expression: str) -> list[str]:
    """Names that stand alone: ``hidden`` instead of ``hidden.bleu``."""
    nodes = list(ast.walk(ast.parse(expression, mode="eval")))
    dotted = {id(node.value) for node in nodes if isinstance(node, ast.Attribute)}
    return [
        node.id for node in nodes
        if isinstance(node, ast.Name) and id(node) not in dotted and node.id not in FUNCTIONS
    ]  # fmt: skip


def _place(table: dict[str, Any], where: str) -> str:
    """A place as the author of the file knows it: items of a rubric by id, the field of ``[allowed]`` by name."""

    def named(match: re.Match[str]) -> str:
        part = table[match[1]][int(match[2])]
        return (
            f"{match[1]}.{part['id']}"
            if isinstance(part, dict) and isinstance(part.get("id"), str)
            else match[0]
        )

    if where.startswith("allowed[...]"):
        for name, value in table["allowed"].items():
            try:
                msgspec.convert(value, Allowed)
            except msgspec.ValidationError:
                return where.replace("allowed[...]", f"allowed.{name}", 1)
    return re.sub(r"^(rubric|caps)\[(\d+)\]", named, where) or "top level"


def _path(kind: type, value: Any) -> Any:
    if kind is Path and isinstance(value, Path):
        return value
    raise NotImplementedError(f"{kind} from {value!r}")
