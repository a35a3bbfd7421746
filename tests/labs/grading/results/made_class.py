"""A class in a store, made without a model: adapters of random numbers, answers, logs, grades. Loaded by path."""

import datetime
import hashlib
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from labs.events import Step
from labs.grading.evidence import AdapterFacts, EvaluationPoint, Evidence, Finding, Point, TierResult
from labs.grading.grade import Disagreement, Grade, Gradebook, ItemGrade
from labs.grading.store import GradeStore, encode_pretty
from labs.runs import Prediction
from labs.spec import RunSpec
from labs.submission.assignment import Assignment, Cap, RubricItem
from labs.text import Text
from metrics.score import Interval, Score

MODULES = {"layers.0.q_proj": (24, 16), "layers.0.up_proj": (24, 40), "layers.1.q_proj": (24, 16)}
"""Features in and out."""
ROWS = 40
NOON = datetime.datetime(2026, 11, 22, 12, tzinfo=datetime.UTC)
Pair = tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]
Adapter = dict[str, Pair]


def adapter_of(seed: int, r: int = 4, modules: Mapping[str, tuple[int, int]] = MODULES) -> Adapter:
    """A (r, in) and B (out, r) by module."""
    rng = np.random.default_rng(seed)
    return {
        name: (rng.normal(size=(r, wide)).astype("<f4"), rng.normal(size=(tall, r)).astype("<f4"))
        for name, (wide, tall) in modules.items()
    }


def refactored(adapter: Adapter, seed: int) -> Adapter:
    """(B R, R^-1 A): other tensors, the same dW."""
    rng = np.random.default_rng(seed)
    changed = {}
    for name, (A, B) in adapter.items():
        R = rng.normal(size=(len(A), len(A))) + 3 * np.eye(len(A))
        changed[name] = ((np.linalg.inv(R) @ A).astype("<f4"), (B @ R).astype("<f4"))
    return changed


def safetensors_bytes(tensors: Mapping[str, np.ndarray[Any, Any]]) -> bytes:
    """As the grader writes it: names in order, float32."""
    header, data = {}, b""
    for name in sorted(tensors):
        raw = tensors[name].astype("<f4").tobytes()
        span = [len(data), len(data) + len(raw)]
        header[name] = {"dtype": "F32", "shape": list(tensors[name].shape), "data_offsets": span}
        data += raw
    encoded = msgspec.json.encode(header)
    encoded += b" " * (-len(encoded) % 8)
    return struct.pack("<Q", len(encoded)) + encoded + data


def answers_by(seed: int, share_right: float) -> list[Prediction]:
    """Some answers are right, the others are mistakes of one's own."""
    rng = np.random.default_rng(seed)
    rows = []
    for row in range(ROWS):
        right = rng.random() < share_right
        said = f"answer {row}" if right else f"mistake {row} no. {rng.integers(1_000_000)}"
        rows.append(
            Prediction(
                id=f"r{row}", prompt=f"question {row}?", reference=f"answer {row}", base="um", tuned=said
            )
        )
    return rows


def losses_by(seed: int, steps: int = 12) -> list[tuple[float, float]]:
    """Loss and time of every step."""
    rng = np.random.default_rng(seed)
    return [
        (round(4 / (1 + 0.3 * step) + rng.normal() * 0.02, 6), round(0.4 * step + rng.random() * 0.1, 6))
        for step in range(steps)
    ]


def assignment_of(folder: Path) -> Assignment:
    """Three items: a threshold, a line, a text."""
    return Assignment(
        format_version=1,
        id="tune-it",
        title=Text(en="Tune it", zh="微调一下"),
        lab="first-qlora",
        rubric=(
            RubricItem(id="works", title=Text(en="It works", zh="能用"), points=6, expression="hidden.exact_match >= 0.5"),
            RubricItem(id="good", title=Text(en="How good", zh="效果"), points=4, kind="linear", expression="hidden.bleu", low=0, high=100),
            RubricItem(
                id="why", title=Text(en="Why it works", zh="为什么有效"), points=5, kind="written", reflection=0,
                comments=(Text(en="Well argued.", zh="论证清楚。"), Text(en="Where is the evidence?", zh="依据是什么？")),
            ),
        ),
        caps=(Cap(id="replay", expression="not tier.replay", percent=50, reason=Text(en="It cannot be replayed", zh="无法重放")),),
        folder=folder,
    )  # fmt: skip


def score(name: str, value: float, half: float = 0.0) -> Score:
    """A score with an interval of the given half-width."""
    interval = Interval(value - half, value + half) if half else None
    return Score(name=name, value=value, scale="0-1", n=ROWS, signature=f"{name}|made:up", interval=interval)


def hand_in(
    store: GradeStore, student: str, *, adapter: Adapter, answers: Sequence[Prediction], losses: Sequence[tuple[float, float]],
    seed: int = 0, minutes: int = 0, public: float = 0.7, hidden: float = 0.68, name: str = "", alpha: float = 8.0,
    reflections: tuple[str, ...] = ("It learnt the format.",), findings: tuple[Finding, ...] = (),
) -> Evidence:  # fmt: skip
    """One submission's evidence and parsed files in the store."""
    tensors = {
        f"{module}.lora_{part}": matrix
        for module, pair in adapter.items() for part, matrix in zip("AB", pair, strict=True)
    }  # fmt: skip
    data = safetensors_bytes(tensors)
    digest = hashlib.sha256(data + student.encode() + bytes([minutes % 250])).hexdigest()
    folder = store.unpacked(digest)
    folder.mkdir(parents=True)
    (folder / "adapter.safetensors").write_bytes(data)
    (folder / "predictions.jsonl").write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in answers))
    events = [
        Step(seq=at + 1, t=t, step=at + 1, epoch=0.1 * at, loss=loss, learning_rate=1e-3, grad_norm=1.0, tokens=at,
             tokens_per_second=1.0, memory_mib=1.0, eta_s=0.0)
        for at, (loss, t) in enumerate(losses)
    ]  # fmt: skip
    (folder / "events.jsonl").write_bytes(b"".join(msgspec.json.encode(event) + b"\n" for event in events))
    r = next(iter(adapter.values()))[0].shape[0]
    evidence = Evidence(
        digest=digest,
        file=f"{student}_first-qlora_x.zip",
        bytes=len(data),
        received=NOON + datetime.timedelta(minutes=minutes),
        student=student,
        name=name,
        lab="first-qlora",
        run_id="run",
        outcome="completed",
        isolation="limits",
        tiers={
            "intake": TierResult(key="k", state="passed", findings=findings),
            "public": TierResult(
                key="k", state="passed", scores={"exact_match": score("exact_match", public, 0.05)},
                base_scores={"exact_match": score("exact_match", 0.1, 0.04)},
            ),
            "hidden": TierResult(
                key="k", state="passed", scores={"exact_match": score("exact_match", hidden, 0.05)},
                base_scores={"exact_match": score("exact_match", 0.08, 0.04)},
            ),
        },
        spec=RunSpec(lab="first-qlora", task="labour-law-qa", seed=seed),
        adapter=AdapterFacts(
            sha256=hashlib.sha256(data).hexdigest(), tensors=len(tensors), r=r, lora_alpha=alpha,
            parameters=sum(matrix.size for matrix in tensors.values()),
        ),
        steps=tuple(Point(at + 1, loss, 1e-3) for at, (loss, _) in enumerate(losses)),
        evaluations=(EvaluationPoint(6, 2.5), EvaluationPoint(12, 1.9)),
        reflections=reflections,
    )  # fmt: skip
    store.save_evidence(evidence)
    return evidence


def grade_of(evidence: Evidence, works: float, good: float, why: float | None = None) -> Grade:
    """A grade with the points given; None waits for a person."""
    items = (
        ItemGrade(id="works", kind="check", points=works, out_of=6, state="automatic", reason="Met.", code="met"),
        ItemGrade(id="good", kind="linear", points=good, out_of=4, state="automatic", reason="So far.", code="linear"),
        ItemGrade(id="why", kind="written", points=why or 0.0, out_of=5, state="waiting" if why is None else "marked",
                  reason="Marked by a person.", code="marked", comment="" if why is None else "Well argued."),
    )  # fmt: skip
    earned = works + good + (why or 0.0)
    return Grade(
        student=evidence.student, name=evidence.name, status="waiting" if why is None else "graded",
        digest=evidence.digest, file=evidence.file, received=evidence.received, items=items, earned=earned,
        total=earned, out_of=15, findings=evidence.findings,
        scores={
            "public": dict(evidence.tiers["public"].scores), "hidden": dict(evidence.tiers["hidden"].scores),
            "base_public": dict(evidence.tiers["public"].base_scores), "base_hidden": dict(evidence.tiers["hidden"].base_scores),
        },
        disagreements=(
            Disagreement(metric="exact_match", claimed=0.99, recomputed=0.7, tolerance=0.02, source="public", agrees=False),
        ),
    )  # fmt: skip


def class_of(folder: Path, students: int = 10) -> tuple[GradeStore, Assignment, Gradebook]:
    """Honest students s00, s01, ..., one missing; the gradebook is written."""
    store = GradeStore(folder / "out")
    store.prepare()
    assignment = assignment_of(folder)
    grades = []
    for at in range(students):
        found = hand_in(
            store, f"s{at:02}", adapter=adapter_of(at), answers=answers_by(at, 0.4 + 0.05 * at), losses=losses_by(at),
            seed=at, minutes=at, name=f"Student {at}", public=0.6 + 0.02 * at, hidden=0.58 + 0.02 * at,
        )  # fmt: skip
        grades.append(grade_of(found, 6.0 if at % 3 else 0.0, 0.4 * at, None if at % 2 else 0.5 * at))
    grades.append(Grade(student="s99", name="Absent", status="missing", out_of=15))
    book = Gradebook(assignment="tune-it", assignment_digest="0" * 64, out_of=15, grades=tuple(grades))
    store.gradebook_file.write_bytes(encode_pretty(book))
    return store, assignment, book
