"""Numbers about a class: distribution of totals, item statistics, what failed most."""

import math
import statistics
from collections import Counter
from collections.abc import Sequence

import msgspec

from labs.grading.evidence import Finding
from labs.grading.grade import Grade
from labs.submission.assignment import Assignment

_LEAST_FOR_DISCRIMINATION = 8


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Of the totals of what was handed in and graded."""

    n: int
    mean: float = 0.0
    median: float = 0.0
    deviation: float = 0.0
    """Of the sample, n - 1."""
    low: float = 0.0
    high: float = 0.0


class ItemFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Of one rubric item, over the submissions in which it has its points."""

    id: str
    out_of: float
    n: int
    waiting: int
    mean: float
    facility: float
    """Mean over ``out_of``, 0-1: how easy it was."""
    discrimination: float | None
    """Correlation of the item with the rest of the total; None below 8 submissions, or where all have the same."""


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that several have."""

    finding: Finding
    """The first student's."""
    students: tuple[str, ...]


def totals(grades: Sequence[Grade]) -> list[float]:
    """Totals of graded submissions; the missing and the refused are counted apart."""
    return [grade.total for grade in grades if grade.status in ("graded", "waiting")]


def class_facts(grades: Sequence[Grade]) -> Facts:
    """Mean, median, spread of the totals."""
    values = totals(grades)
    if not values:
        return Facts(n=0)
    return Facts(
        n=len(values), mean=statistics.fmean(values), median=statistics.median(values), low=min(values),
        high=max(values), deviation=statistics.stdev(values) if len(values) > 1 else 0.0,
    )  # fmt: skip


def item_facts(grades: Sequence[Grade], assignment: Assignment) -> list[ItemFacts]:
    """Facility and discrimination of every rubric item (Ebel and Frisbie, Essentials of Educational Measurement)."""
    found = []
    for item in assignment.rubric:
        pairs, waiting = [], 0
        for grade in grades:
            mine = next((one for one in grade.items if one.id == item.id), None)
            if grade.status not in ("graded", "waiting") or mine is None:
                continue
            if mine.state == "waiting":
                waiting += 1
            else:
                pairs.append((mine.points, grade.earned - mine.points))
        mean = statistics.fmean(points for points, _ in pairs) if pairs else 0.0
        found.append(
            ItemFacts(
                id=item.id, out_of=item.points, n=len(pairs), waiting=waiting, mean=mean,
                facility=mean / item.points if item.points else 0.0, discrimination=_correlation(pairs),
            )
        )  # fmt: skip
    return found


def failures(grades: Sequence[Grade]) -> list[Failure]:
    """What was found, by how many students have it, most frequent first; notes left out."""
    first: dict[str, Finding] = {}
    students: dict[str, set[str]] = {}
    for grade in grades:
        for code, finding in {one.code: one for one in reversed(grade.findings)}.items():
            if finding.severity != "note":
                first.setdefault(code, finding)
                students.setdefault(code, set()).add(grade.student or grade.file)
    return [
        Failure(finding=first[code], students=tuple(sorted(students[code])))
        for code in sorted(first, key=lambda code: (-len(students[code]), code))
    ]


def states(grades: Sequence[Grade]) -> list[tuple[str, int]]:
    """How many are graded, waiting, refused, missing, late; only those that occur."""
    counts = Counter(grade.status for grade in grades)
    late = sum(grade.days_late > 0 for grade in grades)
    named = [(name, counts[name]) for name in ("graded", "waiting", "refused", "missing")]
    return [(name, count) for name, count in [*named, ("late", late)] if count]


def _correlation(pairs: Sequence[tuple[float, float]]) -> float | None:
    if len(pairs) < _LEAST_FOR_DISCRIMINATION:
        return None
    first, second = zip(*pairs, strict=True)
    if max(first) - min(first) < 1e-9 or max(second) - min(second) < 1e-9:
        return None
    value = statistics.correlation(first, second)
    return None if math.isnan(value) else value
