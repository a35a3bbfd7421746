"""Grading: the key is right, everything else is not, and every part gets its word."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz_bank.answers import Chosen, Filled, Matched, Ordered, Spotted, Typed
from quiz_bank.answers_text import parse_answer
from quiz_bank.bank import Bank
from quiz_bank.errors import AnswerError
from quiz_bank.grading import filling, grade, near, right_answer
from quiz_bank.questions import Tolerance
from quiz_bank.variants import Variant, present

Maker = Callable[..., Bank]


def of(bank: Bank, name: str, seed: int = 1) -> Variant:
    return present(bank.question(f"example.{name}"), seed, bank)


@given(seed=st.integers(0, 10**6))
def test_the_right_answer_is_right_under_both_rules(seed: int, example_bank: Bank) -> None:
    for question in example_bank.questions:
        variant = present(question, seed, example_bank)
        for rule in ("all-or-nothing", "partial"):
            verdict = grade(variant, right_answer(variant), rule)
            assert verdict.correct and verdict.score == 1.0
            assert verdict.answer.en and verdict.feedback


def test_each_option_says_why(example_bank: Bank) -> None:
    verdict = grade(of(example_bank, "scaling-halves"), Chosen(("b",)))
    assert not verdict.correct and verdict.score == 0.0
    assert {part.key: (part.right, part.chosen) for part in verdict.feedback} == {
        "a": (True, False),
        "b": (False, True),
        "c": (False, False),
    }
    assert all(part.why.en and part.why.zh for part in verdict.feedback)


@pytest.mark.parametrize(
    ("keys", "score"),
    [
        (("a", "b"), 1.0),
        (("a",), 0.5),
        (("a", "c"), 0.0),
        (("a", "b", "c"), 0.5),
        (("c", "d"), 0.0),
        ((), 0.0),
    ],
)
def test_multi_under_the_partial_rule(example_bank: Bank, keys: tuple[str, ...], score: float) -> None:
    variant = of(example_bank, "what-qlora-adds")
    assert grade(variant, Chosen(keys), "partial").score == score
    assert grade(variant, Chosen(keys)).score == float(score == 1.0)


def test_a_number_from_a_known_mistake_reads_its_own_word(example_bank: Bank) -> None:
    variant = of(example_bank, "count-attention-only")
    wrong = int(variant.values["r"]) * int(variant.values["layers"]) * 4 * int(variant.values["h"])
    verdict = grade(variant, Typed(f"{wrong:,}"))
    assert verdict.mistake == "forgot-gqa"
    assert "512" in verdict.feedback[-1].why.en and verdict.feedback[-1].chosen
    assert verdict.read_as is not None and f"{wrong:,}" in verdict.read_as.zh


def test_a_number_cut_short_is_asked_again_and_not_called_wrong(example_bank: Bank) -> None:
    variant = of(example_bank, "count-attention-only")
    assert variant.number == 10_092_544
    assert grade(variant, Typed("10.09M")).correct
    with pytest.raises(AnswerError, match="more digits") as raised:
        grade(variant, Typed("10M"))
    assert raised.value.code == "more-digits"
    assert not grade(variant, Typed("11M")).correct


def test_a_fraction_where_a_percentage_is_asked_is_asked_again(bank_with: Maker) -> None:
    bank = bank_with(
        """[[question]]
id = "q.share"
topic = "lora-math"
kind = "numeric"
bloom = "apply"
difficulty = 1
source = "here"
prompt = "Half, in percent?"
explain = "50 %"
answer = "50"
unit = "%"
tolerance = { relative = 0.01 }
"""
    )
    variant = present(bank.questions[0], 0, bank)
    assert grade(variant, Typed("50")).correct and grade(variant, Typed("５０％")).correct
    with pytest.raises(AnswerError) as raised:
        grade(variant, Typed("0.5"))
    assert raised.value.code == "percent-or-fraction"
    assert not grade(variant, Typed("0.5%")).correct
    assert not grade(variant, Typed("0.7")).correct


@pytest.mark.parametrize(
    ("value", "key", "tolerance", "right"),
    [
        (1.009, 1.0, Tolerance(relative=0.01), True),
        (1.011, 1.0, Tolerance(relative=0.01), False),
        (-101.0, -100.0, Tolerance(relative=0.01), True),
        (63.0, 63.0, Tolerance(absolute=0), True),
        (62.5, 63.0, Tolerance(absolute=0), False),
        (0.1 + 0.2, 0.3, Tolerance(absolute=0), True),
        (4.48, 4.4817, Tolerance(significant=3), True),
        (4.47, 4.4817, Tolerance(significant=3), False),
        (0.0, 0.0, Tolerance(significant=3), True),
        (0.0, 0.0, Tolerance(relative=0.01), True),
    ],
)
def test_tolerances(value: float, key: float, tolerance: Tolerance, right: bool) -> None:
    assert near(value, key, tolerance) is right


def test_order_counts_neighbours(example_bank: Bank) -> None:
    variant = of(example_bank, "ladder")
    assert grade(variant, Ordered(("a", "b", "c")), "partial").score == 1.0
    assert grade(variant, Ordered(("b", "c", "a")), "partial").score == 0.5
    assert grade(variant, Ordered(("c", "b", "a")), "partial").score == 0.0
    assert grade(variant, Ordered(()), "partial").score == 0.0


def test_match_explains_an_extra_that_was_chosen(example_bank: Bank) -> None:
    verdict = grade(of(example_bank, "parts-and-jobs"), Matched({"a": "a", "b": "extra-a"}), "partial")
    assert verdict.score == 0.5
    (extra,) = [part for part in verdict.feedback if not part.right]
    assert extra.key == "extra-a" and extra.chosen


def test_cloze_does_not_care_for_width_case_and_spaces(example_bank: Bank) -> None:
    variant = of(example_bank, "cloze-config")
    for typed in ("lora_alpha", " LORA_ALPHA ", "ｌｏｒａ＿ａｌｐｈａ", "`lora_alpha`", "alpha"):
        assert grade(variant, Filled({"numerator": typed, "modules": '"All-Linear"'})).correct, typed
    verdict = grade(variant, Filled({"numerator": "r"}), "partial")
    assert verdict.score == 0.0
    assert any(part.why.en == "r stands below the line." for part in verdict.feedback)


def test_spot_takes_line_numbers(example_bank: Bank) -> None:
    variant = of(example_bank, "spot-4bit")
    assert right_answer(variant) == Spotted((4,))
    verdict = grade(variant, Spotted((1,)))
    assert not verdict.correct
    assert {part.key: part.why.en for part in verdict.feedback}["1"] == "This line is in order."
    assert grade(variant, Spotted((4, 1)), "partial").score == 0.0


@pytest.mark.parametrize(
    ("name", "answer", "code"),
    [
        ("scaling-halves", Typed("a"), "wrong-kind"),
        ("scaling-halves", Chosen(("z",)), "unknown-choice"),
        ("scaling-halves", Chosen(("a", "b")), "one-only"),
        ("what-qlora-adds", Chosen(("a", "a")), "unknown-choice"),
        ("ladder", Ordered(("a", "x", "c")), "unknown-choice"),
        ("parts-and-jobs", Matched({"x": "a"}), "unknown-choice"),
        ("cloze-config", Filled({"x": "a"}), "unknown-blank"),
        ("spot-4bit", Spotted((99,)), "no-such-line"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused(
    example_bank: Bank, name: str, answer: object, code: str
) -> None:
    with pytest.raises(AnswerError) as raised:
        grade(of(example_bank, name), answer)  # type: ignore[arg-type]
    assert raised.value.code == code


@pytest.mark.parametrize(
    ("name", "text", "right"),
    [
        ("merge-no-latency", "对", True),
        ("merge-no-latency", "false", False),
        ("what-qlora-adds", "a,b", True),
        ("ladder", "a b c", True),
        ("parts-and-jobs", "a=a, b=b", True),
        ("cloze-config", "numerator=alpha; modules=all-linear", True),
        ("flat-cause", "学习率", True),
        ("spot-4bit", "4", True),
    ],
)
def test_answers_in_one_line(example_bank: Bank, name: str, text: str, right: bool) -> None:
    variant = of(example_bank, name)
    assert grade(variant, parse_answer(variant, text)).correct is right


@given(text=st.text(max_size=40))
def test_any_line_is_an_answer_or_an_answer_error(text: str, example_bank: Bank) -> None:
    for question in example_bank.questions:
        variant = present(question, 1, example_bank)
        try:
            verdict = grade(variant, parse_answer(variant, text), "partial")
        except AnswerError:
            continue
        assert 0.0 <= verdict.score <= 1.0
        assert verdict.correct == (verdict.score == 1.0)


@given(text=st.text(max_size=30))
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = filling(text)
    assert filling(f" {once} ") == filling(once)
