"""The plan to the exam, readiness, the streak and what predictions were worth."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quiz_bank.answering import usual_answer_seconds
from quiz_bank.daily import Prediction, calibration, day_counts, keep_prediction, predictions, streak
from quiz_bank.plan import measured_pace, plan
from quiz_bank.queue import Limits, next_item
from quiz_bank.readiness import ENOUGH_ANSWERS, readiness, topic_shares
from quiz_bank.recall_model import Answered, fit_recall_model
from quiz_bank.records import Attempt, ItemRef
from quiz_bank.scheduling import Rating, Scheduler, State
from quiz_bank.store import Store

SHARES = {"lora-math": 2.0, "data": 1.0, "evaluation": 1.0}


def answer(store: Store, item: str, right: bool, now: datetime, scheduler: Scheduler) -> None:
    attempt = Attempt(mode="practice", seed=1, answer="null", correct=right, score=float(right), seconds=8.0)
    rating = Rating.GOOD if right else Rating.AGAIN
    store.review(item, rating, now, scheduler, seconds=8.0, attempt=attempt)


def drill(store: Store, topic: str, now: datetime, scheduler: Scheduler, answers: int, share: float) -> None:
    for n in range(answers):
        right = int((n + 1) * share) > int(n * share)
        answer(store, f"{topic}.question-{n % 4}", right, now + timedelta(days=n // 4), scheduler)


def test_too_little_data_is_said_and_how_much_is_missing(
    store: Store, now: datetime, scheduler: Scheduler
) -> None:
    drill(store, "data", now, scheduler, 6, 1.0)
    found = readiness(store, at=now + timedelta(days=9), shares=SHARES, scheduler=scheduler, now=now)
    by_topic = {topic.topic: topic for topic in found.topics}
    assert by_topic["data"].estimate is None
    assert by_topic["data"].answers_missing == ENOUGH_ANSWERS - 6
    assert by_topic["lora-math"].share == 0.5
    assert found.overall is None


def test_readiness_fades_towards_the_exam_and_follows_the_answers(
    store: Store, now: datetime, scheduler: Scheduler
) -> None:
    for topic, share in (("data", 0.9), ("evaluation", 0.3), ("lora-math", 0.6)):
        drill(store, topic, now, scheduler, 24, share)
    today = now + timedelta(days=6)

    def at(days: int) -> dict[str, float]:
        found = readiness(
            store, at=today + timedelta(days=days), shares=SHARES, scheduler=scheduler, now=today
        )
        assert found.overall is not None
        for topic in found.topics:
            assert (
                topic.estimate is not None and topic.estimate.low < topic.estimate.value < topic.estimate.high
            )
        return {topic.topic: topic.estimate.value for topic in found.topics if topic.estimate} | {
            "all": found.overall.value
        }

    soon, late = at(1), at(60)
    assert soon["data"] > soon["lora-math"] > soon["evaluation"]
    assert all(late[topic] < soon[topic] for topic in soon)
    mean = (2 * soon["lora-math"] + soon["data"] + soon["evaluation"]) / 4
    assert soon["all"] == pytest.approx(mean)


def test_what_was_never_seen_counts_as_not_remembered(
    store: Store, now: datetime, scheduler: Scheduler
) -> None:
    drill(store, "data", now, scheduler, 24, 0.9)
    today = now + timedelta(days=6)

    def value() -> float:
        found = readiness(store, at=today, shares={"data": 1.0}, scheduler=scheduler, now=today)
        assert found.topics[0].estimate is not None
        return found.topics[0].estimate.value

    before = value()
    refs = [state.ref for state in store.items()]
    store.register([*refs, *[ItemRef(f"data.more-{n}", "question", "data") for n in range(30)]], now)
    assert value() < before - 0.1


@settings(max_examples=40)
@given(
    answers=st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=60),
    recalls=st.lists(st.floats(0, 1), min_size=1, max_size=20),
)
def test_an_estimate_is_a_probability_with_an_interval_around_it(
    answers: list[tuple[float, bool]], recalls: list[float]
) -> None:
    model = fit_recall_model([Answered(recall, float(right)) for recall, right in answers])
    found = model.mean_chance(recalls)
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_the_model_is_at_the_top_of_its_posterior() -> None:
    answers = [Answered(0.1 * n, float(n % 3 > 0)) for n in range(11)] * 3
    model = fit_recall_model(answers)
    # Where the derivative vanishes, answers and predictions agree up to the pull of the prior.
    surprise = sum(one.score - model.chance(one.recall) for one in answers)
    assert surprise == pytest.approx((model.without - 0.6) / 0.8**2, abs=1e-6)


def test_shares_of_a_blueprint_are_divided_among_topics() -> None:
    from quiz_bank.bank import load_bank

    for blueprint in load_bank().blueprints.values():
        shares = topic_shares(blueprint)
        assert sum(shares.values()) == pytest.approx(sum(section.share for section in blueprint.sections))


def test_the_plan_keeps_the_budget_and_says_what_is_left_over(
    store: Store, now: datetime, scheduler: Scheduler
) -> None:
    exam = now + timedelta(days=10)
    towards = Scheduler(exam=exam)
    generous = plan(store, now=now, exam=exam, minutes_a_day=60, scheduler=towards)
    tight = plan(store, now=now, exam=exam, minutes_a_day=1, scheduler=towards)
    none = plan(store, now=now, exam=exam, minutes_a_day=0, scheduler=towards)
    assert generous.enough and generous.left_over_new == 0
    assert len(generous.days) == 11
    assert sum(day.new for day in generous.days) == 24
    assert all(day.minutes <= 60 for day in generous.days)
    assert all(day.new == 0 for day in generous.days[-3:]), (
        "nothing new when there is no time for it to settle"
    )
    assert not tight.enough and tight.left_over_new > 0
    assert all(day.minutes <= 1.01 for day in tight.days)
    assert tight.minutes_needed > 1
    assert none.left_over_new == 24 and all(day.minutes == 0 for day in none.days)


def test_the_plan_follows_the_learners_own_pace(store: Store, now: datetime, scheduler: Scheduler) -> None:
    for n in range(4):
        for round_number in range(12):
            at = now - timedelta(days=60 - 4 * round_number)
            store.review(f"data.card-{n}", Rating.GOOD, at, scheduler, seconds=5.0)
    pace = measured_pace(store)
    assert 5 < pace.review < 12 and pace.measured > 30
    assert measured_pace(Store.in_memory(zone=store.days.zone)).measured == 0


def test_what_was_studied_today_counts_against_todays_minutes(store: Store, now: datetime) -> None:
    exam = now + timedelta(days=20)
    scheduler = Scheduler(exam=exam)
    before = plan(store, now=now, exam=exam, minutes_a_day=5, scheduler=scheduler)
    store.review("data.card-0", Rating.GOOD, now, scheduler, seconds=290.0)
    after = plan(store, now=now, exam=exam, minutes_a_day=5, scheduler=scheduler)
    assert before.days[0].minutes > 4 and after.days[0].minutes < 1


def test_a_plan_needs_an_exam_ahead(store: Store, now: datetime, scheduler: Scheduler) -> None:
    with pytest.raises(ValueError, match="over"):
        plan(store, now=now, exam=now, minutes_a_day=5, scheduler=scheduler)


def test_the_plan_agrees_with_what_the_queue_then_does(store: Store, now: datetime) -> None:
    """A learner who always answers Good finds the day the plan promised."""
    exam = now + timedelta(days=30)
    scheduler = Scheduler(exam=exam)
    for n in range(4):
        store.review(f"data.card-{n}", Rating.EASY, now - timedelta(days=9), scheduler)
    promised = plan(store, now=now, exam=exam, minutes_a_day=600, scheduler=scheduler).days[0].reviews
    asked = 0
    while (state := next_item(store, now, scheduler, Limits(new_today=0))) is not None:
        assert state.card.state is State.REVIEW
        store.review(state.ref.item, Rating.GOOD, now, scheduler)
        asked += 1
    assert asked == promised == 4


def test_the_streak_and_the_heat_map(store: Store, now: datetime, scheduler: Scheduler) -> None:
    assert streak(store, now).days == 0
    for ago in (9, 8, 7, 6, 3, 2, 1):
        store.review("data.card-0", Rating.GOOD, now - timedelta(days=ago), scheduler, seconds=4.0)
    found = streak(store, now)
    assert (found.days, found.today_done, found.longest) == (3, False, 4)
    store.review("data.card-0", Rating.AGAIN, now, scheduler)
    assert streak(store, now).days == 4 and streak(store, now).today_done
    assert streak(store, now + timedelta(days=2)).days == 0
    counts = day_counts(store, now)
    assert len(counts) == 365 and sum(day.reviews for day in counts) == 8
    assert counts[-1].day == store.days.day_of(now) and counts[-1].correct == 0
    assert counts[-10].new == 1


def said(run: str, error: float | None, **changes: object) -> Prediction:
    fields = {"verdict": "miss" if error and abs(error) > 0.2 else "hit", "quantity": "peak_memory"} | changes
    return Prediction(lab="rank", run=run, said="1", measured="2", relative_error=error, **fields)  # type: ignore[arg-type]


def test_predictions_are_kept_and_summed_up(store: Store, now: datetime) -> None:
    for n, error in enumerate((0.3, 0.25, 0.1, 0.2, -0.1)):
        keep_prediction(store, said(f"r{n}", error), now)
    keep_prediction(store, said("r4", 0.22), now)
    keep_prediction(store, said("r9", None, quantity="curve"), now)
    memory, curve = calibration(store)
    assert (memory.quantity, memory.n, memory.hits, memory.median_error, memory.last_error) == (
        "peak_memory",
        5,
        2,
        0.22,
        0.22,
    )
    assert (curve.quantity, curve.median_error) == ("curve", None)
    (last,) = predictions(store, run="r4")
    assert last.at == now and last.relative_error == 0.22


def test_usual_time_needs_eight_right_answers(store: Store, now: datetime, scheduler: Scheduler) -> None:
    drill(store, "data", now, scheduler, 7, 1.0)
    assert usual_answer_seconds(store, "data") is None
    drill(store, "data", now + timedelta(days=9), scheduler, 4, 1.0)
    assert usual_answer_seconds(store, "data") == 8.0
