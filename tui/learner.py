"""What the app knows of its learner: progress, bank and schedule, opened together. Opening blocks, so it runs in a thread."""

from collections.abc import Iterator
from datetime import datetime, time
from pathlib import Path

import msgspec

from quiz_bank.bank import CONTENT, Bank, load_bank
from quiz_bank.queue import Limits
from quiz_bank.records import ItemRef
from quiz_bank.scheduling import Scheduler
from quiz_bank.store import Store
from quiz_bank.store_errors import StoreError, StoreLockedError
from tui.home import Home
from tui.settings import Settings

BACK_SIDE = "#back"
"""Ends the schedule's id of a card that is asked from its back."""


class Notice(msgspec.Struct, frozen=True):
    """Something about the learner's files that they must know; ``code`` is the store error's."""

    code: str
    message: str


class Learner:
    """An open store with the bank whose items it schedules."""

    def __init__(self, store: Store, bank: Bank, settings: Settings, notice: Notice | None) -> None:
        self.store = store
        self.bank = bank
        self.notice = notice
        self.settings = settings
        self.scheduler = _scheduler(store, settings)

    @classmethod
    def open(
        cls, home: Home, settings: Settings, now: datetime, folders: tuple[Path, ...] = (CONTENT,)
    ) -> "Learner":
        """Open the store (or the best that can stand in for it, with a notice), load the bank, make its items known."""
        store, notice = open_store(home, now)
        bank = load_bank((*folders, home.decks))
        if not store.read_only:
            store.register(item_refs(bank), now)
        return cls(store, bank, settings, notice)

    def limits(self, **changes: object) -> Limits:
        """What may be asked now, by the settings."""
        return msgspec.structs.replace(Limits(new_today=self.settings.new_cards_a_day), **changes)

    def take(self, settings: Settings) -> None:
        """Follow changed settings: exam date and daily numbers."""
        self.settings = settings
        self.scheduler = _scheduler(self.store, settings)

    def close(self) -> None:
        """Close the store; everything is on the disk already."""
        self.store.close()


def open_store(home: Home, now: datetime) -> tuple[Store, Notice | None]:
    """The learner's store; read-only where another program writes it, in memory where it cannot be used.

    A file that is damaged, newer or foreign is never touched.
    """
    try:
        return Store.open(home.progress_db, now=now), None
    except StoreLockedError as locked:
        notice = Notice(locked.code, str(locked))
        try:
            return Store.open(home.progress_db, now=now, read_only=True), notice
        except StoreError:
            return Store.in_memory(), notice
    except StoreError as error:
        return Store.in_memory(), Notice(error.code, str(error))


def item_refs(bank: Bank) -> Iterator[ItemRef]:
    """All items that are scheduled, topic by topic in the bank's order: first its cards, then its questions."""
    order = {topic: index for index, topic in enumerate(bank.topics)}
    cards = sorted(bank.cards, key=lambda card: order.get(card.topic, len(order)))
    questions = sorted(bank.questions, key=lambda question: order.get(question.topic, len(order)))
    refs = [ItemRef(card.id, "card", card.topic) for card in cards]
    refs += [ItemRef(card.id + BACK_SIDE, "card", card.topic) for card in cards if card.both]
    refs += [ItemRef(question.id, "question", question.topic) for question in questions]
    refs.sort(key=lambda ref: order.get(ref.topic, len(order)))
    return iter(refs)


def exam_moment(store: Store, settings: Settings) -> datetime | None:
    """Nine in the morning of the exam date, where the learner is."""
    if settings.exam_date is None:
        return None
    return datetime.combine(settings.exam_date, time(9), store.days.zone)


def _scheduler(store: Store, settings: Settings) -> Scheduler:
    exam = exam_moment(store, settings)
    if not store.read_only:
        store.set_exam(exam)
    return Scheduler(exam=exam, fuzz_seed=0)
