"""Lint: each fault that an author makes is found, at its item and field; a sound bank is silent."""

from collections.abc import Callable

import pytest

from quiz_bank.bank import CONTENT, Bank, load_bank
from quiz_bank.lint import lint
from quiz_bank.lint.repeats import near_repeats

Maker = Callable[..., Bank]

SINGLE = """
[[question]]
id = "q.one"
topic = "lora-math"
kind = "single"
bloom = "apply"
difficulty = 2
source = "arXiv:2106.09685"
prompt = { en = "Which of these doubles?", zh = "哪一个会翻倍？" }
explain = { en = "The first one.", zh = "第一个。" }
option = [
  { en = "This", zh = "这个", correct = true, why = { en = "Yes.", zh = "是的。" } },
  { en = "That", zh = "那个", why = { en = "No.", zh = "不是。" } },
  { en = "Neither", zh = "都不会", why = { en = "No.", zh = "不是。" } },
]
"""
NUMERIC = """
[[question]]
id = "q.num"
topic = "lora-math"
kind = "numeric"
bloom = "apply"
difficulty = 2
source = "arXiv:2106.09685"
prompt = { en = "Twice <<n>>?", zh = "<<n>> 的两倍是多少？" }
explain = { en = "It is <<answer>>.", zh = "是 <<answer>>。" }
answer = "2 * n"
tolerance = { absolute = 0 }
params.n = { choice = [1, 2, 3] }
mistake = [{ name = "square", value = "n * n + 7", why = { en = "Squared.", zh = "平方了。" } }]
"""
CLOZE = """
[[question]]
id = "q.gap"
topic = "lora-math"
kind = "cloze"
bloom = "remember"
difficulty = 1
source = "here"
prompt = { en = "The factor is [[a]].", zh = "系数是 [[a]]。" }
explain = { en = "So it is.", zh = "就是它。" }
blank = [{ name = "a", answer = "alpha", why = { en = "Yes.", zh = "对。" } }]
"""
SPOT = """
[[question]]
id = "q.spot"
topic = "lora-math"
kind = "spot"
bloom = "analyse"
difficulty = 3
source = "here"
prompt = { en = "Which line is wrong?", zh = "哪一行有错？" }
explain = { en = "The second.", zh = "第二行。" }
code = "one\\ntwo\\nthree"
why_other = { en = "Fine.", zh = "没有问题。" }
line = [{ contains = "two", wrong = true, why = { en = "This.", zh = "这一行。" } }]
"""


def codes(bank: Bank) -> set[tuple[str, str | None]]:
    return {(found.code, found.field) for found in lint(bank, labs={"rank"}) if found.item != "own"}


def test_sound_items_are_silent(bank_with: Maker) -> None:
    assert codes(bank_with(SINGLE + NUMERIC + CLOZE + SPOT)) == set()


@pytest.mark.parametrize(
    ("text", "old", "new", "expected"),
    [
        (SINGLE, "correct = true, ", "", ("correct-options", "option")),
        (SINGLE, 'zh = "那个", why', 'zh = "那个", correct = true, why', ("correct-options", "option")),
        (SINGLE, 'en = "No."', 'en = ""', ("unexplained", "option[1].why.en")),
        (SINGLE, '"lora-math"', '"sewing"', ("unknown-topic", "topic")),
        (SINGLE, "bloom =", 'lab = "none"\nbloom =', ("unknown-lab", "lab")),
        (SINGLE, "bloom =", 'model = "GPT-9"\nbloom =', ("unknown-model", "model")),
        (SINGLE, "bloom =", 'set = "none"\nbloom =', ("unknown-set", "set")),
        (SINGLE, '"哪一个会翻倍？"', '"Which of these doubles?"', ("missing-language", "prompt.zh")),
        (SINGLE, '"arXiv:2106.09685"', '" "', ("no-source", "source")),
        (SINGLE, '"arXiv:2106.09685"', '"peft 0.21.2"', ("no-date", "as_of")),
        (SINGLE, 'en = "That"', 'en = "this "', ("equals-key", "option[1].en")),
        (SINGLE, 'en = "Neither"', 'en = "that"', ("same-options", "option[2].en")),
        (SINGLE, 'en = "Neither"', 'en = "None of the above"', ("lazy-option", "option[2].en")),
        (SINGLE, "first one", "first $ one", ("dollar", "explain.en")),
        (SINGLE, "doubles?", "doubles <<r>>?", ("placeholders", "prompt")),
        (NUMERIC, "Twice <<n>>", "Twice <<m>>", ("formula", "prompt.en")),
        (NUMERIC, "n * n + 7", "n * n", ("equals-key", "mistake.square")),
        (NUMERIC, "n * n + 7", "1 / (n - 3)", ("formula", "mistake.square")),
        (NUMERIC, '"2 * n"', '"2 / (n - 2)"', ("formula", "answer")),
        (NUMERIC, "[1, 2, 3]", "[]", ("formula", None)),
        (NUMERIC, "{ absolute = 0 }", "{ absolute = 0, relative = 0.1 }", ("tolerance", "tolerance")),
        (NUMERIC, '<<answer>>.", zh', '<<answer:q>>.", zh', ("format", "explain")),
        (NUMERIC, "params.n", "params.unused = { choice = [1] }\nparams.n", ("unused-name", "params.unused")),
        (CLOZE, "is [[a]]", "is [[b]]", ("blanks", "prompt.en")),
        (SPOT, 'contains = "two"', 'contains = "t"', ("line-not-found", "line[0].contains")),
        (SPOT, 'contains = "two"', 'contains = "four"', ("line-not-found", "line[0].contains")),
        (SPOT, "wrong = true, ", "", ("correct-options", "line")),
        (SPOT, "why_other = { en", "# { en", ("unexplained", "why_other")),
    ],
)
def test_each_fault_is_found_at_its_field(
    bank_with: Maker, text: str, old: str, new: str, expected: tuple[str, str | None]
) -> None:
    assert old in text
    assert expected in codes(bank_with(text.replace(old, new, 1)))


def test_a_formula_that_fails_for_one_value_in_a_thousand_is_found_with_that_value(bank_with: Maker) -> None:
    bank = bank_with(
        NUMERIC.replace("[1, 2, 3]", "[1]")
        .replace("choice = [1]", "min = 1, max = 1000, step = 1")
        .replace('"2 * n"', '"2 * n / (n - 977) * (n - 977)"')
    )
    (found,) = [one for one in lint(bank) if one.field == "answer"]
    assert "divides by zero" in found.message and "n=977" in found.message


def test_findings_carry_file_line_and_item(bank_with: Maker) -> None:
    (found,) = lint(bank_with(SINGLE.replace("correct = true, ", "")))
    assert (found.file.name, found.line, found.item) == ("own.toml", 2, "q.one")


def test_the_longest_option_and_unbalanced_booleans_are_noticed_over_a_topic(bank_with: Maker) -> None:
    items = []
    for i in range(12):
        items.append(
            SINGLE.replace("q.one", f"q.s{i}")
            .replace('"This"', f'"This one because of reason {i * 7}"')
            .replace("doubles", f"doubles word{i} thing{i * 3} other{i * 5}")
        )
    for i in range(8):
        items.append(
            f"""
[[question]]
id = "q.b{i}"
topic = "lora-math"
kind = "boolean"
bloom = "remember"
difficulty = 1
source = "here"
prompt = {{ en = "Statement number{i} about subject{i}", zh = "第 {i} 条" }}
explain = {{ en = "Yes.", zh = "对。" }}
answer = true
why_true = {{ en = "Yes.", zh = "对。" }}
why_false = {{ en = "No.", zh = "不对。" }}
"""
        )
    found = {one.code for one in lint(bank_with("".join(items)))}
    assert {"longest-key", "unbalanced-booleans"} <= found


def test_near_repeats_are_found_in_both_languages() -> None:
    filler = {f"f{i}": f"filler{i} text{i} word{i} 汉字{i}" for i in range(40)}
    repeats = near_repeats(
        filler
        | {
            "a": "how many trainable parameters does rank eight give",
            "b": "how many trainable parameters does rank eight give here",
            "c": "学习率太高会怎样变化",
            "d": "学习率太高会怎样变化呢",
        }
    )
    assert {(first, second) for first, second, _ in repeats} == {("a", "b"), ("c", "d")}


def test_a_learners_deck_need_not_be_bilingual(bank_with: Maker) -> None:
    bank = bank_with(
        SINGLE.replace('{ en = "Which of these doubles?", zh = "哪一个会翻倍？" }', '"Which one doubles?"')
    )
    assert lint(bank)
    assert not lint(bank, one_language=bank.folders)


def test_the_shipped_bank_has_no_error() -> None:
    assert [str(found) for found in lint(load_bank([CONTENT])) if found.severity == "error"] == []
