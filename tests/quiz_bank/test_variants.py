"""Variants: the same everywhere for one seed, different between seeds, never a broken one."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quiz_bank.bank import CONTENT, Bank, load_bank
from quiz_bank.errors import FormulaError
from quiz_bank.figures import Lines
from quiz_bank.questions import Numeric, Order
from quiz_bank.seeds import Draws
from quiz_bank.variants import present, set_figures

Maker = Callable[..., Bank]

NUMERIC = """[[question]]
id = "q.{id}"
topic = "lora-math"
kind = "numeric"
bloom = "apply"
difficulty = 2
source = "here"
prompt = "<<a>> + <<b>>"
explain = "<<answer>>"
answer = "a + b"
tolerance = {{ absolute = 0 }}
{more}
"""


def test_draws_are_those_of_sha256_and_not_of_this_machine() -> None:
    # First eight bytes of SHA-256 of "q", US, "7", US, "1", modulo 1000: computed with sha256sum in a shell.
    import hashlib

    first = int.from_bytes(hashlib.sha256(b"q\x1f7\x1f1").digest()[:8], "big")
    assert Draws("q", 7).below(1000) == first % 1000
    assert Draws("q", 7).shuffled("abcdefgh") == Draws("q", 7).shuffled("abcdefgh")


def test_a_seed_is_a_contract(example_bank: Bank) -> None:
    """These were drawn once; a change here would change every learner's history of exams."""
    question = example_bank.question("example.count-attention-only")
    variant = present(question, 1, example_bank)
    assert (variant.values["name"], variant.values["r"], variant.number) == ("Qwen2.5-7B", 32, 10_092_544.0)
    order = [
        choice.key
        for choice in present(example_bank.question("example.scaling-halves"), 3, example_bank).choices
    ]
    assert order == ["c", "b", "a"]


@given(seed=st.integers(-(2**40), 2**40))
def test_one_seed_gives_one_variant_and_every_variant_is_whole(seed: int, example_bank: Bank) -> None:
    for question in example_bank.questions:
        variant = present(question, seed, example_bank)
        assert variant == present(question, seed, example_bank)
        for text in (variant.prompt, variant.explain):
            assert "<<" not in text.en + text.zh
        if isinstance(question, Order):
            assert list(variant.choices) != list(variant.solution)
            assert sorted(c.key for c in variant.choices) == sorted(c.key for c in variant.solution)


def test_all_values_and_all_places_of_the_key_come_up_about_equally_often(example_bank: Bank) -> None:
    question = example_bank.question("example.scaling-halves")
    places = [
        [choice.correct for choice in present(question, seed, example_bank).choices].index(True)
        for seed in range(900)
    ]
    # 300 expected of each; five standard deviations of a binomial are 71.
    assert all(abs(places.count(place) - 300) < 71 for place in range(3))
    counted = example_bank.question("example.count-attention-only")
    drawn = [present(counted, seed, example_bank).values for seed in range(900)]
    assert all(abs(sum(values["r"] == r for values in drawn) - 225) < 65 for r in (4, 8, 16, 32))


def test_the_digest_is_that_of_the_numbers_not_of_the_seed(example_bank: Bank) -> None:
    question = example_bank.question("example.count-attention-only")
    by_digest: dict[str, set[str]] = {}
    for seed in range(100):
        variant = present(question, seed, example_bank)
        by_digest.setdefault(variant.digest, set()).add(f"{variant.values}")
    assert len(by_digest) == 12
    assert all(len(values) == 1 for values in by_digest.values())


def test_cases_vary_together_and_conditions_hold(bank_with: Maker) -> None:
    more = 'case = [{ a = 1, b = 10 }, { a = 2, b = 20 }, { a = 3, b = 30 }]\nrequire = ["a != 2"]'
    bank = bank_with(NUMERIC.format(id="cases", more=more))
    seen = {(v.values["a"], v.values["b"]) for v in (present(bank.questions[0], s, bank) for s in range(50))}
    assert seen == {(1, 10), (3, 30)}


def test_a_rare_condition_is_still_met(bank_with: Maker) -> None:
    more = (
        'require = ["a == 777", "b == 3"]\nparams.a = { min = 0, max = 999, step = 1 }\n'
        "params.b = { min = 0, max = 9, step = 1 }"
    )
    bank = bank_with(NUMERIC.format(id="rare", more=more))
    assert present(bank.questions[0], 5, bank).number == 780


@pytest.mark.parametrize(
    "more",
    [
        'require = ["a > 5"]\nparams.a = { choice = [1] }\nparams.b = { choice = [1] }',
        "params.a = { choice = [1] }",
        "params.a = { choice = [] }\nparams.b = { choice = [1] }",
        "params.a = { min = 1, max = 9 }\nparams.b = { choice = [1] }",
        "params.a = { min = 0, max = 1e12, step = 1 }\nparams.b = { choice = [1] }",
        'params.a = { choice = [1] }\nparams.b = { choice = [1] }\nlet.a = "b"',
        'table = "nowhere"',
        'table = "models"\nrows = ["GPT-9"]',
    ],
)
def test_a_space_that_makes_no_sense_is_an_error_with_a_reason(bank_with: Maker, more: str) -> None:
    bank = bank_with(NUMERIC.format(id="bad", more=more))
    with pytest.raises(FormulaError):
        present(bank.questions[0], 1, bank)


def test_ranges_hit_both_ends_without_rounding_dust(bank_with: Maker) -> None:
    more = "params.a = { min = 0.1, max = 0.5, step = 0.1 }\nparams.b = { choice = [0] }"
    bank = bank_with(NUMERIC.format(id="range", more=more))
    values = [values["a"] for values in bank.space(bank.questions[0]).all()]
    assert values == [0.1, 0.2, 0.3, 0.4, 0.5]


def test_a_number_asked_as_a_choice_shows_the_key_among_its_mistakes(bank_with: Maker) -> None:
    more = """ask = "choice"
mistake = [
  { name = "minus", value = "a - b", why = "w" },
  { name = "same-as-minus", value = "0 - (b - a)", why = "w" },
  { name = "times", value = "a * b", why = "w" },
]
params.a = { choice = [20] }
params.b = { choice = [3] }"""
    bank = bank_with(NUMERIC.format(id="choice", more=more))
    variant = present(bank.questions[0], 1, bank)
    assert {choice.key: choice.text.en for choice in variant.choices} == {
        "answer": "23",
        "minus": "17",
        "times": "60",
    }


def test_curves_are_computed_with_their_noise_and_stay_the_same_for_a_seed(example_bank: Bank) -> None:
    question = example_bank.question("example.read-curves")
    (figure,) = present(question, 4, example_bank).figures
    assert isinstance(figure, Lines)
    train, held_out = figure.series
    assert len(train.x) == len(train.y) == 31 and len(held_out.y) == 16
    best = present(question, 4, example_bank).values["best"]
    lowest = min(zip(held_out.y, held_out.x, strict=True))[1]
    assert abs(lowest - float(best)) <= 20
    assert abs(float(train.y[0]) - 2.4) < 0.2 and float(train.y[0]) != 2.4
    (of_set,) = set_figures(example_bank.question_set("example-flat"))
    assert set_figures(example_bank.question_set("example-flat")) == (of_set,)


def test_every_item_of_the_shipped_bank_can_be_shown() -> None:
    bank = load_bank([CONTENT])
    for question in bank.questions:
        variant = present(question, 20_261_122, bank)
        assert variant.prompt.en and variant.prompt.zh
        if isinstance(question, Numeric):
            assert variant.number is not None
