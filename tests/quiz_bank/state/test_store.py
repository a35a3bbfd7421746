"""Progress in one file: reviews, undo, marks, generated cards, and what is counted."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from quiz_bank.counters import recount
from quiz_bank.queue import Limits, next_item, waiting
from quiz_bank.records import Attempt, ItemRef
from quiz_bank.scheduling import Rating, Scheduler, State
from quiz_bank.store import Store
from quiz_bank.store_errors import UnknownItemError

Dump = Callable[[Store], dict[str, list[tuple[object, ...]]]]
RIGHT = Attempt(mode="practice", seed=5, answer='{"type":"chosen","keys":["b"]}', correct=True, score=1.0)


def test_an_answer_is_one_row_in_each_of_review_and_attempt(
    store: Store, now: datetime, scheduler: Scheduler
) -> None:
    reviewed = store.review("data.question-1", Rating.GOOD, now, scheduler, seconds=12.5, attempt=RIGHT)
    assert store.item("data.question-1").card == reviewed.after
    assert store.rows("SELECT rating, seconds, clock_went_back FROM review") == [(3, 12.5, 0)]
    assert store.rows("SELECT topic, mode, seed, correct, score FROM attempt") == [
        ("data", "practice", 5, 1, 1.0)
    ]
    assert store.rows("SELECT reviews, new, attempts, correct, seconds FROM day") == [(1, 1, 1, 1, 12.5)]


def test_progress_is_there_after_closing(
    database: Path, store: Store, now: datetime, scheduler: Scheduler
) -> None:
    after = store.review("data.card-1", Rating.HARD, now, scheduler).after
    store.close()
    with Store.open(database, now=now, zone=ZoneInfo("UTC")) as again:
        assert again.item("data.card-1").card == after


@pytest.mark.parametrize("days", [0, 3])
def test_undo_restores_everything_exactly(
    store: Store, now: datetime, scheduler: Scheduler, dump: Dump, days: int
) -> None:
    store.review("data.question-1", Rating.AGAIN, now, scheduler, seconds=0.1)
    store.set_exam(now + timedelta(days=30))
    before = dump(store)
    later = now + timedelta(days=days)
    store.review("data.question-1", Rating.GOOD, later, scheduler, seconds=0.7, attempt=RIGHT)
    assert dump(store) != before
    undone = store.undo()
    assert undone is not None and undone.item == "data.question-1" and undone.rating is Rating.GOOD
    assert dump(store) == before


def test_undo_goes_back_to_the_beginning_and_then_says_so(
    store: Store, now: datetime, scheduler: Scheduler
) -> None:
    fresh = [state.card for state in store.items()]
    for i in range(4):
        store.review(f"data.card-{i}", Rating.EASY, now, scheduler)
    assert [store.undo() is not None for _ in range(5)] == [True] * 4 + [False]
    assert [state.card for state in store.items()] == fresh


def test_an_unknown_item_is_named_and_nothing_is_written(
    store: Store, now: datetime, scheduler: Scheduler, dump: Dump
) -> None:
    before = dump(store)
    with pytest.raises(UnknownItemError, match="no-such-item"):
        store.review("no-such-item", Rating.GOOD, now, scheduler)
    assert dump(store) == before


def test_a_failure_in_the_middle_writes_nothing(
    store: Store, now: datetime, scheduler: Scheduler, dump: Dump
) -> None:
    before = dump(store)
    impossible = Attempt(mode="party", seed=1, answer="{}", correct=True, score=1.0)  # type: ignore[arg-type]
    with pytest.raises(Exception, match="CHECK"):
        store.review("data.question-1", Rating.GOOD, now, scheduler, attempt=impossible)
    assert dump(store) == before
    store.review("data.question-1", Rating.GOOD, now, scheduler)


def test_a_suspended_item_is_not_asked_until_it_is_resumed(
    store: Store, now: datetime, scheduler: Scheduler
) -> None:
    for state in store.items():
        if state.ref.item != "data.card-2":
            store.mark(state.ref.item, suspended=True, note="later")
    asked = next_item(store, now, scheduler)
    assert asked is not None and asked.ref.item == "data.card-2"
    store.mark("data.card-2", suspended=True, flagged=True, note="the key looks wrong")
    assert next_item(store, now, scheduler) is None
    assert waiting(store, now).new == 0
    marked = {state.ref.item: state for state in store.items(marked=True)}
    assert marked["data.card-2"].flagged and marked["data.card-2"].note == "the key looks wrong"
    store.mark("data.card-2", suspended=False)
    assert waiting(store, now).new == 1


def test_a_generated_card_keeps_its_content_and_is_due_tomorrow(
    store: Store, now: datetime, scheduler: Scheduler
) -> None:
    content = json.dumps({"front": {"en": "Peak memory?", "zh": "峰值显存？"}}, ensure_ascii=False)
    card = store.add_generated("run.memory-1", "data", content, now)
    assert waiting(store, now).today == 0 and waiting(store, now).tomorrow == 1
    assert store.days.day_of(card.due) == store.days.day_of(now) + timedelta(days=1)
    tomorrow = now + timedelta(days=1)
    asked = next_item(store, tomorrow, scheduler, Limits(new_today=0))
    assert asked is not None and asked.ref == ItemRef("run.memory-1", "generated", "data")
    assert asked.content == content
    store.register([], now)
    assert store.item("run.memory-1").content == content, "it is the learner's own, not the bank's"
    store.review("run.memory-1", Rating.GOOD, tomorrow, scheduler)
    store.add_generated("run.memory-1", "data", "{}", tomorrow)
    assert store.item("run.memory-1").card.reps == 1


def test_items_that_leave_the_bank_keep_their_history(
    store: Store, refs: list[ItemRef], now: datetime, scheduler: Scheduler
) -> None:
    after = store.review(refs[0].item, Rating.EASY, now, scheduler).after
    assert store.register(refs[1:], now) == 0
    assert refs[0].item not in {state.ref.item for state in store.items()}
    moved = [ItemRef(refs[0].item, "card", "evaluation"), *refs[1:]]
    assert store.register(moved, now) == 0
    assert store.item(refs[0].item).card == after
    assert store.item(refs[0].item).ref.topic == "evaluation"


def test_a_clock_set_back_leaves_order_and_state_whole(
    store: Store, now: datetime, scheduler: Scheduler
) -> None:
    store.review("data.card-1", Rating.EASY, now, scheduler)
    late = store.review("data.card-1", Rating.GOOD, now + timedelta(days=9), scheduler)
    back = store.review("data.card-1", Rating.GOOD, now - timedelta(days=400), scheduler)
    assert back.clock_went_back and back.after.last_review == late.after.last_review
    assert back.after.stability is not None and late.after.stability is not None
    assert back.after.stability >= late.after.stability
    rows = store.rows("SELECT clock_went_back, at FROM review ORDER BY id")
    assert [row[0] for row in rows] == [0, 0, 1]
    assert [row[1] for row in rows] == sorted(row[1] for row in rows)  # type: ignore[type-var]


class Bookkeeping(RuleBasedStateMachine):
    """Whatever is done in whatever order, the counters equal what counting the items gives."""

    @initialize()
    def begin(self) -> None:
        self.store = Store.in_memory(zone=ZoneInfo("Asia/Shanghai"))
        self.moment = datetime.fromisoformat("2026-11-22T10:00:00+00:00")
        self.scheduler = Scheduler(fuzz_seed=3)
        self.refs = [ItemRef(f"i{n}", "card" if n % 2 else "question", f"t{n % 3}") for n in range(8)]
        self.store.register(self.refs, self.moment)

    @rule(n=st.integers(0, 7), rating=st.sampled_from(Rating), hours=st.integers(-30, 300))
    def review(self, n: int, rating: Rating, hours: int) -> None:
        self.moment += timedelta(hours=hours)
        self.store.review(f"i{n}", rating, self.moment, self.scheduler, seconds=1.0)

    @rule()
    def undo(self) -> None:
        self.store.undo()

    @rule(n=st.integers(0, 7), suspended=st.booleans())
    def suspend(self, n: int, suspended: bool) -> None:
        self.store.mark(f"i{n}", suspended=suspended)

    @rule(kept=st.sets(st.integers(0, 7)), topic=st.integers(0, 2))
    def change_the_bank(self, kept: set[int], topic: int) -> None:
        self.store.register(
            [
                ItemRef(r.item, r.kind, f"t{topic}" if n == 0 else r.topic)
                for n, r in enumerate(self.refs)
                if n in kept
            ],
            self.moment,
        )

    @rule(n=st.integers(0, 3))
    def generate(self, n: int) -> None:
        self.store.add_generated(f"g{n}", "t0", "{}", self.moment)

    @invariant()
    def counters_are_right(self) -> None:
        today = self.store.days.day_of(self.moment)
        counts = waiting(self.store, self.moment)
        kept = self._counters()
        with self.store.transaction() as db:
            recount(db)
        assert self._counters() == kept
        reviews = self.store.rows("SELECT count(*), coalesce(sum(rating > 1), 0) FROM review")
        assert (
            self.store.rows("SELECT coalesce(sum(reviews), 0), coalesce(sum(correct), 0) FROM day") == reviews
        )
        for state in self.store.items():
            if state.card.state is not State.NEW:
                assert state.card.last_review is not None and state.card.stability is not None
        assert counts.today == sum(
            self.store.days.day_of(state.card.due) <= today
            for state in self.store.items()
            if not state.suspended and (state.card.state is not State.NEW or state.ref.kind == "generated")
        )

    def _counters(self) -> list[tuple[object, ...]]:
        return self.store.rows("SELECT * FROM waiting ORDER BY 1, 2, 3, 4") + self.store.rows(
            "SELECT * FROM waiting_day ORDER BY 1, 2, 3"
        )

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()


TestBookkeeping = Bookkeeping.TestCase
TestBookkeeping.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
