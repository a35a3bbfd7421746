"""What grading hands out, made from the gradebook and the evidence alone: the same input gives the same bytes."""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from labs.grading.copies import CopyReport, find_copies
from labs.grading.evidence import Evidence
from labs.grading.grade import Grade, Gradebook
from labs.grading.leakage import LeakageReport, find_leakage
from labs.grading.marks import Marks
from labs.grading.store import GradeStore, encode_pretty
from labs.rows import TASKS
from labs.runs import write_atomically
from labs.submission.assignment import Assignment

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,60}")


def write_outputs(
    store: GradeStore, assignment: Assignment, book: Gradebook, past: Sequence[GradeStore] = ()
) -> tuple[Path, ...]:
    """Write everything but the gradebook itself.

    ``to-mark.csv``, ``moodle.csv``, ``canvas.csv``, ``copies.json``, ``leakage.json``, ``class.<language>.html`` and
    ``reports/<student>.<language>.html``. A file whose bytes would not change is left alone; reports of students who
    are not in the gradebook any more are removed.

    Args:
        past: stores of past terms, which submissions are compared with too.

    Returns:
        The files, in the order they were made.

    Raises:
        LabsError: rows or the marks typed so far cannot be read, or the extra ``grade`` is not installed.
        OSError: the folder cannot be written.
    """
    from labs.grading.marks_csv import typed_in, waiting_csv
    from labs.grading.outputs.class_page import class_page
    from labs.grading.outputs.learning_platforms import canvas_csv, moodle_csv
    from labs.grading.outputs.student_page import student_page
    from labs.grading.outputs.words import LANGUAGES

    graded = {grade.digest for grade in (*book.grades, *book.others, *book.unreadable)}
    evidence = {one.digest: one for one in store.all_evidence() if one.digest in graded}
    copies, leakage = inspect_class(store, assignment, list(evidence.values()), past)
    reports = report_names(book)
    made = {
        "copies.json": encode_pretty(copies),
        "leakage.json": encode_pretty(leakage),
        "to-mark.csv": waiting_csv(
            assignment, book, evidence.values(), typed_in(store.folder / "to-mark.csv")
        ),
        "moodle.csv": moodle_csv(book, assignment, lambda grade: _feedback(store, grade)),
        "canvas.csv": canvas_csv(book, assignment),
    }
    for language in LANGUAGES:
        names = {student: f"{name}.{language}.html" for student, name in reports.items()}
        made[f"class.{language}.html"] = class_page(book, assignment, copies, leakage, names, language)
    folder = store.folder / "reports"
    folder.mkdir(parents=True, exist_ok=True)
    files = [_write(store.folder / name, data) for name, data in made.items()]
    for grade in book.grades:
        one = evidence.get(grade.digest)
        unpacked = store.unpacked(grade.digest) if one is not None and one.refused is None else None
        marks = store.marks(grade.digest) if one is not None else Marks()
        for language in LANGUAGES:
            page = student_page(grade, assignment, one, marks, unpacked, language)
            files.append(_write(folder / f"{reports[grade.student]}.{language}.html", page))
    for stale in set(folder.glob("*.html")) - set(files):
        stale.unlink()
    return tuple(files)


def inspect_class(
    store: GradeStore, assignment: Assignment, evidence: Sequence[Evidence], past: Sequence[GradeStore] = ()
) -> tuple[CopyReport, LeakageReport]:
    """Copies and leakage of a class.

    Raises:
        DataError: the rows cannot be read.
    """
    hidden = assignment.folder / assignment.hidden.file if assignment.hidden.file else None
    return find_copies(store, evidence, past), find_leakage(evidence, _row_files(evidence), hidden)


def report_names(book: Gradebook) -> dict[str, str]:
    """A file name by student: the id where it is a plain one, else what is plain in it and a digest."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for grade in book.grades:
        name = grade.student
        if not _SAFE.fullmatch(name) or name.casefold() in taken:
            plain = re.sub(r"[^A-Za-z0-9]+", "-", name)[:40].strip("-")
            name = f"{plain or 'student'}-{hashlib.sha256(grade.student.encode()).hexdigest()[:10]}"
        taken.add(name.casefold())
        names[grade.student] = name
    return names


def _row_files(evidence: Sequence[Evidence]) -> dict[str, Path]:
    """The training and public test rows of the tasks that were run, as far as they are ours."""
    files: dict[str, Path] = {}
    for one in evidence:
        if one.spec is None or not one.spec.task:
            continue
        for given, default in ((one.spec.train_file, "train.jsonl"), (one.spec.test_file, "test.jsonl")):
            # A student's spec names them: only files that lie in a task's folder are looked at.
            task, name = Path(one.spec.task).name, Path(given or default).name
            path = TASKS / task / name
            if path.is_file():
                files[f"{task}/{name}"] = path
    return files


def _feedback(store: GradeStore, grade: Grade) -> str:
    """Comments in one line: on the whole, then item by item."""
    if not grade.digest:
        return ""
    parts = [store.marks(grade.digest).comment, grade.overridden_reason]
    parts += [f"{item.id}: {item.comment}" for item in grade.items if item.comment]
    return "; ".join(part for part in parts if part)


def _write(path: Path, data: bytes) -> Path:
    try:
        same = path.read_bytes() == data
    except OSError:
        same = False
    if not same:
        write_atomically(path, data)
    return path
