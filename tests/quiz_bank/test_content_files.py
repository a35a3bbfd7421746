"""Content files: what is sound is used, what is not is named with its place (faults 16 and 22)."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.clean import clean
from quiz_bank.bank import Bank
from quiz_bank.content_files import PARTS, read_content
from quiz_bank.figures import Figure
from quiz_bank.lint import lint
from quiz_bank.questions import KINDS
from quiz_bank.text import Text, harmless
from quiz_bank.widen import typed

Maker = Callable[..., Bank]

CARD = """[[card]]
id = "{id}"
topic = "lora-math"
front.en = "Front {id}"
front.zh = "正面 {id}"
back.en = "Back"
back.zh = "背面"
source = "here"
"""


def test_every_documented_example_loads_and_no_kind_is_missing(example_bank: Bank) -> None:
    assert example_bank.problems == []
    assert {question.kind for question in example_bank.questions} == set(KINDS)
    assert example_bank.cards and example_bank.sets and example_bank.trees and example_bank.blueprints


def test_the_documented_examples_are_lint_clean_but_for_the_set_of_one(example_bank: Bank) -> None:
    assert {found.code for found in lint(example_bank)} == {"set-size"}


def test_a_broken_item_is_skipped_with_file_and_line_and_the_rest_is_usable(bank_with: Maker) -> None:
    broken = CARD.format(id="two").replace('back.zh = "背面"\n', "")
    bank = bank_with(CARD.format(id="one") + broken + CARD.format(id="three"))
    assert [card.id for card in bank.cards] == ["one", "three"]
    (problem,) = bank.problems
    assert (problem.code, problem.item, problem.field) == ("missing-language", "two", "back.zh")
    assert problem.file.name == "own.toml"
    assert problem.line is not None and 8 < problem.line < 16


def test_an_unclosed_string_costs_one_item_and_not_the_file(bank_with: Maker) -> None:
    broken = CARD.format(id="two").replace('source = "here"', "source = '''here")
    bank = bank_with(CARD.format(id="one") + broken + CARD.format(id="three"))
    assert [card.id for card in bank.cards] == ["one", "three"]
    (problem,) = bank.problems
    assert (problem.code, problem.item) == ("toml", "two")


def test_a_misspelt_field_is_named_with_its_line(bank_with: Maker) -> None:
    bank = bank_with(CARD.format(id="one").replace("source", "sauce"))
    (problem,) = bank.problems
    assert problem.field == "sauce"
    assert problem.line == 8
    assert "misspelt" in problem.message


def test_the_first_owner_keeps_an_id_and_the_second_is_named(bank_with: Maker) -> None:
    bank = bank_with(CARD.format(id="one") + CARD.format(id="one"))
    assert len(bank.cards) == 1
    (problem,) = bank.problems
    assert (problem.code, problem.line) == ("duplicate-id", 9)
    assert "own.toml:1" in problem.message


def test_a_question_and_a_card_may_not_share_an_id(bank_with: Maker, documented: str) -> None:
    bank = bank_with(documented + CARD.format(id="example.scaling-halves"))
    assert [problem.code for problem in bank.problems] == ["duplicate-id"]


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.encode("utf-16"),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: ("\n\n" + text.replace("\n", "\n\n")).encode(),
    ],
    ids=["BOM", "UTF-16", "CRLF", "blank lines"],
)
def test_other_ways_to_write_the_same_text_give_the_same_items(
    bank_with: Maker, encode: Callable[[str], bytes]
) -> None:
    plain = bank_with(CARD.format(id="one")).cards
    assert bank_with(encode(CARD.format(id="one"))).cards == plain


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        (CARD.format(id="one").encode() + b"# caf\xe9\n", "encoding", 9),
        (CARD.format(id="one").replace("Front", "Fr\0nt").encode(), "toml", 4),
        (b"question = 3\n", "unknown-table", 1),
        (b"format_version = 2\n", "format-version", 1),
        (b"[[question]]\nid = 3\n", "schema", 1),
    ],
    ids=["latin-1", "NUL", "a type change", "a newer format", "a wrong type"],
)
def test_what_cannot_be_read_names_file_and_line(bank_with: Maker, data: bytes, code: str, line: int) -> None:
    bank = bank_with(data)
    (problem,) = bank.problems
    assert (problem.code, problem.line, problem.file.name) == (code, line, "own.toml")
    assert bank.questions == ()


def test_an_empty_file_is_an_empty_bank(bank_with: Maker) -> None:
    bank = bank_with(b"")
    assert bank.problems == [] and bank.questions == ()


def test_a_file_of_17_megabytes_is_refused_by_its_size(bank_with: Maker) -> None:
    (problem,) = bank_with(b"#" * 17 * 1024 * 1024).problems
    assert problem.code == "too-large"


@settings(max_examples=60)
@given(data=st.binary(max_size=400))
def test_no_bytes_make_the_loader_raise(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("any") / "any.toml"
    path.write_bytes(data)
    placed, problems = read_content(path)
    assert all(problem.file == path for problem in problems)
    assert all(part.table in PARTS for part in placed)


@settings(max_examples=40)
@given(cut=st.integers(0, 20_000), junk=st.text(max_size=12))
def test_a_damaged_file_never_raises_and_keeps_what_stands_before_the_damage(
    cut: int, junk: str, documented: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    at = cut % len(documented)
    path = tmp_path_factory.mktemp("cut") / "cut.toml"
    path.write_bytes((documented[:at] + junk + documented[at:]).encode("utf-8", "surrogatepass"))
    placed, problems = read_content(path)
    before = documented[:at].count("\n[[question]]")
    kept = sum(part.table == "question" for part in placed)
    assert kept >= before - 1 or problems


@settings(max_examples=100)
@given(text=st.text())
def test_text_in_content_is_cleaned_as_text_for_the_terminal_is(text: str) -> None:
    assert harmless(text) == clean(text)


def test_escapes_cannot_smuggle_steering_characters_in(bank_with: Maker) -> None:
    evil = CARD.format(id="one").replace("Front one", "\\u001b[31mred\\u202etxet 👩\u200d🔬 é ظ")
    (card,) = bank_with(evil).cards
    assert card.front.en == "[31mredtxet 👩\u200d🔬 é ظ"


def test_short_forms_say_what_long_forms_say() -> None:
    short = {"type": "table", "title": "T", "header": ["a", "b"], "rows": [["x", 1]]}
    both = {"en": "T", "zh": "T"}
    long = {
        "type": "table",
        "title": both,
        "header": [{"en": "a", "zh": "a"}, {"en": "b", "zh": "b"}],
        "rows": [[{"en": "x", "zh": "x"}, 1]],
    }
    assert typed(short, Figure) == typed(long, Figure)
    assert typed("x", Text) == Text("x", "x")


def test_a_folder_that_is_not_there_is_an_empty_bank(tmp_path: Path) -> None:
    from quiz_bank.bank import load_bank

    bank = load_bank([tmp_path / "nowhere"])
    assert bank.questions == () and bank.problems == []
