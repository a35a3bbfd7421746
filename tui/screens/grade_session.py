"""One class being graded: its assignment, store and gradebook. The pages only read it and call it; it draws nothing."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from labs.errors import LabsError
from labs.grading.evidence import Evidence
from labs.grading.grade import Grade, Gradebook
from labs.grading.marks import Mark, Marks
from labs.grading.store import GradeStore
from labs.submission.assignment import Assignment, RubricItem

if TYPE_CHECKING:
    from labs.grading.batch import Progress
    from labs.grading.copies import CopyReport
    from labs.grading.roster import Student
    from tui.cli.quiz_marker import BankMarker

Clock = Callable[[], datetime]


class MarkError(LabsError):
    """A mark that cannot be kept as it is: ``mark.points``, ``mark.reason``."""


class GradingSession:
    """Opened from an assignment file and the folder that grading writes."""

    def __init__(self, assignment: Path, folder: Path, out: Path, roster: Path | None, clock: Clock) -> None:
        """Read the assignment, the roster, and what was graded before.

        Raises:
            LabsError: one of them cannot be used.
        """
        from labs.grading.roster import read_roster
        from labs.submission.assignment_file import load_assignment

        self.assignment: Assignment = load_assignment(assignment)
        self.folder = folder
        self.store = GradeStore(out)
        self.roster: dict[str, Student] | None = read_roster(roster) if roster is not None else None
        self.book: Gradebook | None = self.store.gradebook()
        self.copies: CopyReport | None = self._read_copies()
        self.stop = threading.Event()
        self._clock = clock

    def grades(self) -> tuple[Grade, ...]:
        """All submissions and missing students, those that count first."""
        book = self.book
        return () if book is None else (*book.grades, *book.others, *book.unreadable)

    def grade_of(self, key: str) -> Grade | None:
        """By digest, or by student's id where nothing was handed in."""
        return next((grade for grade in self.grades() if key_of(grade) == key), None)

    def item(self, name: str) -> RubricItem | None:
        """A rubric item by id."""
        return next((item for item in self.assignment.rubric if item.id == name), None)

    def run(self, progress: "Callable[[Progress], None]") -> None:
        """Grade the folder, going on where an earlier grading was left; blocks for minutes. ``stop`` ends it.

        Raises:
            LabsError: ``grading.stopped`` after ``stop``; otherwise why it cannot go on.
        """
        from labs.grading.batch import grade_folder
        from labs.grading.executor import LocalExecutor

        self.stop.clear()

        def told(now: "Progress") -> bool:
            progress(now)
            return not self.stop.is_set()

        executor = LocalExecutor(log=self.store.folder / "worker.log")
        with self.store.held():
            self.book = grade_folder(
                self.assignment, self.folder, self.store, executor, now=self._clock, roster=self.roster,
                quiz=_bank_marker(), progress=told,
            )  # fmt: skip

    def look(self) -> Gradebook:
        """The gradebook as far as the evidence goes, without writing it; for a look while grading goes on.

        Raises:
            LabsError: marks or lab are damaged.
        """
        from labs.grading.gradebook import build_gradebook
        from labs.lab import find_lab

        return build_gradebook(
            self.assignment, find_lab(self.assignment.lab), self.store.all_evidence(), self.store.marks,
            roster=self.roster, quiz=_bank_marker(),
        )  # fmt: skip

    def mark(self, grade: Grade, item: RubricItem, points: str, comment: str, reason: str) -> None:
        """Keep a person's decision on one item and grade anew.

        Raises:
            MarkError: no number, out of range, or an automatic item without a reason.
            LabsError: it cannot be written.
        """
        value = _points(points, item.points)
        if item.kind != "written" and not reason.strip():
            raise MarkError("mark.reason", "Say why the computed points are replaced.")
        marks = self.store.marks(grade.digest)
        mark = Mark(points=value, comment=comment.strip(), reason=reason.strip())
        changed = msgspec.structs.replace(marks, items={**marks.items, item.id: mark})
        self._keep(grade, changed, "mark" if item.kind == "written" else "override")

    def unmark(self, grade: Grade, item: RubricItem) -> None:
        """Take a decision back: the computed points hold again."""
        marks = self.store.marks(grade.digest)
        left = {name: mark for name, mark in marks.items.items() if name != item.id}
        self._keep(grade, msgspec.structs.replace(marks, items=left), "mark")

    def override(self, grade: Grade, total: str, reason: str) -> None:
        """Set the total.

        Raises:
            MarkError: no number, out of range, or no reason.
        """
        marks = self.store.marks(grade.digest)
        value = _points(total, grade.out_of)
        if not reason.strip():
            raise MarkError("mark.reason", "Say why the total is replaced.")
        self._keep(grade, msgspec.structs.replace(marks, total=value, reason=reason.strip()), "override")

    def release(self, grade: Grade) -> None:
        """Take a total that was set back: the computed one holds again."""
        marks = self.store.marks(grade.digest)
        self._keep(grade, msgspec.structs.replace(marks, total=None, reason=""), "override")

    def comment(self, grade: Grade, text: str) -> None:
        """A comment on the whole, for the student."""
        marks = self.store.marks(grade.digest)
        self._keep(grade, msgspec.structs.replace(marks, comment=text.strip()), "mark")

    def marks(self, grade: Grade) -> Marks:
        """A person's decisions on a submission."""
        return self.store.marks(grade.digest) if grade.digest else Marks()

    def evidence(self, grade: Grade) -> Evidence | None:
        """What is known about a submission."""
        return self.store.evidence(grade.digest) if grade.digest else None

    def comments(self, item: RubricItem, language: str) -> list[str]:
        """Comments to use again: the rubric's, then those given to others before, most used first."""
        used: dict[str, int] = {}
        for grade in self.grades():
            for one in grade.items:
                if one.id == item.id and one.comment:
                    used[one.comment] = used.get(one.comment, 0) + 1
        given = [text.zh if language == "zh" else text.en for text in item.comments]
        return list(dict.fromkeys([*given, *sorted(used, key=lambda text: (-used[text], text))]))

    def export(self) -> tuple[Path, ...]:
        """Write everything that is handed out; blocks for seconds.

        Raises:
            LabsError: rows cannot be read, or the extra ``grade`` is missing.
            OSError: the folder cannot be written.
        """
        from labs.grading.outputs import write_outputs

        if self.book is None:
            return ()
        with self.store.held():
            files = write_outputs(self.store, self.assignment, self.book)
        self.copies = self._read_copies()
        return files

    def waiting(self) -> Iterator[Grade]:
        """What a person has still to mark, in the order of the gradebook."""
        return (grade for grade in self.grades() if grade.status == "waiting" and grade.counts)

    def _keep(self, grade: Grade, marks: Marks, action: str) -> None:
        from labs.grading.gradebook import regrade

        self.store.save_marks(grade.digest, marks, now=self._clock(), action=action)
        digests = [one.digest for one in self.grades() if one.digest]
        self.book, _ = regrade(
            self.assignment, self.store, digests=digests, roster=self.roster, quiz=_bank_marker()
        )

    def _read_copies(self) -> "CopyReport | None":
        from labs.grading.copies import CopyReport

        try:
            return msgspec.json.decode((self.store.folder / "copies.json").read_bytes(), type=CopyReport)
        except (OSError, msgspec.DecodeError):
            return None  # it is made anew with the next export


def key_of(grade: Grade) -> str:
    """What tells a row from all others."""
    return grade.digest or grade.student


def _points(text: str, most: float) -> float:
    try:
        value = float(text.strip().replace("，", ".").replace(",", "."))
    except ValueError as error:
        raise MarkError("mark.points", f"{text!r} is no number.") from error
    if not 0 <= value <= most:
        raise MarkError("mark.points", f"Between 0 and {most:g}.")
    return value


def _bank_marker() -> "BankMarker":
    from tui.cli.quiz_marker import BankMarker

    return BankMarker()
