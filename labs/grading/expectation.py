"""What a submission of one assignment must agree with, worked out once from the instructor's own files."""

import hashlib
from pathlib import Path
from typing import Any

import msgspec

from labs.errors import LabsError
from labs.grading.layout import full_layout
from labs.grading.limits import Limits
from labs.grading.tensors import Shape
from labs.lab import find_lab
from labs.models import local_folder, shape_of
from labs.rows import Row, read_rows, read_rows_of
from labs.shape import ModelShape
from labs.spec import RunSpec
from labs.submission.assignment import Allowed, Assignment
from labs.submission.assignment_template import base_digests
from labs.submission.errors import AssignmentError


class TestRow(msgspec.Struct, frozen=True):
    """One row of the public test set, as predictions must give it."""

    id: str
    prompt: str
    reference: str


class Expectation(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the child needs; it holds no secret and no hidden row."""

    lab: str
    specs: tuple[RunSpec, ...]
    """The lab's spec and its variants': a run must be one of them, ``allowed`` fields aside."""
    methods: tuple[str, ...]
    allowed: dict[str, Allowed]
    data: dict[str, str]
    base: dict[str, str]
    shape: ModelShape
    full_tensors: dict[str, Shape] = {}
    train_rows: int
    test_rows: tuple[TestRow, ...] = ()

    @property
    def digest(self) -> str:
        """Changes with anything a submission is compared with."""
        encoded = msgspec.json.encode(self, order="deterministic")
        return hashlib.sha256(encoded).hexdigest()

    def most_bytes(self) -> int:
        """Of the largest weights file a submission may have, header included."""
        full = sum(4 * _product(shape) for shape in self.full_tensors.values())
        r = self.allowed.get("r")
        ranks = [spec.r for spec in self.specs]
        if r is not None:
            ranks += [int(value) for value in (r.high, *r.choices) if isinstance(value, int | float)]
        lora = 4 * self.shape.lora_parameters(max(ranks), dora=True)
        return max(full, lora) + 2 * 2**20


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a run was asked to be, as far as the assignment alone says it: neither rows nor model are read."""

    lab: str
    specs: tuple[RunSpec, ...]
    """One for each variant of the lab."""
    methods: tuple[str, ...]
    allowed: dict[str, Allowed]


def asked_of(assignment: Assignment) -> Asked:
    """The specs that the assignment allows, and what of them may be turned.

    Raises:
        LabsError: the lab is missing or wrong.
    """
    lab = find_lab(assignment.lab)
    overrides = public_overrides(assignment)
    specs = tuple(lab.run_spec(name, overrides) for name in ("", *(variant.id for variant in lab.variants)))
    return Asked(lab=lab.id, specs=specs, methods=assignment.methods, allowed=assignment.allowed)


def expectation_of(assignment: Assignment) -> Expectation:
    """Read lab, base model and data.

    Raises:
        LabsError: one of them is missing or wrong.
    """
    asked = asked_of(assignment)
    rows = read_rows_of(asked.specs[0])
    _refuse_other(assignment, "data", assignment.data, rows.digests)
    base = base_folder(assignment)
    _refuse_other(assignment, "base", assignment.base.digests, base_digests(assignment.base.model))
    full = full_layout(base, Limits()) if "full" in assignment.methods else {}
    return Expectation(
        lab=asked.lab,
        specs=asked.specs,
        methods=asked.methods,
        allowed=asked.allowed,
        data=assignment.data,
        base=assignment.base.digests,
        shape=shape_of(str(base)),
        full_tensors=full,
        train_rows=len(rows.train),
        test_rows=tuple(TestRow(row.id, row.question, row.reference) for row in rows.test),
    )


def _refuse_other(assignment: Assignment, what: str, pinned: dict[str, str], found: dict[str, str]) -> None:
    """Stop before anybody is graded against files that are not the assignment's."""
    others = sorted(name for name, digest in pinned.items() if found.get(name) != digest)
    if others:
        raise AssignmentError(
            assignment.folder, what, f"{', '.join(others)} on this machine is not what the assignment pins.",
            "Grade with the version of FineTutor that the assignment was made with, or make it anew.",
            f"assignment.{what}_changed",
        )  # fmt: skip


def public_overrides(assignment: Assignment) -> dict[str, Any]:
    """Fields of the lab's spec that the assignment fixes otherwise.

    Where students have rows of their own, this is somebody's split: as many rows as anybody's.
    """
    split = {"split_seed": 0, "split_share": assignment.split_share} if assignment.split_share else {}
    return {"base_model": assignment.base.model, **assignment.spec, **split}


def base_folder(assignment: Assignment) -> Path:
    """The instructor's copy of the base model.

    Raises:
        LabsError: ``assignment.base_missing``.
    """
    folder = local_folder(assignment.base.model)
    if folder is None:
        raise LabsError(
            "assignment.base_missing", f"{assignment.base.model} is not on this machine.",
            "`finetutor models pull` brings it.",
        )  # fmt: skip
    return folder


def hidden_rows(assignment: Assignment) -> list[Row]:
    """The hidden test set; empty where there is none.

    Raises:
        LabsError: it cannot be read, or is not the one whose digest stands in the assignment.
    """
    if not assignment.hidden.file:
        return []
    path = assignment.folder / assignment.hidden.file
    rows = read_rows(path)
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if assignment.hidden.digest and found != assignment.hidden.digest:
        raise AssignmentError(
            path, "", f"its SHA-256 is {found}, not the hidden.digest of the assignment.",
            "Run `finetutor assignment check --pin` if it was changed on purpose.", "assignment.hidden_changed",
        )  # fmt: skip
    return rows[: assignment.evaluation.hidden_rows]


def _product(shape: Shape) -> int:
    total = 1
    for side in shape:
        total *= side
    return total
