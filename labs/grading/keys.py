"""Digests of everything a tier's result depends on: while a key stays the same, the result stands."""

import hashlib
from pathlib import Path
from typing import Any

import msgspec

from labs.grading.evidence import Evidence, Tier
from labs.grading.expectation import Expectation, base_folder, public_overrides
from labs.grading.limits import Limits
from labs.grading.recompute_order import STUDENTS_FIELDS, RecomputeSetup, RowSet
from labs.lab import find_lab
from labs.rows import TASKS
from labs.submission.assignment import Assignment
from labs.submission.assignment_template import base_digests

VERSION = 1
"""Raised when grading itself changes, so that older evidence is found out again."""


def intake_key(assignment: Assignment, expected: Expectation, limits: Limits) -> str:
    """Of intake and arithmetic: all that a bundle is compared with."""
    seeds = [
        assignment.per_student_seed,
        assignment.split_share,
        hashlib.sha256(assignment.secret.encode()).hexdigest(),
        assignment.aliases,
    ]
    return _digest(["intake", VERSION, expected.digest, limits, seeds])


class RecomputeKeys:
    """Keys of the tiers that run the model, for one assignment. Digests of base and rows are read once."""

    def __init__(self, assignment: Assignment, setup: RecomputeSetup) -> None:
        self._base = base_digests(assignment.base.model)
        self._rows = {
            one.name: (hashlib.sha256(Path(one.file).read_bytes()).hexdigest(), one.rows)
            for one in setup.sets
        }
        spec = setup.spec
        self._how = [spec.metrics, spec.max_length, spec.max_new_tokens, spec.eval_batch_size]
        self._replay = [setup.replay_steps, setup.replay_tolerance]

    def of(self, evidence: Evidence) -> dict[Tier, str]:
        """The keys that a submission's results must have; empty for one that is refused."""
        spec, adapter = evidence.spec, evidence.adapter
        if evidence.refused is not None or spec is None or adapter is None:
            return {}
        model = [
            VERSION, self._base, self._how, adapter, spec.quantization, spec.bnb_4bit_use_double_quant,
        ]  # fmt: skip
        keys: dict[Tier, str] = {}
        for name in ("public", "hidden"):
            if name in self._rows:
                keys[name] = _digest([name, *model, self._rows[name]])
        if "public" in self._rows:
            keys["predictions"] = _digest(["predictions", evidence.digest, keys["public"]])
        if self._replay[0]:
            chosen = [getattr(spec, name) for name in STUDENTS_FIELDS]
            keys["replay"] = _digest(["replay", *model, chosen, self._replay, evidence.digest])
        return keys


def recompute_setup(assignment: Assignment) -> RecomputeSetup:
    """What a worker needs, from the assignment.

    Raises:
        LabsError: lab, base model or rows are missing.
    """
    lab = find_lab(assignment.lab)
    spec = lab.run_spec("", public_overrides(assignment))
    if assignment.evaluation.metrics:
        spec = msgspec.structs.replace(spec, metrics=assignment.evaluation.metrics)
    sets: list[RowSet] = []
    if spec.evaluate:
        folder = TASKS / spec.task if spec.task else Path()
        rows = assignment.evaluation.public_rows
        rows = spec.test_rows if rows is None else rows
        file = folder / (spec.test_file or "test.jsonl")
        sets.append(RowSet(name="public", file=str(file), rows=rows, folder=str(folder) if spec.task else ""))
    if assignment.hidden.file:
        folder = TASKS / spec.task if spec.task else assignment.folder
        sets.append(
            RowSet(
                name="hidden", file=str(assignment.folder / assignment.hidden.file), rows=assignment.evaluation.hidden_rows,
                folder=str(folder),
            )
        )  # fmt: skip
    return RecomputeSetup(
        base=str(base_folder(assignment)),
        spec=spec,
        sets=tuple(sets),
        replay_steps=assignment.evaluation.replay_steps,
        replay_tolerance=assignment.evaluation.replay_tolerance,
    )


def _digest(parts: Any) -> str:
    return hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()
