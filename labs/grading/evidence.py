"""What grading found out about one submission: tier by tier, each with its inputs' digest, so that nothing is done twice."""

import datetime
from typing import Any, Literal

import msgspec

from labs.spec import RunSpec
from metrics.score import Score

Tier = Literal["intake", "arithmetic", "predictions", "public", "hidden", "replay"]
TIERS: tuple[Tier, ...] = ("intake", "arithmetic", "predictions", "public", "hidden", "replay")
Severity = Literal["refused", "wrong", "warning", "note"]
"""``refused``: the submission is not graded. ``wrong``: it says what is not so. ``warning``: a person should look."""
State = Literal["passed", "failed", "skipped"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was found. ``code`` is stable; ``message`` is English; ``values`` are what it is filled with."""

    code: str
    severity: Severity
    message: str
    where: str = ""
    """File within the bundle, or field."""
    values: dict[str, float | int | str] = {}


class TierResult(msgspec.Struct, frozen=True, kw_only=True):
    """What one tier gave."""

    key: str
    """Digest of everything this result depends on; while it stays the same, the result stands."""
    state: State
    findings: tuple[Finding, ...] = ()
    scores: dict[str, Score] = {}
    """Of the tuned model (predictions, public, hidden), by metric."""
    base_scores: dict[str, Score] = {}
    """Of the instructor's base model on the same rows."""
    values: dict[str, float | int | str] = {}
    """Other measured values, e.g. the largest difference of a replayed loss."""


class AdapterFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The adapter as it was parsed."""

    sha256: str
    """Of the canonical tensors: sorted names, float32, little-endian."""
    tensors: int
    parameters: int
    r: int
    lora_alpha: float
    use_rslora: bool = False
    use_dora: bool = False


class Point(msgspec.Struct, frozen=True):
    """One logged step, for curves."""

    step: int
    loss: float | None
    learning_rate: float


class EvaluationPoint(msgspec.Struct, frozen=True):
    """One logged validation loss."""

    step: int
    loss: float | None


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """One submission's file in the store. Every text of the student's in it is cleaned."""

    format_version: Literal[1] = 1
    digest: str
    """SHA-256 of the archive: the submission's id."""
    file: str
    """The archive's name."""
    bytes: int
    received: datetime.datetime
    """UTC."""
    received_from: Literal["receipts", "file"] = "file"
    """The instructor's list of receipts, or the file's modification time."""
    student: str = ""
    name: str = ""
    lab: str = ""
    run_id: str = ""
    outcome: str = ""
    isolation: str = ""
    """What held the child that parsed it, e.g. ``limits+user+net+pid``."""
    tiers: dict[Tier, TierResult] = {}
    spec: RunSpec | None = None
    adapter: AdapterFacts | None = None
    claimed: dict[str, Score] = {}
    """The tuned model's scores as the student's files give them; never graded."""
    claimed_base: dict[str, Score] = {}
    steps: tuple[Point, ...] = ()
    evaluations: tuple[EvaluationPoint, ...] = ()
    plan: dict[str, float | int | str] = {}
    answers: dict[str, float | int] = {}
    """What the student predicted before the run."""
    reflections: tuple[str, ...] = ()
    quiz: dict[str, str | tuple[str, ...]] = {}
    measured: dict[str, Any] = {}
    """Groups of values off the event log (labs.measured), for calibration."""

    @property
    def refused(self) -> Finding | None:
        """Why the submission is not graded; None where it is."""
        return next(
            (f for tier in self.tiers.values() for f in tier.findings if f.severity == "refused"), None
        )

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, in the order of the tiers."""
        return tuple(f for tier in TIERS if tier in self.tiers for f in self.tiers[tier].findings)
