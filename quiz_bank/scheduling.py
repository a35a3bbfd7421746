"""When a card comes back: FSRS-6 through py-fsrs, with its traps taken out.

The memory state (stability, difficulty, step) is py-fsrs's own, equal to the last bit on the same history.
Around it: no sleeping constructor, fuzz from a seed instead of the global generator, a clock that went
backwards clamped at zero elapsed and flagged, and intervals that never reach past the exam.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Final

import fsrs
import msgspec
from fsrs.scheduler import DEFAULT_PARAMETERS, FUZZ_RANGES

from quiz_bank.clock import in_utc
from quiz_bank.seeds import Draws

DEFAULT_RETENTION: Final = 0.9
# How many days before the exam the last look at a card may be put, so that they do not all fall on its eve.
EXAM_SPREAD_DAYS: Final = 3
# An answer counts as fast at this share of the learner's usual time for such an item.
FAST_SHARE: Final = 0.5


class Rating(IntEnum):
    """How the recall went, in FSRS's own numbers."""

    AGAIN = 1
    HARD = 2
    GOOD = 3
    EASY = 4


class State(IntEnum):
    """Where a card stands: never seen, or in one of FSRS's three states."""

    NEW = 0
    LEARNING = 1
    REVIEW = 2
    RELEARNING = 3


class CardState(msgspec.Struct, frozen=True, kw_only=True):
    """What the scheduler knows about one item."""

    item: str
    """Id of the flashcard, question or generated card."""
    state: State = State.NEW
    step: int | None = None
    """Index of the learning or relearning step; None in review."""
    stability: float | None = None
    """Days until retrievability falls to 0.9; None before the first review."""
    difficulty: float | None = None
    """1 (easy) to 10."""
    due: datetime
    """UTC moment from which the item should be seen again."""
    last_review: datetime | None = None
    reps: int = 0
    """Reviews so far."""
    lapses: int = 0
    """Times it was forgotten after having been learned."""


class Reviewed(msgspec.Struct, frozen=True, kw_only=True):
    """One review: the state before, the state after, and when it was."""

    before: CardState
    after: CardState
    rating: Rating
    at: datetime
    """UTC moment the review counts for: never before the card's last review."""
    clock: datetime
    """UTC moment the machine's clock showed."""
    clock_went_back: bool = False
    """The clock stood before the last review, so zero elapsed time was counted."""

    @property
    def interval(self) -> timedelta:
        """From the review to the next due moment."""
        return self.after.due - self.at


def new_card(item: str, now: datetime) -> CardState:
    """State of an item that has never been reviewed."""
    return CardState(item=item, due=in_utc(now))


def rating_for(
    correct: bool, seconds: float | None = None, usual_seconds: float | None = None, easy: bool = False
) -> Rating:
    """Rating of a choice or numeric answer: wrong is Again, right is Good, right and fast or "easy" is Easy.

    Args:
        correct: the verdict; a partly right answer is not correct.
        seconds: time this answer took.
        usual_seconds: median time of earlier right answers to such items; None while there are too few to tell.
        easy: the learner said it was easy.
    """
    if not correct:
        return Rating.AGAIN
    fast = seconds is not None and usual_seconds is not None and seconds <= FAST_SHARE * usual_seconds
    return Rating.EASY if easy or fast else Rating.GOOD


class Scheduler:
    """FSRS-6 with a seeded fuzz and an exam date.

    Args:
        parameters: 21 weights; None for FSRS's defaults.
        desired_retention: retrievability at which a card is due, 0-1.
        fuzz_seed: None for exact intervals; otherwise intervals of three days and more vary a little,
            the same way for the same seed, item and number of reviews.
        exam: UTC moment of the exam; no interval reaches past it. Ignored once it has passed.
        learning_steps: delays of a card that is being learned.
        relearning_steps: delays of a card that was forgotten.

    Raises:
        ValueError: a weight is out of its bounds, or the number of weights is not 21.
    """

    def __init__(
        self,
        parameters: Sequence[float] | None = None,
        *,
        desired_retention: float = DEFAULT_RETENTION,
        fuzz_seed: int | None = None,
        exam: datetime | None = None,
        learning_steps: Sequence[timedelta] = (timedelta(minutes=1), timedelta(minutes=10)),
        relearning_steps: Sequence[timedelta] = (timedelta(minutes=10),),
    ) -> None:
        if not 0.0 < desired_retention < 1.0:
            raise ValueError(f"desired_retention is a probability between 0 and 1, not {desired_retention}")
        self.desired_retention = desired_retention
        self.fuzz_seed = fuzz_seed
        self.exam = in_utc(exam) if exam is not None else None
        self._fsrs = fsrs.Scheduler(
            parameters=tuple(parameters) if parameters is not None else DEFAULT_PARAMETERS,
            desired_retention=desired_retention,
            learning_steps=tuple(learning_steps),
            relearning_steps=tuple(relearning_steps),
            enable_fuzzing=False,
        )
        self.parameters: tuple[float, ...] = self._fsrs.parameters
        # R(t, S) = (1 + factor * t / S) ** decay, the FSRS-6 forgetting curve (py-fsrs, scheduler.py).
        self.decay: float = -self.parameters[20]
        self.factor: float = 0.9 ** (1 / self.decay) - 1

    def review(self, card: CardState, rating: Rating, now: datetime) -> Reviewed:
        """The state after a review at ``now`` (any time zone).

        A clock that stands before the card's last review counts as no time elapsed; ``last_review`` never
        moves back, and the result is flagged.
        """
        clock = in_utc(now)
        went_back = card.last_review is not None and clock < card.last_review
        at = card.last_review if went_back and card.last_review is not None else clock
        learned, _ = self._fsrs.review_card(_to_fsrs(card), fsrs.Rating(int(rating)), at)
        due = learned.due
        if learned.state is fsrs.State.Review:
            due = self._within_exam(card, at, at + self._fuzzed(card, due - at))
        after = CardState(
            item=card.item,
            state=State(int(learned.state)),
            step=learned.step,
            stability=learned.stability,
            difficulty=learned.difficulty,
            due=due,
            last_review=at,
            reps=card.reps + 1,
            lapses=card.lapses + (card.state is State.REVIEW and rating is Rating.AGAIN),
        )
        return Reviewed(
            before=card, after=after, rating=rating, at=at, clock=clock, clock_went_back=went_back
        )

    def preview(self, card: CardState, now: datetime) -> dict[Rating, timedelta]:
        """The interval each rating would give, for the four buttons."""
        return {rating: self.review(card, rating, now).interval for rating in Rating}

    def retrievability(self, card: CardState, at: datetime) -> float:
        """Probability of recall at a moment, with whole days elapsed as FSRS counts them; 0 for a new card."""
        if card.last_review is None or card.stability is None:
            return 0.0
        return self.recall_after(card.stability, max(0, (at - card.last_review).days))

    def recall_after(self, stability: float, days: float) -> float:
        """Probability of recall ``days`` after a review that left this stability."""
        return float((1 + self.factor * days / stability) ** self.decay)

    def _fuzzed(self, card: CardState, interval: timedelta) -> timedelta:
        if self.fuzz_seed is None or interval.days < 2.5:
            return interval
        draw = Draws("fuzz", self.fuzz_seed, card.item, card.reps).uniform()
        return timedelta(days=fuzzed_days(interval.days, draw))

    def _within_exam(self, card: CardState, at: datetime, due: datetime) -> datetime:
        if self.exam is None or at >= self.exam or due <= self.exam:
            return due
        # The last look goes into the last days, spread by a hash of the item; if that is less than a day
        # away, the exam itself is the bound, and the ranking of the last days decides.
        days_before = 1 + Draws("last look", card.item).below(EXAM_SPREAD_DAYS)
        last_look = self.exam - timedelta(days=days_before)
        return last_look if last_look - at >= timedelta(days=1) else self.exam


def fuzzed_days(days: int, draw: float) -> int:
    """py-fsrs's fuzz of an interval in days, from a given draw in [0, 1) instead of a hidden generator."""
    delta = 1.0
    for span in FUZZ_RANGES:
        delta += span["factor"] * max(min(float(days), span["end"]) - span["start"], 0.0)
    longest = min(round(days + delta), 36500)
    shortest = min(max(2, round(days - delta)), longest)
    return min(round(draw * (longest - shortest + 1) + shortest), 36500)


def _to_fsrs(card: CardState) -> fsrs.Card:
    # Passing card_id keeps py-fsrs from sleeping 1 ms to make one up; the number itself is never used.
    return fsrs.Card(
        card_id=0,
        state=fsrs.State.Learning if card.state is State.NEW else fsrs.State(int(card.state)),
        step=card.step,
        stability=card.stability,
        difficulty=card.difficulty,
        due=card.due,
        last_review=card.last_review,
    )
