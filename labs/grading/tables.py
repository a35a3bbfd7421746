"""The gradebook as CSV. Text cells that a spreadsheet would take for a formula begin with an apostrophe."""

import csv
import io
from collections.abc import Iterable, Sequence

from labs.grading.grade import Change, Grade, Gradebook
from labs.grading.outputs.cells import text_cell
from labs.submission.assignment import Assignment


def gradebook_csv(assignment: Assignment, book: Gradebook) -> bytes:
    """One line a student: total, each item, lateness, what was found. UTF-8 with a mark, for spreadsheets."""
    items = [item.id for item in assignment.rubric]
    header = [
        "student",
        "name",
        "status",
        "total",
        "out_of",
        *items,
        "days_late",
        "late_percent",
        "capped_by",
        "received",
        "file",
        "findings",
        "disagreements",
    ]
    return _csv([header, *(_line(grade, items) for grade in book.grades)])


def changes_csv(changes: Iterable[Change]) -> bytes:
    """Totals before and after, and the items that moved."""
    lines: list[list[object]] = [["student", "before", "after", "items"]]
    for change in changes:
        moved = "; ".join(f"{name}: {was:g} -> {now:g}" for name, (was, now) in change.items.items())
        lines.append([text_cell(change.student), change.before, change.after, text_cell(moved)])
    return _csv(lines)


def _line(grade: Grade, items: Sequence[str]) -> list[object]:
    points = {item.id: item.points for item in grade.items}
    found = " ".join(sorted({one.code for one in grade.findings if one.severity in ("refused", "wrong")}))
    differing = " ".join(f"{one.source}:{one.metric}" for one in grade.disagreements if not one.agrees)
    return [
        text_cell(grade.student), text_cell(grade.name), grade.status, grade.total, grade.out_of,
        *(points.get(item, "") for item in items), grade.days_late, grade.late_percent,
        text_cell(" ".join(grade.capped_by)), grade.received.isoformat() if grade.received else "", text_cell(grade.file),
        text_cell(found), text_cell(differing),
    ]  # fmt: skip


def _csv(lines: Iterable[Sequence[object]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(lines)
    return out.getvalue().encode("utf-8-sig")
