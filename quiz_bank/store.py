"""The learner's progress in one SQLite file: items, reviews, attempts, exams.

Every change is one transaction under WAL and ``synchronous=FULL``: when ``review`` has returned, the answer
is on the disk, with card state, review log and attempt together or not at all. ``quiz_bank.opening`` decides
what to do about damaged, locked or unwritable homes.
"""

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Self

from quiz_bank import counters, reviewing, storage
from quiz_bank.clock import StudyDays, from_microseconds, local_zone, to_microseconds
from quiz_bank.lock import HomeLock
from quiz_bank.records import Attempt, ItemRef, ItemState, ReviewRow
from quiz_bank.rows import ITEM_COLUMNS, item_from_row
from quiz_bank.scheduling import CardState, Rating, Reviewed, Scheduler
from quiz_bank.store_errors import StoreReadOnlyError, UnknownItemError


class Store:
    """An open ``progress.db``. Use ``Store.open``; close it, or use it as a context manager."""

    def __init__(
        self,
        db: sqlite3.Connection,
        path: Path | None,
        zone: tzinfo,
        *,
        read_only: bool = False,
        lock: HomeLock | None = None,
    ) -> None:
        self.path = path
        """None for a store in memory."""
        self.read_only = read_only
        self.days = StudyDays(zone)
        self._db = db
        self._lock = lock
        self._guard = threading.RLock()
        self._depth = 0
        self._cut: int | None = None

    @classmethod
    def open(cls, path: Path, *, now: datetime, zone: tzinfo | None = None, read_only: bool = False) -> Self:
        """Open or create the file, checked and migrated.

        Args:
            path: ``progress.db``; its folder is made if it is missing.
            now: UTC moment, for the lock and the items' study days.
            zone: where the study day rolls over; None for the machine's zone.
            read_only: read what is there; nothing is created, locked or migrated.

        Raises:
            StoreLockedError: another running program has it open for writing.
            StoreCorruptError: damaged; left as it is.
            StoreTooNewError: of a newer schema; left as it is.
            StoreForeignError: another program's database; left as it is.
            StoreUnwritableError: the folder cannot be made or written.
            StoreFullError: no room to create or migrate it.
        """
        zone = zone or local_zone()
        if read_only:
            return cls(storage.connect_read_only(path), path, zone, read_only=True)
        lock = storage.lock_folder(path, now)
        try:
            store = cls(storage.connect(path), path, zone, lock=lock)
            store._follow_zone()
        except BaseException:
            lock.release()
            raise
        return store

    @classmethod
    def in_memory(cls, *, zone: tzinfo | None = None) -> Self:
        """A store that is gone when the program ends, for homes that cannot be written."""
        return cls(storage.connect_in_memory(), None, zone or local_zone())

    @property
    def place(self) -> Path | str:
        """Where it is, for messages."""
        return self.path or ":memory:"

    def close(self) -> None:
        """Close the file and give the lock back. Closing twice is fine."""
        with self._guard:
            self._db.close()
            if self._lock is not None:
                self._lock.release()
                self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing. Transactions may nest: the outermost commits.

        Raises:
            StoreReadOnlyError: this store was opened read-only.
            StoreFullError: no room; rolled back.
        """
        if self.read_only:
            raise StoreReadOnlyError(self.place)
        with self._guard:
            if self._depth:
                self._depth += 1
                try:
                    yield self._db
                finally:
                    self._depth -= 1
                return
            with storage.typed_errors(self.path):
                self._db.execute("BEGIN IMMEDIATE")
                self._depth = 1
                try:
                    yield self._db
                    self._db.execute("COMMIT")
                except BaseException:
                    if self._db.in_transaction:
                        self._db.execute("ROLLBACK")
                    raise
                finally:
                    self._depth = 0

    @contextmanager
    def whole(self) -> Iterator[sqlite3.Connection]:
        """The connection itself, for copying a whole database in or out."""
        with self._guard:
            yield self._db

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """The rows of a query."""
        with self._guard, storage.typed_errors(self.path):
            return self._db.execute(sql, parameters).fetchall()

    # Items ------------------------------------------------------------------------------------------------

    def register(self, items: Iterable[ItemRef], now: datetime) -> int:
        """Make the bank's items known, in the bank's order, which is the order new ones are shown in.

        Items that left the bank are set aside with their history; those that come back resume. Generated
        cards stay.

        Returns:
            How many were new.
        """
        known = {
            str(row[0]): (row[1], row[2], row[3])
            for row in self.rows("SELECT item, kind, topic, active FROM item WHERE kind <> 'generated'")
        }
        wanted = {ref.item: ref for ref in items}
        added = [ref for ref in wanted.values() if ref.item not in known]
        changed = [
            ref
            for ref in wanted.values()
            if ref.item in known and known[ref.item] != (ref.kind, ref.topic, 1)
        ]
        gone = [item for item, (_, _, active) in known.items() if active and item not in wanted]
        if not (added or changed or gone):
            return 0
        due, day = to_microseconds(now), self.days.day_of(now).toordinal()
        with self.transaction() as db:
            db.executemany(
                "INSERT INTO item(item, kind, topic, due, due_day) VALUES (?, ?, ?, ?, ?)",
                [(ref.item, ref.kind, ref.topic, due, day) for ref in added],
            )
            db.executemany(
                "UPDATE item SET kind=?, topic=?, active=1 WHERE item=?",
                [(ref.kind, ref.topic, ref.item) for ref in changed],
            )
            db.executemany("UPDATE item SET active=0 WHERE item=?", [(item,) for item in gone])
        return len(added)

    def item(self, item: str) -> ItemState:
        """One item with its schedule and marks.

        Raises:
            UnknownItemError: never registered.
        """
        rows = self.rows(f"SELECT {ITEM_COLUMNS} FROM item WHERE item=?", (item,))
        if not rows:
            raise UnknownItemError(self.place, item)
        return item_from_row(rows[0])

    def items(self, *, topic: str | None = None, marked: bool = False) -> list[ItemState]:
        """Items of the bank and generated cards; ``marked`` for those suspended or flagged only."""
        where, parameters = ["active"], list[object]()
        if topic is not None:
            where.append("topic = ?")
            parameters.append(topic)
        if marked:
            where.append("(flagged OR suspended)")
        sql = f"SELECT {ITEM_COLUMNS} FROM item WHERE {' AND '.join(where)} ORDER BY id"
        return [item_from_row(row) for row in self.rows(sql, parameters)]

    def add_generated(self, item: str, topic: str, content: str, now: datetime) -> CardState:
        """Keep a card made from the learner's own runs, with its content, due tomorrow.

        A card of the same id gets the new content and is due tomorrow again; its history stays.
        """
        due = self.days.end(self.days.day_of(now))
        day = self.days.day_of(due).toordinal()
        with self.transaction() as db:
            db.execute(
                "INSERT INTO item(item, kind, topic, content, due, due_day) VALUES (?, 'generated', ?, ?, ?, ?) "
                "ON CONFLICT(item) DO UPDATE SET topic=excluded.topic, content=excluded.content, "
                "due=min(due, excluded.due), due_day=min(due_day, excluded.due_day), active=1",
                (item, topic, content, to_microseconds(due), day),
            )
        return self.item(item).card

    def bring_back(self, item: str, now: datetime) -> None:
        """Have an item asked tomorrow at the latest; one that was never asked comes first among the new ones.

        Raises:
            UnknownItemError: never registered.
        """
        self.item(item)
        due = self.days.end(self.days.day_of(now))
        day = self.days.day_of(due).toordinal()
        with self.transaction() as db:
            db.execute(
                "UPDATE item SET due=min(due, ?), due_day=min(due_day, ?) WHERE item=? AND lane <> 0",
                (to_microseconds(due), day, item),
            )
            db.execute(
                "UPDATE item SET due=(SELECT min(due) FROM item WHERE lane = 0) - 1 WHERE item=? AND lane = 0",
                (item,),
            )

    def mark(
        self,
        item: str,
        *,
        suspended: bool | None = None,
        flagged: bool | None = None,
        note: str | None = None,
    ) -> None:
        """Suspend, resume, flag or unflag an item, with a note; None leaves a mark as it is."""
        changes = {"suspended": suspended, "flagged": flagged, "note": note}
        given = {name: value for name, value in changes.items() if value is not None}
        self.item(item)
        if given:
            with self.transaction() as db:
                db.execute(
                    f"UPDATE item SET {', '.join(f'{name}=?' for name in given)} WHERE item=?",
                    (*given.values(), item),
                )

    # Reviews ----------------------------------------------------------------------------------------------

    def review(
        self,
        item: str,
        rating: Rating,
        now: datetime,
        scheduler: Scheduler,
        *,
        seconds: float | None = None,
        attempt: Attempt | None = None,
        exam: int | None = None,
    ) -> Reviewed:
        """Record a review, and the attempt it came from, in one transaction.

        Args:
            seconds: time the learner took.
            attempt: the answer, for questions; flashcards have none.
            exam: number of the exam it was given in.

        Raises:
            UnknownItemError: never registered.
        """
        with self.transaction() as db:
            return reviewing.review(
                self, db, item, rating, now, scheduler, seconds=seconds, attempt=attempt, exam=exam
            )

    def undo(self) -> ReviewRow | None:
        """Take back the last review: state, log, attempt and the day's counts are as they were before it.

        Returns:
            The review that was taken back; None if there is none, or if it was part of an exam.
        """
        with self.transaction() as db:
            return reviewing.undo(self, db)

    # Settings that the schedule depends on ----------------------------------------------------------------

    def get_meta(self, key: str) -> str | None:
        """A value kept with the progress; None if it was never set."""
        rows = self.rows("SELECT value FROM meta WHERE key=?", (key,))
        return str(rows[0][0]) if rows else None

    def set_meta(self, key: str, value: str | None) -> None:
        """Keep a value with the progress, or forget it."""
        with self.transaction() as db:
            if value is None:
                db.execute("DELETE FROM meta WHERE key=?", (key,))
            else:
                db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def set_exam(self, exam: datetime | None) -> None:
        """Rank all cards for an exam date, once when it is set or moved. Reviews keep the rank up to date."""
        wanted = str(to_microseconds(exam)) if exam else None
        if self.get_meta("exam") == wanted:
            return
        with self.transaction() as db:
            self.set_meta("exam", wanted)
            # Time until the exam in units of stability orders cards as retrievability does, without pow().
            db.execute("UPDATE item SET exam_rank = (? - last_review) / stability", (wanted and int(wanted),))

    def follow_day(self, now: datetime) -> None:
        """Count what was due before today as one day, once a day; a clock set back counts everything anew."""
        today = self.days.day_of(now).toordinal()
        if self._cut == today or self.read_only:
            return
        with self.transaction() as db:
            cut = db.execute("SELECT day FROM cut").fetchone()[0]
            if cut != today:
                db.execute("UPDATE cut SET day = ?", (today,))
                counters.fold(db, today) if cut < today else counters.recount(db)
        self._cut = today

    def _follow_zone(self) -> None:
        """Put items on the study days of the zone the learner is in now, if they have moved."""
        zone = str(self.days.zone)
        if self.get_meta("zone") == zone:
            return
        with self.transaction() as db:
            moved = [
                (self.days.day_of(from_microseconds(due)).toordinal(), rowid)
                for rowid, due in db.execute("SELECT id, due FROM item")
            ]
            db.executemany("UPDATE item SET due_day=? WHERE id=?", moved)
            self._cut = None
            self.set_meta("zone", zone)
