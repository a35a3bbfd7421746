"""Fitting FSRS's weights to the learner's own review log, through py-fsrs's optimizer (torch, pandas).

torch is loaded when ``fit`` is called and not before: a command does that, never the app's process.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import log

import msgspec

from quiz_bank.records import ReviewRow
from quiz_bank.scheduling import Rating, Scheduler, new_card

NEEDED = 512
"""Reviews on a later day than the one before that the optimizer asks for; below it, it returns the defaults."""
_LONGEST_HISTORY = 64  # py-fsrs looks at this many reviews of a card


class FitError(Exception):
    """The weights cannot be fitted; ``code`` is ``fit.needs_torch``."""

    code = "fit.needs_torch"


class Fit(msgspec.Struct, frozen=True, kw_only=True):
    """What the optimizer found."""

    reviews: int
    counted: int
    """Reviews it can learn from: those at least a day after the one before."""
    needed: int = NEEDED
    weights: tuple[float, ...]
    loss_default: float | None
    """Mean log loss (nats a review) of predicting recall with the default weights; None with nothing to predict."""
    loss_fitted: float | None

    @property
    def fitted(self) -> bool:
        """Whether there was enough to go by. Otherwise ``weights`` are the defaults."""
        return self.counted >= self.needed

    @property
    def better(self) -> bool:
        """Whether the fitted weights predict this log better than the defaults."""
        return (
            self.fitted
            and self.loss_fitted is not None
            and self.loss_default is not None
            and self.loss_fitted < self.loss_default
        )


def countable(history: Sequence[ReviewRow]) -> int:
    """Reviews the optimizer can learn from, counted as py-fsrs counts them."""
    return sum(
        (later.at - earlier.at).days > 0
        for rows in _by_item(history).values()
        for earlier, later in pairwise(rows[:_LONGEST_HISTORY])
    )


def fit(history: Sequence[ReviewRow]) -> Fit:
    """Fit the 21 weights; below 512 countable reviews the defaults come back, as the optimizer itself would.

    Raises:
        FitError: torch or pandas is not installed, and there is enough to fit.
    """
    default = Scheduler()
    counted = countable(history)
    weights = default.parameters
    if counted >= NEEDED:
        weights = _optimised(history)
    return Fit(
        reviews=len(history),
        counted=counted,
        weights=weights,
        loss_default=log_loss(history, default),
        loss_fitted=log_loss(history, Scheduler(weights)) if counted >= NEEDED else None,
    )


def log_loss(history: Sequence[ReviewRow], scheduler: Scheduler) -> float | None:
    """Mean log loss of the predicted retrievability against what was recalled; None with nothing to predict."""
    losses = []
    for item, rows in _by_item(history).items():
        card = new_card(item, rows[0].at)
        for row in rows[:_LONGEST_HISTORY]:
            if card.last_review is not None and (row.at - card.last_review).days > 0:
                p = min(max(scheduler.retrievability(card, row.at), 1e-6), 1 - 1e-6)
                losses.append(-log(1 - p if row.rating is Rating.AGAIN else p))
            card = scheduler.review(card, row.rating, row.at).after
    return sum(losses) / len(losses) if losses else None


def _by_item(history: Sequence[ReviewRow]) -> dict[str, list[ReviewRow]]:
    by_item: dict[str, list[ReviewRow]] = {}
    for row in history:
        by_item.setdefault(row.item, []).append(row)
    return by_item


def _optimised(history: Sequence[ReviewRow]) -> tuple[float, ...]:
    import fsrs

    numbers = {item: number for number, item in enumerate(_by_item(history))}
    logs = [
        fsrs.ReviewLog(
            card_id=numbers[row.item],
            rating=fsrs.Rating(int(row.rating)),
            review_datetime=row.at,
            review_duration=round(row.seconds * 1000) if row.seconds is not None else None,
        )
        for row in history
    ]
    try:
        optimizer = fsrs.Optimizer(logs)
    except ImportError as error:
        raise FitError(
            "fitting needs torch and pandas; install them with: pip install 'finetutor[labs]'"
        ) from error
    return tuple(float(weight) for weight in optimizer.compute_optimal_parameters())
