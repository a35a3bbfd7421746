"""What comes next, and how much waits."""

from datetime import datetime, timedelta

from quiz_bank.clock import exam_moment
from quiz_bank.queue import Limits, in_last_days, next_item, seconds_left, usual_seconds, waiting
from quiz_bank.records import ItemRef
from quiz_bank.scheduling import Rating, Scheduler, State
from quiz_bank.store import Store


def drain(store: Store, now: datetime, scheduler: Scheduler, limits: Limits) -> list[str]:
    """Answer Good to all that is asked, half a minute each, until nothing is."""
    asked = []
    while (state := next_item(store, now, scheduler, limits)) is not None:
        asked.append(state.ref.item)
        store.review(state.ref.item, Rating.GOOD, now, scheduler, seconds=30.0)
        now += timedelta(seconds=30)
        assert len(asked) < 500
    return asked


def test_new_items_come_in_the_order_of_the_bank_and_stop_at_the_days_number(
    store: Store, refs: list[ItemRef], now: datetime, scheduler: Scheduler
) -> None:
    asked = drain(store, now, scheduler, Limits(new_today=5))
    first_looks = list(dict.fromkeys(asked))
    assert first_looks == [ref.item for ref in refs[:5]]
    assert waiting(store, now).new == len(refs) - 5
    assert next_item(store, now + timedelta(minutes=30), scheduler, Limits(new_today=5)) is None
    tomorrow = next_item(store, now + timedelta(days=1), scheduler, Limits(new_today=5))
    assert tomorrow is not None


def test_new_items_of_different_kinds_keep_the_banks_order(
    store: Store, now: datetime, scheduler: Scheduler
) -> None:
    mixed = [ItemRef(f"x{n}", "question" if n % 2 else "card", "data") for n in range(6)]
    store.register(mixed, now)
    assert list(dict.fromkeys(drain(store, now, scheduler, Limits(new_today=6)))) == [
        ref.item for ref in mixed
    ]


def test_a_learning_step_whose_minutes_are_over_comes_first(
    store: Store, now: datetime, scheduler: Scheduler
) -> None:
    store.review("data.card-0", Rating.EASY, now - timedelta(days=30), scheduler)
    store.review("data.card-1", Rating.AGAIN, now - timedelta(minutes=2), scheduler)
    first = next_item(store, now, scheduler)
    assert first is not None and first.ref.item == "data.card-1" and first.card.state is State.LEARNING
    second = next_item(store, now, scheduler, Limits(exclude=frozenset({"data.card-1"})))
    assert second is not None and second.ref.item == "data.card-0"


def test_longest_overdue_comes_first_and_new_ones_after_what_is_due(
    store: Store, now: datetime, scheduler: Scheduler
) -> None:
    for i in range(3):
        store.review(f"data.card-{i}", Rating.EASY, now - timedelta(days=40 - i), scheduler)
    order = []
    limits = Limits()
    for _ in range(4):
        state = next_item(store, now, scheduler, limits)
        assert state is not None
        order.append(state.ref.item)
        limits = Limits(exclude=frozenset(order))
    assert order[:3] == ["data.card-0", "data.card-1", "data.card-2"]
    assert store.item(order[3]).card.state is State.NEW


def test_topics_and_kinds_can_be_chosen(store: Store, now: datetime, scheduler: Scheduler) -> None:
    limits = Limits(topics=["evaluation"], kinds=["question"], new_today=100)
    asked = drain(store, now, scheduler, limits)
    assert set(asked) == {f"evaluation.question-{i}" for i in range(4)}
    counts = waiting(store, now, topics=["data"], kinds=["card"])
    assert (counts.new, counts.new_by_topic) == (4, {"data": 4})


def test_counts_by_topic_and_day(store: Store, now: datetime, scheduler: Scheduler) -> None:
    for i in range(4):
        store.review(f"data.card-{i}", Rating.EASY, now, scheduler, seconds=10.0)
    store.review("evaluation.card-0", Rating.EASY, now - timedelta(days=60), scheduler, seconds=10.0)
    counts = waiting(store, now, horizon=14)
    assert counts.by_topic == {"evaluation": 1}
    assert counts.days[0] == 1 and counts.days[8] == 4 and sum(counts.days) == 5
    assert counts.seconds == usual_seconds(store) == 10.0
    later = waiting(store, now + timedelta(days=8))
    assert later.by_topic == {"evaluation": 1, "data": 4}


def test_in_the_last_days_the_likeliest_lost_at_the_exam_hour_comes_first(
    store: Store, now: datetime, scheduler: Scheduler
) -> None:
    for i, days in enumerate((30, 20, 10, 7)):
        store.review(f"data.card-{i}", Rating.EASY, now - timedelta(days=days), Scheduler())
    store.review("data.card-1", Rating.EASY, now - timedelta(days=12), Scheduler())  # well known by now
    exam = exam_moment(store.days.day_of(now) + timedelta(days=2), store.days.zone)
    towards = Scheduler(exam=exam)
    store.set_exam(exam)
    assert in_last_days(store, now, exam)
    assert not in_last_days(store, now - timedelta(days=5), exam)
    asked: list[str] = []
    while (state := next_item(store, now, towards, Limits(new_today=0))) is not None:
        asked.append(state.ref.item)
        store.review(state.ref.item, Rating.GOOD, now, towards)
        assert len(asked) < 20
    expected = sorted(
        (f"data.card-{i}" for i in (0, 2, 3)),
        key=lambda item: store.rows(
            "SELECT at FROM review r JOIN item i ON i.id = r.item_id WHERE i.item = ?", (item,)
        ),
    )
    assert asked == expected, "not yet due but below the aim at the exam hour counts; well known does not"


def test_setting_the_exam_ranks_all_cards_once(store: Store, now: datetime, scheduler: Scheduler) -> None:
    store.review("data.card-0", Rating.EASY, now, scheduler)
    exam = now + timedelta(days=10)
    store.set_exam(exam)
    (rank,) = store.rows("SELECT exam_rank FROM item WHERE item = 'data.card-0'")[0]
    card = store.item("data.card-0").card
    assert isinstance(rank, float)
    assert scheduler.recall_after(1.0, rank / 86_400e6) == scheduler.recall_after(card.stability or 0, 10)
    store.review("data.card-1", Rating.EASY, now, Scheduler(exam=exam))
    assert store.rows("SELECT count(*) FROM item WHERE exam_rank IS NOT NULL") == [(2,)]
    store.set_exam(None)
    assert store.rows("SELECT count(*) FROM item WHERE exam_rank IS NOT NULL") == [(0,)]


def test_the_days_minutes_are_counted_down_by_what_was_measured(
    store: Store, now: datetime, scheduler: Scheduler
) -> None:
    assert seconds_left(store, now, 5) == 300
    store.review("data.card-0", Rating.GOOD, now, scheduler, seconds=100.0)
    store.review("data.card-1", Rating.GOOD, now, scheduler)
    assert seconds_left(store, now, 5) == 200
    store.review("data.card-1", Rating.GOOD, now, scheduler, seconds=500.0)
    assert seconds_left(store, now, 5) == 0
    assert seconds_left(store, now + timedelta(days=1), 5) == 300


def test_what_is_brought_back_is_due_tomorrow_or_comes_first_among_the_new(
    store: Store, refs: list[ItemRef], now: datetime, scheduler: Scheduler
) -> None:
    learnt, unseen, other = refs[0].item, refs[-1].item, refs[1].item
    store.review(learnt, Rating.EASY, now, scheduler)
    later = store.item(learnt).card.due
    store.bring_back(learnt, now)
    store.bring_back(unseen, now)
    due = store.item(learnt).card.due
    assert due < later and store.days.day_of(due) == store.days.day_of(now) + timedelta(days=1)
    assert store.item(learnt).card.reps == 1, "its history stays"
    assert waiting(store, now).tomorrow == 1
    first = next_item(store, now, scheduler)
    assert first is not None and first.ref.item == unseen != other
    store.review(learnt, Rating.AGAIN, now, scheduler)
    soon = store.item(learnt).card.due
    store.bring_back(learnt, now)
    assert store.item(learnt).card.due == soon, "what is due earlier stays so"
