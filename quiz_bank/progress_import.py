"""Reading progress back: all of a file or nothing, and what is already there is not doubled."""

import sqlite3
from collections.abc import Iterable
from pathlib import Path

import msgspec

from quiz_bank import progress_lines as lines
from quiz_bank.answers import Answer
from quiz_bank.clock import from_microseconds, to_microseconds
from quiz_bank.exam_records import ExamReport, Sheet
from quiz_bank.progress_rows import ProgressRows
from quiz_bank.replay import reviews as review_log
from quiz_bank.reviewing import write_card
from quiz_bank.scheduling import CardState, Rating, Scheduler, new_card
from quiz_bank.store import Store
from quiz_bank.store_errors import StoreError

_MAX_LINE = 4 << 20
_MAX_PROBLEMS = 20
_decoder = msgspec.json.Decoder(lines.Record)


class LineProblem(msgspec.Struct, frozen=True):
    """A line that cannot be read."""

    line: int
    message: str


class ProgressImportError(Exception):
    """The file was refused as a whole; nothing was written."""

    code = "progress.import"

    def __init__(self, path: Path | str, problems: list[LineProblem]) -> None:
        first = "; ".join(f"line {problem.line}: {problem.message}" for problem in problems[:3])
        super().__init__(f"{path}: {first}; nothing was imported")
        self.path = path
        self.problems = problems


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What an import added."""

    items: int = 0
    reviews: int = 0
    attempts: int = 0
    exams: int = 0
    predictions: int = 0
    merged: int = 0
    """Items reviewed both here and in the file, whose state was computed again from both logs."""


def read_records(path: Path) -> list[lines.Record]:
    """The records of a file, checked.

    Raises:
        ProgressImportError: with every line that is wrong (the first twenty).
        OSError: the file cannot be read.
    """
    records: list[lines.Record] = []
    problems: list[LineProblem] = []
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            text = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
            if not text.strip():
                continue
            problem = _read(text, records)
            if problem is not None:
                problems.append(LineProblem(number, problem))
                if number == 1 or len(problems) >= _MAX_PROBLEMS:
                    break
    if not records and not problems:
        problems.append(LineProblem(1, "the file is empty"))
    problems += _dangling(records) if not problems else []
    if problems:
        raise ProgressImportError(path, problems)
    return records


def import_records(store: Store, records: Iterable[lines.Record], scheduler: Scheduler) -> Imported:
    """Add records to a store in one transaction.

    What is there already (the same review, attempt, exam or prediction) is left alone. An item that is new
    here keeps its state to the bit; one that was reviewed in both places gets both logs, in the order of
    time, and the state that follows from them.

    Args:
        scheduler: for the items that are merged.

    Raises:
        ProgressImportError: values that no database row can hold.
    """
    everything = list(records)
    try:
        return _import(store, everything, scheduler)
    except (OverflowError, StoreError) as error:
        if isinstance(error, StoreError) and not isinstance(error.__cause__, sqlite3.IntegrityError):
            raise
        raise ProgressImportError(store.place, [LineProblem(0, f"impossible values: {error}")]) from error


def _import(store: Store, everything: list[lines.Record], scheduler: Scheduler) -> Imported:
    with store.transaction() as db:
        rows = ProgressRows(db)
        before = {state.ref.item: state.card.reps for state in store.items()}
        added: dict[str, set[int]] = {}
        for record in everything:
            if isinstance(record, lines.Item):
                rows.item(record, store.days.day_of(record.card.due).toordinal())
            elif isinstance(record, lines.Review) and (number := rows.review(record)) is not None:
                added.setdefault(record.item, set()).add(number)
            elif isinstance(record, lines.Exam):
                rows.exam(record)
            elif isinstance(record, lines.Attempt):
                rows.attempt(record)
            elif isinstance(record, lines.Prediction):
                rows.prediction(record)
            elif isinstance(record, lines.Setting) and store.get_meta(record.key) is None:
                store.set_meta(record.key, record.value)
        merged = 0
        for record in everything:
            if not isinstance(record, lines.Item) or record.item not in added:
                continue
            if before.get(record.item):
                _merge(store, db, record.item, scheduler)
                merged += 1
            else:
                exam = store.get_meta("exam")
                moment = from_microseconds(int(exam)) if exam else None
                write_card(store, db, rows.ids[record.item], record.card, moment)
        counts = rows.counts
    return Imported(
        items=counts["item"],
        reviews=counts["review"],
        attempts=counts["attempt"],
        exams=counts["exam"],
        predictions=counts["prediction"],
        merged=merged,
    )


def _read(line: bytes, records: list[lines.Record]) -> str | None:
    """Decode one line onto ``records``; the reason if it cannot be."""
    if len(line) > _MAX_LINE:
        return f"{len(line):,} bytes long; a record has at most {_MAX_LINE:,}"
    try:
        record = _decoder.decode(line)
    except msgspec.DecodeError as error:
        return str(error)
    except RecursionError:
        return "nested too deeply"
    except UnicodeDecodeError:
        return "not UTF-8"
    if not records:
        if not isinstance(record, lines.Header):
            return "the first line of a progress file says type finetutor-progress"
        if record.format_version > lines.FORMAT_VERSION:
            return f"format version {record.format_version} is newer than this program; update FineTutor"
    elif isinstance(record, lines.Header):
        return "a second header"
    if isinstance(record, lines.Setting) and record.key not in lines.CARRIED:
        return f"no setting {record.key!r} travels with progress"
    if isinstance(record, lines.Review) and record.rating not in (1, 2, 3, 4):
        return f"rating {record.rating} is not 1 to 4"
    if naive(record):
        return "a time without a zone"
    if isinstance(record, lines.Exam) and (problem := _exam_problem(record)):
        return problem
    records.append(record)
    return None


def _exam_problem(record: lines.Exam) -> str | None:
    try:
        msgspec.json.decode(record.sheet, type=Sheet)
        msgspec.json.decode(record.report, type=ExamReport | None)
        for given in record.answers:
            msgspec.json.decode(given.answer, type=Answer | None)
    except msgspec.DecodeError as error:
        return str(error)
    return None


def naive(record: lines.Record) -> bool:
    """Whether a moment in the record has no zone."""
    names = ("at", "clock", "due", "started_at", "ends_at", "seen_at", "finished_at")
    moments = [getattr(record, name, None) for name in names]
    card = getattr(record, "card", None) or getattr(record, "before", None)
    if isinstance(card, CardState):
        moments += [card.due, card.last_review]
    return any(moment is not None and moment.tzinfo is None for moment in moments)


def _dangling(records: list[lines.Record]) -> list[LineProblem]:
    """Records that speak of an item, review or exam that the file does not hold."""
    items = {record.item for record in records if isinstance(record, lines.Item)}
    reviews = {record.id for record in records if isinstance(record, lines.Review)}
    exams = {record.id for record in records if isinstance(record, lines.Exam)}
    problems = []
    for number, record in enumerate(records, start=1):
        if isinstance(record, lines.Review | lines.Attempt) and record.item not in items:
            problems.append(LineProblem(number, f"no item {record.item!r} in the file"))
        if isinstance(record, lines.Attempt) and record.review is not None and record.review not in reviews:
            problems.append(LineProblem(number, f"no review {record.review} in the file"))
        if isinstance(record, lines.Attempt) and record.exam is not None and record.exam not in exams:
            problems.append(LineProblem(number, f"no exam {record.exam} in the file"))
    return problems[:_MAX_PROBLEMS]


def _merge(store: Store, db: sqlite3.Connection, item: str, scheduler: Scheduler) -> None:
    """Put an item's reviews in the order of time and compute its states again.

    The rows keep their ids among themselves, so that the order by id is the order of time for this item.
    """
    history = sorted(review_log(store, item), key=lambda row: (row.at, row.id))
    ids = sorted(row.id for row in history)
    (rowid, *_) = db.execute("SELECT id FROM item WHERE item = ?", (item,)).fetchone()
    columns = "item_id, rating, at, clock, clock_went_back, day, seconds"
    kept = {
        row.id: db.execute(f"SELECT {columns} FROM review WHERE id = ?", (row.id,)).fetchone()
        for row in history
    }
    new_id = {row.id: ids[place] for place, row in enumerate(history)}
    attempts = [
        (new_id[review], number)
        for number, review in db.execute(
            f"SELECT id, review_id FROM attempt WHERE review_id IN ({', '.join('?' * len(ids))})", ids
        ).fetchall()
    ]
    db.executemany("UPDATE attempt SET review_id = NULL WHERE id = ?", [(number,) for _, number in attempts])
    db.executemany("DELETE FROM review WHERE id = ?", [(number,) for number in ids])
    card = new_card(item, history[0].at)
    for row in history:
        reviewed = scheduler.review(card, Rating(row.rating), row.at)
        db.execute(
            f"INSERT INTO review(id, {columns}, due, before) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                new_id[row.id],
                *kept[row.id],
                to_microseconds(reviewed.after.due),
                msgspec.json.encode(card).decode(),
            ),
        )
        card = reviewed.after
    db.executemany("UPDATE attempt SET review_id = ? WHERE id = ?", attempts)
    exam = store.get_meta("exam")
    write_card(store, db, rowid, card, from_microseconds(int(exam)) if exam else None)
