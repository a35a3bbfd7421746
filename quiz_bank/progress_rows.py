"""Writing imported records as rows, each once: what is there already is recognised and left alone."""

import sqlite3
from collections import Counter

import msgspec

from quiz_bank import progress_lines as lines
from quiz_bank.clock import to_microseconds
from quiz_bank.reviewing import milliseconds
from quiz_bank.scheduling import State


class ProgressRows:
    """Rows written within one transaction, and how the file's ids map to the database's."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self.counts: Counter[str] = Counter()
        self.ids: dict[str, int] = {}
        self._reviews: dict[int, int] = {}
        self._exams: dict[int, int] = {}

    def item(self, record: lines.Item, due_day: int) -> None:
        """An item; marks of the file are added to those that are there."""
        found = self.db.execute("SELECT id FROM item WHERE item = ?", (record.item,)).fetchone()
        if found:
            self.ids[record.item] = found[0]
            self.db.execute(
                "UPDATE item SET suspended = suspended OR ?, flagged = flagged OR ?, "
                "note = CASE note WHEN '' THEN ? ELSE note END, content = coalesce(content, ?) WHERE id = ?",
                (record.suspended, record.flagged, record.note, record.content, found[0]),
            )
            return
        self.counts["item"] += 1
        self.ids[record.item] = _id(
            self.db.execute(
                "INSERT INTO item(item, kind, topic, content, suspended, flagged, note, due, due_day) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    record.item,
                    record.kind,
                    record.topic,
                    record.content,
                    record.suspended,
                    record.flagged,
                    record.note,
                    to_microseconds(record.card.due),
                    due_day,
                ),
            )
        )

    def review(self, record: lines.Review) -> int | None:
        """A review; its id if it was not there before."""
        item = self.ids[record.item]
        clock = to_microseconds(record.clock)
        found = self.db.execute(
            "SELECT id FROM review WHERE item_id = ? AND clock = ? AND rating = ?",
            (item, clock, record.rating),
        ).fetchone()
        if found:
            self._reviews[record.id] = found[0]
            return None
        self.counts["review"] += 1
        number = _id(
            self.db.execute(
                "INSERT INTO review(item_id, rating, at, clock, clock_went_back, day, seconds, due, before) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    item,
                    record.rating,
                    to_microseconds(record.at),
                    clock,
                    record.clock_went_back,
                    record.day,
                    record.seconds,
                    to_microseconds(record.due),
                    msgspec.json.encode(record.before).decode(),
                ),
            )
        )
        self._reviews[record.id] = number
        self.db.execute(
            "INSERT INTO day(day, reviews, new, attempts, correct, milliseconds) VALUES (?, 1, ?, 1, ?, ?) "
            "ON CONFLICT(day) DO UPDATE SET reviews = reviews + 1, new = new + excluded.new, "
            "attempts = attempts + 1, correct = correct + excluded.correct, "
            "milliseconds = milliseconds + excluded.milliseconds",
            (record.day, record.before.state is State.NEW, record.rating > 1, milliseconds(record.seconds)),
        )
        return number

    def attempt(self, record: lines.Attempt) -> None:
        """An attempt, linked to its review and exam."""
        item, at = self.ids[record.item], to_microseconds(record.at)
        answer = bytes(record.answer).decode()
        if self.db.execute(
            "SELECT 1 FROM attempt WHERE item_id = ? AND at = ? AND seed = ? AND answer = ?",
            (item, at, record.seed, answer),
        ).fetchone():
            return
        self.counts["attempt"] += 1
        self.db.execute(
            "INSERT INTO attempt(item_id, review_id, exam_id, topic, mode, at, seed, digest, answer, chosen, "
            "correct, score, seconds, hints) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                item,
                self._reviews.get(record.review) if record.review is not None else None,
                self._exams.get(record.exam) if record.exam is not None else None,
                record.topic,
                record.mode,
                at,
                record.seed,
                record.digest,
                answer,
                msgspec.json.encode(record.chosen).decode(),
                record.correct,
                record.score,
                record.seconds,
                record.hints,
            ),
        )

    def exam(self, record: lines.Exam) -> None:
        """An exam with its answers; the same blueprint begun at the same moment is the same exam."""
        started = to_microseconds(record.started_at)
        found = self.db.execute(
            "SELECT id FROM exam WHERE blueprint = ? AND started_at = ?", (record.blueprint, started)
        ).fetchone()
        if found:
            self._exams[record.id] = found[0]
            return
        self.counts["exam"] += 1
        number = _id(
            self.db.execute(
                "INSERT INTO exam(blueprint, sheet, started_at, ends_at, seen_at, finished_at, current, report) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    record.blueprint,
                    bytes(record.sheet).decode(),
                    started,
                    to_microseconds(record.ends_at),
                    to_microseconds(record.seen_at),
                    to_microseconds(record.finished_at) if record.finished_at else None,
                    record.current,
                    _text(record.report),
                ),
            )
        )
        self._exams[record.id] = number
        self.db.executemany(
            "INSERT INTO exam_answer(exam_id, place, answer, flagged, seconds, changes, answered_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    number,
                    given.place,
                    _text(given.answer),
                    given.flagged,
                    given.seconds,
                    given.changes,
                    to_microseconds(given.answered_at) if given.answered_at else None,
                )
                for given in record.answers
            ],
        )

    def prediction(self, record: lines.Prediction) -> None:
        """A prediction; the same quantity of the same run is there already."""
        added = self.db.execute(
            "INSERT OR IGNORE INTO prediction(at, lab, run, quantity, unit, said, formula, measured, "
            "relative_error, verdict, card) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                to_microseconds(record.at),
                record.lab,
                record.run,
                record.quantity,
                record.unit,
                record.said,
                record.formula,
                record.measured,
                record.relative_error,
                record.verdict,
                record.card,
            ),
        )
        self.counts["prediction"] += added.rowcount


def _id(cursor: sqlite3.Cursor) -> int:
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def _text(raw: msgspec.Raw) -> str | None:
    encoded = bytes(raw)
    return None if encoded == lines.NULL else encoded.decode()
