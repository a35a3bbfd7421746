"""Who is in the class, when each file came in, and which roster id a mistyped one may mean."""

import datetime
import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from labs.errors import LabsError
from labs.grading.typed_csv import read_csv
from metrics.clean import clean

_ID = ("id", "student", "student_id", "studentid", "id number", "sis user id", "学号")
_NAME = ("name", "full name", "student name", "姓名")
_FILE = ("file", "filename", "文件")
_TIME = ("received", "submitted", "time", "timestamp", "提交时间")


class RosterError(LabsError):
    """A CSV of the instructor's that cannot be used."""


class Student(msgspec.Struct, frozen=True):
    """One line of the roster."""

    id: str
    name: str = ""


def read_roster(path: Path) -> dict[str, Student]:
    """Students by id. Columns: an id (``id``, ``student_id``, ``学号`` ...) and, where there is one, a name.

    Raises:
        RosterError: unreadable, no id column, or an id twice.
    """
    students: dict[str, Student] = {}
    for line, row in _rows(path):
        student = clean(_cell(row, _ID, path), one_line=True)
        if not student:
            continue
        if student in students:
            raise RosterError("roster.duplicate", f"{path}:{line}: {student} is there twice.")
        students[student] = Student(student, clean(_cell(row, _NAME, path, needed=False), one_line=True))
    if not students:
        raise RosterError("roster.empty", f"{path}: no students.")
    return students


def read_receipts(path: Path) -> dict[str, datetime.datetime]:
    """When each file came in, by its name: columns ``file`` and ``received`` (ISO 8601 with a UTC offset).

    Raises:
        RosterError: unreadable, a column missing, or a time without offset.
    """
    receipts: dict[str, datetime.datetime] = {}
    for line, row in _rows(path):
        text = _cell(row, _TIME, path)
        try:
            moment = datetime.datetime.fromisoformat(text)
        except ValueError as error:
            raise RosterError("receipts.time", f"{path}:{line}: {text!r} is no ISO 8601 time.") from error
        if moment.tzinfo is None:
            raise RosterError(
                "receipts.time", f"{path}:{line}: {text!r} has no UTC offset.", "2026-12-01T23:59:00+08:00"
            )
        receipts[_cell(row, _FILE, path)] = moment.astimezone(datetime.UTC)
    return receipts


def near_ids(student: str, roster: Iterable[str]) -> tuple[str, ...]:
    """Ids of the roster that look like ``student``, nearest first; at most three."""
    by_fold: dict[str, list[str]] = {}
    for one in roster:
        by_fold.setdefault(_folded(one), []).append(one)
    folded = _folded(student)
    if folded in by_fold:
        return tuple(sorted(by_fold[folded]))
    close = difflib.get_close_matches(folded, sorted(by_fold), n=3, cutoff=0.75)
    return tuple(one for fold in close for one in sorted(by_fold[fold]))[:3]


def _folded(student: str) -> str:
    """Case, spaces and separators aside, with letters that are taken for digits as digits."""
    plain = "".join(c for c in student.casefold() if c.isalnum())
    return plain.translate(str.maketrans("oil", "011"))


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    reader = read_csv(path, RosterError, "roster")
    return [
        (
            reader.line_num,
            {
                (key or "").strip().casefold(): (value or "").strip()
                for key, value in row.items()
                if isinstance(value, str | None)
            },
        )
        for row in reader
    ]


def _cell(row: Mapping[str, str], names: tuple[str, ...], path: Path, *, needed: bool = True) -> str:
    for name in names:
        if name in row:
            return row[name]
    if needed:
        raise RosterError("roster.column", f"{path}: no column {names[0]}.", f"One of: {', '.join(names)}.")
    return ""
