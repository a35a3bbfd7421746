"""Fitting weights: the optimizer's own limit is said, and what it finds predicts better than the defaults."""

import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import fsrs
import pytest

from quiz_bank.fitting import NEEDED, countable, fit, log_loss
from quiz_bank.personal import keep_retention, keep_weights, scheduler_of, weights
from quiz_bank.records import ReviewRow
from quiz_bank.replay import rebuild, reviews
from quiz_bank.scheduling import Rating, Scheduler, new_card
from quiz_bank.store import Store

START = datetime(2026, 1, 1, 9, tzinfo=UTC)


def history(cards: int, reviews_each: int, pace: float, seed: int = 3) -> list[ReviewRow]:
    """A log of someone whose memories last ``pace`` times as long as FSRS's defaults say."""
    draw, scheduler = random.Random(seed), Scheduler()
    rows = []
    for number in range(cards):
        card, at = new_card(f"card-{number}", START), START + timedelta(hours=number)
        for _ in range(reviews_each):
            recall = 0.6
            if card.stability is not None and card.last_review is not None:
                days = (at - card.last_review) / timedelta(days=1)
                recall = scheduler.recall_after(card.stability * pace, days)
            rating = Rating.GOOD if draw.random() < recall else Rating.AGAIN
            card = scheduler.review(card, rating, at).after
            rows.append(
                ReviewRow(
                    id=0,
                    item=card.item,
                    rating=rating,
                    at=at,
                    clock=at,
                    clock_went_back=False,
                    seconds=5.0,
                    due=card.due,
                )
            )
            at = max(card.due, at + timedelta(days=1))
    ordered = sorted(rows, key=lambda row: row.at)
    return [
        ReviewRow(**{**{n: getattr(row, n) for n in row.__struct_fields__}, "id": i})
        for i, row in enumerate(ordered)
    ]


def test_below_the_optimizers_limit_the_defaults_come_back_and_torch_stays_out() -> None:
    few = history(60, 6, 1.0)
    assert countable(few) < NEEDED
    found = fit(few)
    assert not found.fitted and not found.better
    assert found.weights == Scheduler().parameters and found.loss_fitted is None
    assert found.loss_default == log_loss(few, Scheduler())
    assert log_loss([], Scheduler()) is None
    script = "import sys, quiz_bank.fitting, quiz_bank.personal; sys.exit('torch' in sys.modules or 'pandas' in sys.modules)"
    root = Path(__file__).parents[3]
    assert subprocess.run([sys.executable, "-c", script], cwd=root, check=False).returncode == 0


def test_the_limit_is_still_the_optimizers_own() -> None:
    pytest.importorskip("torch")
    from fsrs.optimizer import mini_batch_size

    assert mini_batch_size == NEEDED


@pytest.mark.trains
def test_weights_of_someone_who_forgets_faster_predict_them_better(store: Store, now: datetime) -> None:
    pytest.importorskip("torch")
    log = history(105, 6, 0.25)
    assert countable(log) >= NEEDED
    found = fit(log)
    assert found.fitted and found.better
    assert found.loss_fitted is not None and found.loss_default is not None
    assert found.loss_fitted < found.loss_default - 0.01
    fsrs.Scheduler(parameters=found.weights)
    keep_weights(store, found.weights)
    assert scheduler_of(store).parameters == weights(store) == found.weights


def test_new_weights_compute_states_again_and_leave_due_dates(store: Store, now: datetime) -> None:
    for n in range(6):
        store.review("data.card-1", Rating.GOOD, now + timedelta(days=5 * n), Scheduler())
    before = store.item("data.card-1").card
    slower = tuple(w * 0.5 if i < 4 else w for i, w in enumerate(Scheduler().parameters))
    keep_weights(store, slower)
    assert rebuild(store, scheduler_of(store), keep_due=True) == 1
    after = store.item("data.card-1").card
    assert after.stability != before.stability and after.due == before.due
    assert len(reviews(store, "data.card-1")) == 6
    keep_weights(store, None)
    assert rebuild(store, scheduler_of(store), keep_due=True) == 1
    assert store.item("data.card-1").card == before


def test_weights_and_retention_out_of_bounds_are_refused(store: Store) -> None:
    with pytest.raises(ValueError):
        keep_weights(store, (0.0,) * 21)
    with pytest.raises(ValueError, match="retention"):
        keep_retention(store, 0.5)
    keep_retention(store, 0.85)
    assert scheduler_of(store).desired_retention == 0.85
    assert weights(store) is None
