"""Sitting an exam: one place in front, its draft, and every change of it saved at once."""

from datetime import datetime

from quiz_bank.bank import Bank
from quiz_bank.exams import ExamReport, ExamSession, Given, finish
from quiz_bank.scheduling import Scheduler
from quiz_bank.variants import Variant, present
from tui.answering.drafts import Draft, decided, restored


class Sitting:
    """An exam that has been begun; survives the app, since the store holds all of it."""

    def __init__(self, session: ExamSession, bank: Bank, now: datetime) -> None:
        self.session = session
        self.bank = bank
        self.place = session.current
        self._since = now
        self.draft: Draft | None = None
        self.variant: Variant | None = None
        self._open(now)

    @property
    def size(self) -> int:
        """How many places the sheet has."""
        return len(self.session.sheet.items)

    def given(self) -> tuple[Given, ...]:
        """All places as they stand."""
        return self.session.given()

    @property
    def is_flagged(self) -> bool:
        """Whether the place in front is flagged."""
        return self.session.given(self.place)[0].flagged

    def save(self, now: datetime) -> None:
        """Put the draft as it is now on the disk; an incomplete one takes the answer back. Raises ExamOverError."""
        assert self.draft is not None
        self.session.answer(self.place, decided(self.draft), now, seconds=self._spent(now))

    def go(self, place: int, now: datetime) -> None:
        """Look at another place. Raises ExamOverError."""
        place = max(0, min(place, self.size - 1))
        self.session.leave(self.place, place, now, seconds=self._spent(now))
        self.place = place
        self._open(now)

    def flag(self, now: datetime) -> None:
        """Flag the place in front, or take the flag off. Raises ExamOverError."""
        self.session.flag(self.place, not self.is_flagged, now)

    def hand_in(self, now: datetime, scheduler: Scheduler) -> ExamReport:
        """Mark it all. Raises ExamOverError where that has been done."""
        return finish(self.session, self.bank, now, scheduler=scheduler)

    def _open(self, now: datetime) -> None:
        item = self.session.sheet.items[self.place]
        self._since = now
        try:
            self.variant = present(self.bank.question(item.question), item.seed, self.bank)
        except KeyError:
            # The question left the bank since the exam began; the report will say so.
            self.variant = self.draft = None
            return
        self.draft = restored(self.variant, self.session.given(self.place)[0].answer)

    def _spent(self, now: datetime) -> float:
        spent = max((now - self._since).total_seconds(), 0.0)
        self._since = now
        return spent
