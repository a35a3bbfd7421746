"""A person's marks by spreadsheet: what waits goes out as CSV, points and comments come back."""

import csv
import datetime
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from labs.errors import LabsError
from labs.grading.evidence import Evidence
from labs.grading.grade import Gradebook
from labs.grading.marks import Mark
from labs.grading.outputs.cells import text_cell
from labs.grading.store import GradeStore
from labs.grading.typed_csv import read_csv
from labs.submission.assignment import Assignment

COLUMNS = ("submission", "student", "item", "out_of", "points", "comment", "reason", "text")
TYPED = ("points", "comment", "reason")

Typed = Mapping[tuple[str, str], tuple[str, ...]]
"""What a person has typed, by submission and item: the columns of ``TYPED``."""


class MarksError(LabsError):
    """A CSV of marks that cannot be taken over; nothing of it was."""


def waiting_csv(
    assignment: Assignment, book: Gradebook, evidence: Iterable[Evidence], typed: Typed | None = None
) -> bytes:
    """Everything that waits for a person, with the student's words; fill in points and comment.

    Args:
        typed: what was filled in already and not yet taken over; it stays in its line.
    """
    texts = {one.digest: one.reflections for one in evidence}
    items = {item.id: item for item in assignment.rubric}
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for grade in book.grades:
        for item in grade.items:
            if item.state != "waiting":
                continue
            number, said = items[item.id].reflection, texts.get(grade.digest, ())
            text = "\n\n".join(said if number is None else said[number : number + 1])
            shown = "'" + text if text_cell(text).startswith("'") else text
            given = (typed or {}).get((grade.digest, item.id), ("",) * len(TYPED))
            writer.writerow([grade.digest, text_cell(grade.student), item.id, item.out_of, *given, shown])
    return out.getvalue().encode("utf-8-sig")


def typed_in(path: Path) -> Typed:
    """What stands in a ``to-mark.csv`` that is about to be written anew; nothing where there is none.

    Raises:
        MarksError: it cannot be read, so that what a person typed would be lost.
    """
    if not path.exists():
        return {}
    found = {
        (row.get("submission") or "", row.get("item") or ""): tuple(row.get(name) or "" for name in TYPED)
        for row in read_csv(path, MarksError, "marks")
    }
    return {key: given for key, given in found.items() if any(given)}


def read_marks(path: Path, assignment: Assignment, store: GradeStore, *, now: datetime.datetime) -> int:
    """Take over the points of a CSV as ``waiting_csv`` makes it; lines without points are left alone.

    Returns:
        How many marks were taken over.

    Raises:
        MarksError: a line that does not fit, named by its number; then none is taken over.
    """
    reader = read_csv(path, MarksError, "marks")
    missing = {"submission", "item", "points"} - set(reader.fieldnames or ())
    if missing:
        raise MarksError(
            "marks.columns", f"{path}: no column {', '.join(sorted(missing))}.",
            "Take the file that grading wrote: to-mark.csv.",
        )  # fmt: skip
    items = {item.id: item for item in assignment.rubric}
    found: dict[str, dict[str, Mark]] = {}
    for row in reader:
        points = (row["points"] or "").strip()
        if not points:
            continue
        where = f"{path}:{reader.line_num}"
        item = items.get((row["item"] or "").strip())
        digest = (row["submission"] or "").strip()
        if item is None:
            raise MarksError(
                "marks.item", f"{where}: no rubric item {row['item']!r}.", f"There are: {', '.join(items)}."
            )
        if len(digest) != 64 or store.evidence(digest) is None:
            raise MarksError(
                "marks.submission", f"{where}: no submission {digest[:20]!r}.",
                "It is the SHA-256 in to-mark.csv, or `digest` in gradebook.json.",
            )  # fmt: skip
        try:
            value = float(points)
        except ValueError as error:
            raise MarksError("marks.points", f"{where}: {points!r} is no number.") from error
        if not 0 <= value <= item.points:
            raise MarksError("marks.points", f"{where}: {value:g} is outside 0..{item.points:g}.")
        reason = (row.get("reason") or "").strip()
        if item.kind != "written" and not reason:
            raise MarksError(
                "marks.reason",
                f"{where}: {item.id} is graded automatically; a reason is needed.",
                "Write it into the column reason.",
            )
        mark = Mark(points=value, comment=(row.get("comment") or "").strip(), reason=reason)
        found.setdefault(digest, {})[item.id] = mark
    for digest, marks in found.items():
        before = store.marks(digest)
        after = msgspec.structs.replace(before, items={**before.items, **marks})
        if after != before:
            store.save_marks(digest, after, now=now)
    return sum(len(marks) for marks in found.values())
