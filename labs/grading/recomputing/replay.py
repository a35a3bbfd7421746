"""Train the first steps again and compare the losses: an adapter that came from elsewhere has another log."""

import tempfile
from pathlib import Path
from typing import Any

import msgspec

from labs.events import Event, Step
from labs.grading.evidence import Finding, TierResult
from labs.grading.recompute_order import STUDENTS_FIELDS, RecomputeSetup, RecomputeTask
from labs.orders import Train
from labs.runs import create_run
from labs.spec import RunSpec
from labs.training.run import train


class _FirstSteps:
    """Keeps the losses, and asks to stop after the last step wanted."""

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._seq = 0
        self.losses: list[float | None] = []

    def say(self, kind: type[Event], **fields: Any) -> Event:
        """Take an event of the training."""
        self._seq += 1
        event = kind(seq=self._seq, t=0.0, **fields)
        if isinstance(event, Step):
            self.losses.append(event.loss)
        return event

    def seconds(self) -> float:
        """Nobody asks."""
        return 0.0

    @property
    def should_stop(self) -> bool:
        """After the last step wanted."""
        return len(self.losses) >= self._steps

    @property
    def stop_reason(self) -> str:
        """As an instructor's stop."""
        return "asked" if self.should_stop else ""


def replay_spec(spec: RunSpec, setup: RecomputeSetup) -> RunSpec:
    """The lab's spec with what the student chose, nothing evaluated."""
    chosen = {name: getattr(spec, name) for name in STUDENTS_FIELDS}
    return msgspec.structs.replace(
        setup.spec,
        **chosen,
        base_model=setup.base,
        evaluate=False,
        eval_steps=0,
        save_steps=0,
        early_stopping_patience=0,
    )


def replay(task: RecomputeTask, setup: RecomputeSetup) -> TierResult:
    """Compare the losses of the first ``setup.replay_steps`` steps."""
    key = task.keys["replay"]
    logged = task.losses[: setup.replay_steps]
    if not logged:
        return TierResult(key=key, state="skipped")
    import datetime

    with tempfile.TemporaryDirectory(prefix="finetutor-replay-") as folder:
        spec = replay_spec(task.spec, setup)
        epoch = datetime.datetime.fromtimestamp(0, datetime.UTC)
        run = create_run(Path(folder), spec, now=epoch)
        first = _FirstSteps(len(logged))
        train(Train(folder=str(run.folder), spec=spec), first, first)
    worst, at = 0.0, 0
    for number, (said, found) in enumerate(zip(logged, first.losses, strict=False), 1):
        if said is None or found is None:
            continue
        difference = abs(said - found) / max(abs(found), 1e-9)
        if difference > worst:
            worst, at = difference, number
    values: dict[str, float | int | str] = {"steps": len(first.losses), "worst": round(worst, 6), "at": at}
    if worst <= setup.replay_tolerance:
        return TierResult(key=key, state="passed", values=values)
    finding = Finding(
        code="replay.differs", severity="wrong", where="events.jsonl",
        message=f"step {at}: the logged loss differs by {100 * worst:.1f} % from one trained again.", values=values,
    )  # fmt: skip
    return TierResult(key=key, state="failed", findings=(finding,), values=values)
