"""A study session: ask, take the answer, keep it at once, take it back if asked to, and say in the end what changed."""

from datetime import datetime
from random import Random

import msgspec

from quiz_bank.answering import record_answer
from quiz_bank.answers import Answer, Verdict
from quiz_bank.grading import grade
from quiz_bank.scheduling import Rating, Reviewed, State, rating_for
from tui.learner import Learner
from tui.sessions.asked import Asked, AskedCard, AskedQuestion, MissingItemError, ask
from tui.sessions.sources import Source

_LEARNING = (State.LEARNING, State.RELEARNING)


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
        self._tries = 0

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

    @property
    def may_retry(self) -> bool:
        """Whether the last try was wrong and a hint, with one more try, is there to be taken."""
        return self.verdict is None and self._tries > self._hints

    @property
    def tries(self) -> int:
        """Answers given to the question of now."""
        return self._tries

    def next(self, now: datetime) -> Asked | None:
        """Ask the next item; None when there is none. Items the bank lost are passed over and remembered."""
        self.verdict = self.answer = None
        self._hints = self._tries = 0
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

    def left(self, now: datetime) -> int | None:
        """How many are left, the one on the screen not counted; None where nobody can say."""
        found = self.source.left(self.learner, now)
        # The schedule still counts an item that has been asked and not answered.
        counted = self.source.counts_asked and self.asked is not None and not self._tries and found
        return found - 1 if found is not None and counted and self.verdict is None else found

    @property
    def again(self) -> int:
        """Of those ``left``: answered in this session already, and brought back within it by the schedule."""
        if not self.source.counts_asked:
            return 0
        learning = {done.item: done.reviewed.after.state in _LEARNING for done in self.done}
        if self.asked is not None and self.verdict is None and not self._tries:
            learning.pop(self.asked.state.ref.item, None)
        return sum(learning.values())

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
        """Grade an answer to a question and keep it. Raises AnswerError (nothing kept) and StoreError.

        A wrong try is kept at once, as every answer is. Where it unlocks a hint (``may_retry``), ``verdict`` stays
        open; the try after the hint then takes its place, Hard at best, and Again after a third try.
        """
        asked = self.question
        assert asked is not None
        verdict = grade(asked.variant, answer)
        store, scheduler, seconds = self.learner.store, self.learner.scheduler, self.seconds(now)
        if self._tries and not easy:
            self._take_back()
            self.done.pop()
        self._tries += not easy
        rating = Rating.AGAIN if self._tries > 2 else None
        if store.read_only:
            rating = rating or rating_for(verdict.correct, easy=easy)
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
                rating=rating,
                hints=self._hints,
            )
        self._note(reviewed, verdict.correct, seconds)
        self.answer = answer
        if verdict.correct or not self._next_hint_helps(asked):
            self.verdict = verdict
        return verdict

    def _next_hint_helps(self, asked: AskedQuestion) -> bool:
        """Whether there is a hint left, and more than one answer left to choose from after it."""
        one_of = len(asked.variant.choices) if asked.question.kind in ("single", "boolean") else None
        return self._hints < len(asked.variant.hints) and (one_of is None or self._tries < one_of - 1)

    def give_up(self) -> Verdict:
        """No more tries: the last answer, which is kept, is the one that counts."""
        assert self.question is not None and self.answer is not None
        self.verdict = grade(self.question.variant, self.answer)
        return self.verdict

    def make_easy(self, now: datetime) -> None:
        """The right answer of now was easy: keep it so. Raises StoreError."""
        assert self.verdict is not None and self.verdict.correct and self.answer is not None
        self._take_back()
        self.done.pop()
        self.submit(self.answer, now, easy=True)

    def hint(self) -> bool:
        """Take the hint that a wrong try has unlocked; False where there was no such try."""
        if not self.may_retry:
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
