"""Item analysis against figures worked out by hand and by the textbook formulas, and its silence below a minimum."""

import random
from datetime import datetime, timedelta
from statistics import mean, pvariance, variance

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quiz_bank.analysis import Response, analyse, measured_difficulty, responses
from quiz_bank.intervals import wilson
from quiz_bank.item_statistics import correlation
from quiz_bank.questions import Option, Single
from quiz_bank.records import Attempt
from quiz_bank.reliability import reliability
from quiz_bank.scheduling import Rating, Scheduler
from quiz_bank.store import Store
from quiz_bank.text import Text


def response(sitting: str, item: str, right: bool, **changes: object) -> Response:
    fields = {
        "topic": "data",
        "digest": item,
        "seconds": 10.0,
        "chosen": ("a",) if right else ("b",),
    } | changes
    return Response(sitting=sitting, item=item, correct=right, score=float(right), **fields)  # type: ignore[arg-type]


def class_of(sittings: int, items: int, seed: int = 1) -> list[Response]:
    """A class whose members differ in ability; item-0 is answered the wrong way round."""
    draw = random.Random(seed)
    answers = []
    for s in range(sittings):
        ability = draw.random()
        for i in range(items):
            p = 0.15 + 0.7 * ability
            right = draw.random() < (1 - p if i == 0 else p)
            answers.append(response(f"s{s}", f"item-{i}", right))
    return answers


def single(item: str, keys: str = "abcd") -> Single:
    options = tuple(Option(en=key, zh=key, why=Text.same("why"), correct=key == "a", key=key) for key in keys)
    return Single(
        id=item,
        topic="data",
        bloom="apply",
        difficulty=3,
        source="a test",
        prompt=Text.same("?"),
        explain=Text.same("."),
        options=options,
    )


def test_difficulty_is_the_share_of_right_answers() -> None:
    found = analyse([response(f"s{n}", "item", n < 9) for n in range(12)])
    (item,) = found.items
    assert item.difficulty is not None and item.difficulty.value == 0.75
    assert item.scale == 5 - 4 * 0.75
    assert item.seconds == 10.0


def test_measured_difficulty_needs_the_same_minimum(
    store: Store, now: datetime, scheduler: Scheduler
) -> None:
    for n in range(12):
        attempt = Attempt(mode="practice", seed=n, answer="null", correct=n < 9, score=float(n < 9))
        store.review("data.question-0", Rating.GOOD, now + timedelta(days=n), scheduler, attempt=attempt)
        assert bool(measured_difficulty(store)) == (n >= 9)
    assert measured_difficulty(store) == {"data.question-0": 2.0}
    (item,) = analyse(responses(store)).items
    assert item.scale == 2.0 and item.n == 12


@pytest.mark.parametrize("n", range(10))
def test_nothing_is_said_below_the_minimum(n: int) -> None:
    found = analyse([response(f"s{i}", "item", False) for i in range(n)], {"item": single("item")})
    for item in found.items:
        assert (item.difficulty, item.scale, item.discrimination, item.options, item.seconds) == (
            None,
            None,
            None,
            (),
            None,
        )
    assert found.suspicious == () and found.reliability.alpha is None


def test_discrimination_is_the_correlation_with_the_rest_of_the_sitting() -> None:
    answers = class_of(60, 12)
    found = {item.item: item for item in analyse(answers).items}
    scores = {(one.sitting, one.item): one.score for one in answers}
    x = [scores[f"s{s}", "item-3"] for s in range(60)]
    y = [mean(scores[f"s{s}", f"item-{i}"] for i in range(12) if i != 3) for s in range(60)]
    mx, my = mean(x), mean(y)
    r = (
        sum((a - mx) * (b - my) for a, b in zip(x, y, strict=True))
        / 60
        / (pvariance(x) * pvariance(y)) ** 0.5
    )
    assert found["item-3"].discrimination is not None
    assert found["item-3"].discrimination.value == pytest.approx(r)
    assert found["item-3"].discrimination.low < r < found["item-3"].discrimination.high
    assert all(item.discrimination is None for item in analyse(class_of(19, 12)).items)


def test_an_item_that_the_good_get_wrong_is_suspicious() -> None:
    found = analyse(class_of(120, 15))
    assert [(one.item, one.reason) for one in found.suspicious] == [("item-0", "negative-discrimination")]
    assert "key" in found.suspicious[0].message


def test_a_dead_distractor_and_one_that_beats_the_key() -> None:
    answers = [
        response(f"s{n}", "item", n % 4 == 0, chosen=("a",) if n % 4 == 0 else ("b",)) for n in range(24)
    ]
    answers += [response(f"t{n}", "item", False, chosen=("c",)) for n in range(4)]
    found = analyse(answers, {"item": single("item")})
    shares = {option.key: option.n for option in found.items[0].options}
    assert shares == {"a": 6, "b": 18, "c": 4, "d": 0}
    assert {(one.reason, one.detail) for one in found.suspicious} == {
        ("dead-distractor", "d"),
        ("option-beats-key", "b"),
    }


def test_a_few_wrong_answers_do_not_kill_a_distractor() -> None:
    answers = [response(f"s{n}", "item", n > 3) for n in range(30)]
    found = analyse(answers, {"item": single("item")})
    assert not [one for one in found.suspicious if one.reason == "dead-distractor"]


def test_a_variant_much_harder_than_its_siblings() -> None:
    answers = [response(f"s{n}", "item", n % 10 != 0, digest=f"v{n % 3}") for n in range(60)]
    answers += [response(f"t{n}", "item", n % 5 == 0, digest="hard") for n in range(20)]
    found = analyse(answers)
    assert [(one.reason, one.detail, one.n) for one in found.suspicious] == [("hard-variant", "hard", 20)]
    few = [one for one in answers if one.digest != "hard"] + [one for one in answers if one.digest == "hard"][
        :7
    ]
    assert not analyse(few).suspicious


@settings(max_examples=25)
@given(seed=st.integers(0, 1000), items=st.integers(2, 12), sittings=st.integers(20, 50))
def test_alpha_on_a_complete_table_is_cronbachs_and_kr_20(seed: int, items: int, sittings: int) -> None:
    draw = random.Random(seed)
    table = [[float(draw.random() < 0.3 + 0.4 * (s % 3) / 2) for _ in range(items)] for s in range(sittings)]
    totals = [sum(row) for row in table]
    columns = list(zip(*table, strict=True))
    if variance(totals) == 0:
        return
    found = reliability(
        {f"s{s}": {f"i{i}": score for i, score in enumerate(row)} for s, row in enumerate(table)}
    )
    cronbach = items / (items - 1) * (1 - sum(variance(column) for column in columns) / variance(totals))
    kr20 = items / (items - 1) * (1 - sum(mean(c) * (1 - mean(c)) for c in columns) / pvariance(totals))
    assert found.alpha == pytest.approx(cronbach) == pytest.approx(kr20)
    assert found.dichotomous and found.standard_error is not None
    expected = (variance(totals) ** 0.5) * max(0.0, 1 - cronbach) ** 0.5 / items
    assert found.standard_error == pytest.approx(expected)


def test_reliability_needs_enough_sittings() -> None:
    table = {f"s{s}": {"a": float(s % 2), "b": float(s % 3 == 0)} for s in range(19)}
    assert reliability(table).alpha is None
    assert reliability({}).sittings == 0


@pytest.mark.parametrize(("right", "n"), [(0, 1), (0, 10), (5, 10), (10, 10), (81, 263)])
def test_wilson_solves_its_defining_equation(right: int, n: int) -> None:
    found = wilson(right, n)
    for bound in (found.low, found.high):
        if 0 < bound < 1:
            z = abs(right / n - bound) / (bound * (1 - bound) / n) ** 0.5
            assert z == pytest.approx(1.959964, abs=1e-4)
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert wilson(0, 0) == wilson(0, 0).__class__(0.5, 0.0, 1.0)


def test_a_side_that_does_not_vary_has_no_correlation() -> None:
    assert correlation([(1.0, 0.3), (1.0, 0.5), (1.0, 0.9), (1.0, 0.2)]) is None
