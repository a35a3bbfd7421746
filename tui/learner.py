"""What the app knows of its learner: progress, bank and schedule, opened together. Opening blocks, so it runs in a thread."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path

import msgspec

from quiz_bank.bank import CONTENT, Bank, load_bank
from quiz_bank.clock import exam_moment
from quiz_bank.opening import Notice, open_progress
from quiz_bank.personal import scheduler_of
from quiz_bank.plan import Plan
from quiz_bank.queue import Limits
from quiz_bank.records import ItemRef, refs
from quiz_bank.scheduling import Scheduler
from quiz_bank.store import Store
from quiz_bank.store_errors import StoreForeignError, StoreTooNewError
from tui.home import Home
from tui.settings import Settings


class Learner:
    """An open store with the bank whose items it schedules."""

    def __init__(
        self, store: Store, bank: Bank, settings: Settings, notices: tuple[Notice, ...] = ()
    ) -> None:
        self.store = store
        self.bank = bank
        self.notices = notices
        """What the learner should know about their files."""
        self.settings = settings
        self.scheduler = self._scheduler()
        self.plan: Plan | None = None
        """From today to the exam, as last reckoned."""
        self._planned: tuple[date, int] | None = None

    @classmethod
    def open(
        cls, home: Home, settings: Settings, now: datetime, folders: tuple[Path, ...] | None = None
    ) -> "Learner":
        """Load the bank, open the store and make its items known.

        A file of a newer schema or of another program is left alone, and this session is kept in memory.

        Raises:
            StoreCorruptError: damaged; ask, ``quiz_bank.opening.recover``, and open again.
        """
        # SQLite checks a large file without holding Python up, so the bank is read beside it.
        with ThreadPoolExecutor(1) as pool:
            loading = pool.submit(load_bank, (*(folders or (CONTENT,)), home.decks))
            try:
                opened = open_progress(home.progress_db, home.backups, _refs_of(loading), now=now)
            except (StoreTooNewError, StoreForeignError) as error:
                store = Store.in_memory()
                store.register(_refs_of(loading), now)
                values = {"path": str(home.progress_db), "reason": error.message}
                return cls(store, loading.result(), settings, (Notice("memory", str(error), values),))
            return cls(opened.store, loading.result(), settings, opened.notices)

    def limits(self, now: datetime, **changes: object) -> Limits:
        """What may be asked now: with an exam to come, as many new items as the plan has time for today."""
        new_today = self.settings.new_cards_a_day
        if self._planned is not None and self._planned[0] == self.store.days.day_of(now):
            new_today = self._planned[1]
        return msgspec.structs.replace(Limits(new_today=new_today), **changes)

    def follow(self, plan: Plan | None, now: datetime) -> None:
        """Hold today to a plan made a moment ago; without one, only the settings count."""
        self.plan, self._planned = plan, None
        if plan is not None:
            day = self.store.days.day_of(now)
            begun = self.store.rows("SELECT new FROM day WHERE day = ?", (day.toordinal(),))
            self._planned = day, plan.days[0].new + (int(str(begun[0][0])) if begun else 0)

    def take(self, settings: Settings) -> None:
        """Follow changed settings: exam date and daily numbers."""
        self.settings = settings
        self.scheduler = self._scheduler()
        self.plan = self._planned = None

    def close(self) -> None:
        """Close the store; everything is on the disk already."""
        self.store.close()

    def _scheduler(self) -> Scheduler:
        day = self.settings.exam_date
        exam = exam_moment(day, self.store.days.zone) if day is not None else None
        return scheduler_of(self.store, exam)


def _refs_of(loading: Future[Bank]) -> Iterator[ItemRef]:
    """The items of a bank that is still being read; waits for it when the first one is asked for."""
    yield from ordered_refs(loading.result())


def ordered_refs(bank: Bank) -> list[ItemRef]:
    """All items in the order new ones are shown: topic by topic, first its cards, then its questions."""
    order = {topic: index for index, topic in enumerate(bank.topics)}
    return sorted(refs(bank), key=lambda ref: order.get(ref.topic, len(order)))
