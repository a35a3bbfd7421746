"""Where a session takes its next item from."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from quiz_bank.queue import KINDS, next_item, waiting
from quiz_bank.records import ItemKind, ItemState
from quiz_bank.store_errors import UnknownItemError
from tui.learner import Learner


class Source(Protocol):
    """Gives items until there are no more."""

    counts_asked: bool
    """Whether ``left`` counts the item on the screen until it is answered."""

    def next(self, learner: Learner, now: datetime) -> ItemState | None:
        """The item to ask now; None when the session is over."""
        ...

    def left(self, learner: Learner, now: datetime) -> int | None:
        """How many are left; None where nobody can say."""
        ...

    def back(self, item: str) -> None:
        """``item`` was taken back and is to be asked again."""
        ...


class Due:
    """What the schedule says: due reviews first, then new items as many as a day allows."""

    counts_asked = True

    def __init__(self, kinds: Sequence[ItemKind] = KINDS) -> None:
        self.kinds = tuple(kinds)
        self._again: list[str] = []

    def next(self, learner: Learner, now: datetime) -> ItemState | None:
        """The most urgent item."""
        if self._again:
            return learner.store.item(self._again.pop())
        return next_item(learner.store, now, learner.scheduler, learner.limits(now, kinds=self.kinds))

    def left(self, learner: Learner, now: datetime) -> int | None:
        """Due today and still new today."""
        from quiz_bank.queue import new_left

        counts = waiting(learner.store, now, kinds=self.kinds)
        fresh = new_left(learner.store, learner.store.days.day_of(now), learner.limits(now).new_today)
        return counts.today + min(counts.new, fresh)

    def back(self, item: str) -> None:
        """Ask this one first."""
        self._again.append(item)


class Listed:
    """Items chosen beforehand, in their order."""

    counts_asked = False

    def __init__(self, items: Sequence[str]) -> None:
        self._items = list(items)
        self._at = 0

    def next(self, learner: Learner, now: datetime) -> ItemState | None:
        """The next of the list that the store still knows."""
        while self._at < len(self._items):
            self._at += 1
            try:
                return learner.store.item(self._items[self._at - 1])
            except UnknownItemError:
                continue
        return None

    def left(self, learner: Learner, now: datetime) -> int | None:
        """Those after the current one."""
        return len(self._items) - self._at

    def back(self, item: str) -> None:
        """Step back to it."""
        while self._at > 0:
            self._at -= 1
            if self._items[self._at] == item:
                return
