"""A study session: ask, take the answer, keep it at once, take it back if asked to, and say in the end what changed."""

from datetime import datetime
from random import Random

import msgspec

from quiz_bank.answering import record_answer
from quiz_bank.answers import Answer, Verdict
from quiz_bank.grading import grade
from quiz_bank.scheduling import Rating, Reviewed, rating_for
from tui.learner import Learner
from tui.sessions.asked import Asked, AskedCard, AskedQuestion, MissingItemError, ask
from tui.sessions.sources import Source


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of this session."""

    item: str
    topic: str
    correct: bool
    seconds: float
    reviewed: Reviewed


class Session:
    """One sitting over one source. ``now`` is always handed in."""

    def __init__(self, learner: Learner, source: Source) -> None:
        self.learner = learner
        self.source = source
        self.asked: Asked | None = None
        self.verdict: Verdict | None = None
        self.answer: Answer | None = None
        self.done: list[Done] = []
        self.missing: list[str] = []
        self._asked_at: datetime | None = None
        self._hints = 0

    @property
    def card(self) -> AskedCard | None:
        """The flashcard that is asked now, if it is one."""
        return self.asked if isinstance(self.asked, AskedCard) else None

    @property
    def question(self) -> AskedQuestion | None:
        """The question that is asked now, if it is one."""
        return self.asked if isinstance(self.asked, AskedQuestion) else None

    @property
    def hints(self) -> int:
        """Hints unlocked for the question of now."""
        return self._hints

    def next(self, now: datetime) -> Asked | None:
        """Ask the next item; None when there is none. Items the bank lost are passed over and remembered."""
        self.verdict = self.answer = None
        self._hints = 0
        while (state := self.source.next(self.learner, now)) is not None:
            seed = Random(f"{state.ref.item}:{state.card.reps}:{len(self.done)}").randrange(1 << 31)
            try:
                self.asked = ask(state, self.learner.bank, seed)
            except MissingItemError as error:
                self.missing.append(str(error))
                if len(self.missing) > 50:
                    break
                continue
            self._asked_at = now
            return self.asked
        self.asked = None
        return None

    def seconds(self, now: datetime) -> float:
        """Since the item was asked; a clock that went back counts as no time."""
        return max((now - self._asked_at).total_seconds(), 0.0) if self._asked_at else 0.0

    def rate(self, rating: Rating, now: datetime) -> Done:
        """Keep the rating of a flashcard. Raises StoreError."""
        assert self.card is not None
        state, store, scheduler = self.card.state, self.learner.store, self.learner.scheduler
        seconds = self.seconds(now)
        if store.read_only:
            reviewed = scheduler.review(state.card, rating, now)
        else:
            reviewed = store.review(state.ref.item, rating, now, scheduler, seconds=seconds)
        return self._note(reviewed, rating is not Rating.AGAIN, seconds)

    def submit(self, answer: Answer, now: datetime, easy: bool = False) -> Verdict:
        """Grade an answer to a question and keep it. Raises AnswerError (nothing kept) and StoreError."""
        asked = self.question
        assert asked is not None
        verdict = grade(asked.variant, answer)
        store, scheduler, seconds = self.learner.store, self.learner.scheduler, self.seconds(now)
        if store.read_only:
            rating = rating_for(verdict.correct, easy=easy)
            reviewed = scheduler.review(asked.state.card, rating, now)
        else:
            reviewed = record_answer(
                store,
                asked.variant,
                answer,
                verdict,
                now,
                scheduler,
                seconds=seconds,
                easy=easy,
                hints=self._hints,
            )
        self._note(reviewed, verdict.correct, seconds)
        self.verdict, self.answer = verdict, answer
        return verdict

    def make_easy(self, now: datetime) -> None:
        """The right answer of now was easy: keep it so. Raises StoreError."""
        assert self.verdict is not None and self.verdict.correct and self.answer is not None
        self._take_back()
        self.done.pop()
        self.submit(self.answer, now, easy=True)

    def hint(self) -> bool:
        """Unlock the next hint; False where there is none."""
        asked = self.question
        if asked is None or self.verdict is not None or self._hints >= len(asked.variant.hints):
            return False
        self._hints += 1
        return True

    def undo(self, now: datetime) -> bool:
        """Take back the last answer of this session and ask its item again; False where there is none."""
        if not self.done:
            return False
        self._take_back()
        last = self.done.pop()
        if self.asked is not None and self.verdict is None and self.asked.state.ref.item != last.item:
            self.source.back(self.asked.state.ref.item)
        self.source.back(last.item)
        self.next(now)
        return True

    def _take_back(self) -> None:
        if not self.learner.store.read_only:
            self.learner.store.undo()

    def _note(self, reviewed: Reviewed, correct: bool, seconds: float) -> Done:
        assert self.asked is not None
        ref = self.asked.state.ref
        done = Done(item=ref.item, topic=ref.topic, correct=correct, seconds=seconds, reviewed=reviewed)
        self.done.append(done)
        return done
