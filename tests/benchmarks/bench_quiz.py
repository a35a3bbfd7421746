"""The quiz engine at size: 100,000 cards against 1,000, and an answer against a bare SQLite commit."""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from zoneinfo import ZoneInfo

from quiz_bank.queue import Limits, next_item, waiting
from quiz_bank.records import Attempt, ItemRef
from quiz_bank.scheduling import Rating, Scheduler, State
from quiz_bank.seeds import Draws
from quiz_bank.store import Store
from tests.benchmarks.measure import Row

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
TOPICS = tuple(f"topic-{number}" for number in range(12))
ATTEMPT = Attempt(
    mode="practice", seed=1, digest="d", answer='{"type":"typed","text":"8"}', correct=True, score=1.0
)


def measurements() -> Iterator[Row]:
    """The four promises."""
    folder = Path(tempfile.mkdtemp(prefix="bench-quiz-"))
    try:
        small, large = _collection(folder / "small", 1_000), _collection(folder / "large", 100_000)
        calls = {
            "what is due, with counts by topic: 100,000 cards over 1,000": lambda store: waiting(store, NOW),
            "next card, any topic: 100,000 cards over 1,000": lambda store: next_item(
                store, NOW, Scheduler()
            ),
            "next card of one topic: 100,000 cards over 1,000": lambda store: next_item(
                store, NOW, Scheduler(), Limits(topics=("topic-3",))
            ),
        }
        for name, call in calls.items():
            ours, peer = _alternating(lambda c=call: c(large), lambda c=call: c(small))  # type: ignore[misc]
            yield Row(name, ours, peer, ours / peer, 1.5, "at_most")
        scheduler = Scheduler(fuzz_seed=1, exam=NOW + timedelta(days=60))
        for name, store in (("100,000", large), ("1,000", small)):
            yield _answer(name, store, scheduler, folder)
        small.close()
        large.close()
    finally:
        shutil.rmtree(folder)


def _answer(size: str, store: Store, scheduler: Scheduler, folder: Path) -> Row:
    """One answer, full path (card state, review, attempt, counters, FSRS) against one row and one commit."""
    bare = sqlite3.connect(folder / f"bare-{size}.db", isolation_level=None)
    bare.execute("PRAGMA journal_mode = WAL")
    bare.execute("PRAGMA synchronous = FULL")
    bare.execute("CREATE TABLE review(id INTEGER PRIMARY KEY, item TEXT, rating INTEGER, at INTEGER)")
    number = 0

    def ours() -> None:
        nonlocal number
        number += 1
        store.review(f"item-{number * 7 % 1000}", Rating.GOOD, NOW, scheduler, seconds=9.0, attempt=ATTEMPT)

    def peer() -> None:
        bare.execute("BEGIN IMMEDIATE")
        bare.execute("INSERT INTO review(item, rating, at) VALUES ('item', 3, 1)")
        bare.execute("COMMIT")

    mine, theirs = _alternating(ours, peer, rounds=300, inner=1)
    bare.close()
    name = f"an answer committed, {size} cards, over a bare FULL commit"
    return Row(name, mine, theirs, mine / theirs, 3.0, "at_most")


def _alternating(ours, peer, rounds: int = 40, inner: int = 25) -> tuple[float, float]:  # type: ignore[no-untyped-def]
    """Median seconds of a call of each, measured in turns so that other load falls on both."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for call, kept in zip((ours, peer), times, strict=True):
            start = perf_counter()
            for _ in range(inner):
                call()
            kept.append((perf_counter() - start) / inner)
    return sorted(times[0])[rounds // 2], sorted(times[1])[rounds // 2]


def _collection(folder: Path, size: int) -> Store:
    """A learner in the middle of it: most items seen, due dates over the past month and the coming year."""
    store = Store.open(folder / "progress.db", now=NOW, zone=ZoneInfo("Asia/Shanghai"))
    refs = [
        ItemRef(f"item-{n}", "question" if n % 3 == 0 else "card", TOPICS[n % len(TOPICS)])
        for n in range(size)
    ]
    store.register(refs, NOW)
    draws = Draws("bench-quiz", size)
    rows = []
    for number in range(size):
        if number % 5 == 0:
            continue  # not begun
        due = NOW + timedelta(days=draws.below(395) - 30, minutes=draws.below(1440))
        stability = 1.0 + 60 * draws.uniform()
        last = due - timedelta(days=stability)
        rows.append(
            (
                int(State.REVIEW),
                stability,
                5.0,
                int(due.timestamp() * 1e6),
                store.days.day_of(due).toordinal(),
                int(last.timestamp() * 1e6),
                f"item-{number}",
            )
        )
    with store.transaction() as db:
        db.executemany(
            "UPDATE item SET state=?, stability=?, difficulty=?, due=?, due_day=?, last_review=?, reps=4 WHERE item=?",
            rows,
        )
    store.set_exam(NOW + timedelta(days=60))
    return store
