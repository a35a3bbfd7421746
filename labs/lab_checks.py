"""Points of a lab: each check's expression over what a run measured."""

from collections.abc import Iterable

import msgspec

from labs.lab import Check, Lab
from labs.lab_progress import LabProgress
from labs.measured import Measured, MeasureError, evaluate, measure
from labs.runs import Run


class Checked(msgspec.Struct, frozen=True):
    """One check against one run. ``met`` is None where the run did not measure what it asks about."""

    check: Check
    met: bool | None
    note: str = ""
    """Why it could not be judged, in English."""

    @property
    def points(self) -> float:
        """What it earns."""
        return self.check.points if self.met else 0.0


def check_run(lab: Lab, measured: Measured) -> tuple[Checked, ...]:
    """Judge every check. What was not measured is never passed."""
    return tuple(_judge(check, measured) for check in lab.checks)


def total_points(lab: Lab) -> float:
    """All points that can be earned."""
    return sum(check.points for check in lab.checks)


def other_variants(lab: Lab, run: Run, runs: Iterable[Run]) -> dict[str, Run]:
    """The newest run of each other variant of the lab, by the variant's id; ``runs`` newest first."""
    found: dict[str, Run] = {}
    for other in runs:
        if other.id == run.id:
            continue
        spec = other.spec
        if spec.lab != lab.id:
            continue
        for variant in lab.variants:
            if variant.id not in found and all(
                getattr(spec, name) == _as_spec(value) for name, value in variant.spec.items()
            ):
                found[variant.id] = other
    return found


def measure_lab(lab: Lab, run: Run, runs: Iterable[Run]) -> Measured:
    """What a run measured, with the lab's other variants where it compares several."""
    return measure(run, other_variants(lab, run, runs) if lab.variants else None)


def is_complete(progress: LabProgress, checked: Iterable[Checked]) -> bool:
    """Whether a student may close the lab: every check is met, or it has none, after a run that ended."""
    return progress.tried and all(one.met for one in checked)


def _judge(check: Check, measured: Measured) -> Checked:
    try:
        return Checked(check, bool(evaluate(check.expression, measured)))
    except MeasureError as error:
        return Checked(check, None, error.message)


def _as_spec(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value
