"""Sitting an exam: the clock runs from the start whatever happens, and every answer is on the disk as given."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Self

import msgspec

from quiz_bank.answers import Answer
from quiz_bank.clock import from_microseconds, to_microseconds
from quiz_bank.exam_records import Given, Sheet
from quiz_bank.store import Store
from quiz_bank.store_errors import StoreError


class ExamOverError(Exception):
    """The time is up, or the exam has been handed in; nothing was changed."""

    code = "exam.over"


class ExamRunningError(Exception):
    """Another exam has been begun and not handed in."""

    code = "exam.running"


_answer_decoder = msgspec.json.Decoder(Answer)
_sheet_decoder = msgspec.json.Decoder(Sheet)


class ExamSession:
    """An exam that has been begun. ``start`` begins one, ``running`` finds the one that was left open."""

    def __init__(
        self, store: Store, exam: int, sheet: Sheet, started_at: datetime, ends_at: datetime
    ) -> None:
        self.store = store
        self.exam = exam
        """Number of the exam in this home."""
        self.sheet = sheet
        self.started_at = started_at
        self.ends_at = ends_at

    @classmethod
    def start(cls, store: Store, sheet: Sheet, now: datetime) -> Self:
        """Begin: the clock starts now.

        Raises:
            ExamRunningError: hand the other one in first.
            ValueError: the sheet has no items, because the bank has none for this blueprint.
        """
        if not sheet.items:
            raise ValueError(f"the bank has no questions for the blueprint {sheet.blueprint.id!r}")
        started, ends = (
            to_microseconds(now),
            to_microseconds(now + timedelta(minutes=sheet.blueprint.minutes)),
        )
        with store.transaction() as db:
            if db.execute("SELECT 1 FROM exam WHERE finished_at IS NULL").fetchone():
                raise ExamRunningError("an exam is still open: go on with it or hand it in")
            number = db.execute(
                "INSERT INTO exam(blueprint, sheet, started_at, ends_at, seen_at) VALUES (?, ?, ?, ?, ?)",
                (sheet.blueprint.id, msgspec.json.encode(sheet).decode(), started, ends, started),
            ).lastrowid
            assert number is not None
            db.executemany(
                "INSERT INTO exam_answer(exam_id, place) VALUES (?, ?)",
                [(number, item.place) for item in sheet.items],
            )
        return cls(store, number, sheet, from_microseconds(started), from_microseconds(ends))

    @classmethod
    def running(cls, store: Store) -> Self | None:
        """The exam that was begun and not handed in, also after a crash; None if there is none."""
        rows = store.rows(
            "SELECT id, sheet, started_at, ends_at FROM exam WHERE finished_at IS NULL ORDER BY id DESC LIMIT 1"
        )
        return cls._from_row(store, rows[0]) if rows else None

    @classmethod
    def of(cls, store: Store, exam: int) -> Self:
        """An exam by its number, open or handed in.

        Raises:
            StoreError: there is no such exam.
        """
        rows = store.rows("SELECT id, sheet, started_at, ends_at FROM exam WHERE id = ?", (exam,))
        if not rows:
            raise StoreError(store.place, f"no exam number {exam}", "see `finetutor quiz exam --history`")
        return cls._from_row(store, rows[0])

    @classmethod
    def _from_row(cls, store: Store, row: tuple[object, ...]) -> Self:
        number, sheet, started, ends = row
        assert isinstance(number, int) and isinstance(sheet, str)
        assert isinstance(started, int) and isinstance(ends, int)
        return cls(
            store, number, _sheet_decoder.decode(sheet), from_microseconds(started), from_microseconds(ends)
        )

    # Time -------------------------------------------------------------------------------------------------

    def remaining(self, now: datetime) -> timedelta:
        """Time left; zero when it is up. A clock set back does not give time back."""
        seen = self.store.rows("SELECT seen_at FROM exam WHERE id = ?", (self.exam,))[0][0]
        assert isinstance(seen, int)
        latest = max(now, from_microseconds(seen))
        return max(timedelta(0), self.ends_at - latest)

    def over(self, now: datetime) -> bool:
        """Whether answers are no longer taken: time up, or handed in."""
        finished = self.store.rows("SELECT finished_at FROM exam WHERE id = ?", (self.exam,))[0][0]
        return finished is not None or not self.remaining(now)

    # What was given ---------------------------------------------------------------------------------------

    def given(self, place: int | None = None) -> tuple[Given, ...]:
        """What has been answered and flagged so far, in the sheet's order; of one place only if it is named."""
        where, parameters = "exam_id = ?", [self.exam]
        if place is not None:
            where, parameters = where + " AND place = ?", [self.exam, place]
        rows = self.store.rows(
            f"SELECT place, answer, flagged, seconds, changes FROM exam_answer WHERE {where} ORDER BY place",
            parameters,
        )
        return tuple(_given(row) for row in rows)

    def unanswered(self) -> tuple[int, ...]:
        """Places without an answer."""
        return tuple(given.place for given in self.given() if given.answer is None)

    def flagged(self) -> tuple[int, ...]:
        """Places flagged to come back to."""
        return tuple(given.place for given in self.given() if given.flagged)

    @property
    def current(self) -> int:
        """The place that was looked at last, to return to after a restart."""
        current = self.store.rows("SELECT current FROM exam WHERE id = ?", (self.exam,))[0][0]
        assert isinstance(current, int)
        return current

    def answer(self, place: int, answer: Answer | None, now: datetime, *, seconds: float = 0.0) -> None:
        """Save an answer, or take it back with None. When this returns, it is on the disk.

        Args:
            seconds: time spent on the item since it was last saved.

        Raises:
            ExamOverError: the time is up; what was saved before counts.
        """
        encoded = msgspec.json.encode(answer).decode() if answer is not None else None
        self._change(
            now,
            "UPDATE exam_answer SET changes = changes + (answer IS NOT NULL AND answer IS NOT ?1), answer = ?1, "
            "seconds = seconds + ?2, answered_at = ?3 WHERE exam_id = ?4 AND place = ?5",
            (encoded, max(0.0, seconds), to_microseconds(now), self.exam, self._place(place)),
        )

    def flag(self, place: int, on: bool, now: datetime) -> None:
        """Flag an item to come back to, or take the flag off."""
        self._change(
            now,
            "UPDATE exam_answer SET flagged = ? WHERE exam_id = ? AND place = ?",
            (on, self.exam, self._place(place)),
        )

    def leave(self, place: int, to: int, now: datetime, *, seconds: float = 0.0) -> None:
        """Go from one place to another: adds the time spent, remembers where the learner is."""
        with self.store.transaction():
            self._change(
                now,
                "UPDATE exam_answer SET seconds = seconds + ? WHERE exam_id = ? AND place = ?",
                (max(0.0, seconds), self.exam, self._place(place)),
            )
            self._change(now, "UPDATE exam SET current = ? WHERE id = ?", (self._place(to), self.exam))

    def _change(self, now: datetime, sql: str, parameters: Iterable[object]) -> None:
        with self.store.transaction() as db:
            if self.over(now):
                raise ExamOverError("the time is up; what was saved before counts")
            db.execute(sql, tuple(parameters))
            db.execute(
                "UPDATE exam SET seen_at = max(seen_at, ?) WHERE id = ?", (to_microseconds(now), self.exam)
            )

    def _place(self, place: int) -> int:
        if not 0 <= place < len(self.sheet.items):
            raise IndexError(f"the sheet has places 0 to {len(self.sheet.items) - 1}, not {place}")
        return place


def _given(row: tuple[object, ...]) -> Given:
    place, answer, flagged, seconds, changes = row
    assert isinstance(place, int) and isinstance(seconds, float) and isinstance(changes, int)
    return Given(
        place=place,
        answer=_answer_decoder.decode(answer) if isinstance(answer, str) else None,
        flagged=bool(flagged),
        seconds=seconds,
        changes=changes,
    )
