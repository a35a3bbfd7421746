"""Imports: all of a file or nothing of it, with line and reason."""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quiz_bank.bank import CONTENT, Bank, load_bank
from quiz_bank.exchange.deck import deck_slug, deck_text, literal
from quiz_bank.exchange.drafts import Drafts, ImportFormatError
from quiz_bank.exchange.exporting import Exported, export
from quiz_bank.exchange.importing import FORMATS, Imported, import_deck
from quiz_bank.grading import grade, right_answer
from quiz_bank.placeholders import fill
from quiz_bank.questions import Cloze, Match, Numeric, Order, Single, Spot
from quiz_bank.variants import present

HASCARD = """# What is LoRA?
A low-rank update of frozen weights.
---
# Which is 4-bit?
- bf16
* NF4
- fp32
---
# Which are PEFT methods?
[*] LoRA
[ ] SFT
[x] IA3
---
# Fill in
The factor is _alpha|lora\\_alpha_ over _r_; snake\\_case stays.
---
# Order them
2. tune
1. prompt
3. merge
"""


def take(text: str | bytes, name: str, folder: Path, **options: object) -> Imported:
    source = folder / name
    source.write_bytes(text.encode() if isinstance(text, str) else text)
    return import_deck(source, folder / "decks", shipped(), **options)  # type: ignore[arg-type]


@cache
def shipped() -> Bank:
    return load_bank([CONTENT])


def deck(result: Imported) -> Bank:
    assert result.deck is not None, (result.refused, [str(f) for f in result.findings])
    return load_bank([result.deck.parent])


def test_hascards_five_kinds(tmp_path: Path) -> None:
    bank = deck(take(HASCARD, "My deck.md", tmp_path))
    assert bank.problems == []
    assert [question.kind for question in bank.questions] == ["single", "multi", "cloze", "order"]
    assert [card.back.en for card in bank.cards] == ["A low-rank update of frozen weights."]
    single, _, cloze, order = bank.questions
    assert isinstance(single, Single) and [o.en for o in single.options if o.correct] == ["NF4"]
    assert isinstance(cloze, Cloze) and cloze.blanks[0].accept == ("lora_alpha",)
    assert "snake_case" in cloze.prompt.en
    assert isinstance(order, Order) and [item.en for item in order.items] == ["prompt", "tune", "merge"]
    assert "my-deck" in bank.topics


def test_a_broken_card_stops_the_import_and_nothing_is_written(tmp_path: Path) -> None:
    result = take(HASCARD.replace("* NF4", "- NF4"), "deck.md", tmp_path)
    assert result.deck is None and not (tmp_path / "decks").exists()
    (refusal,) = result.refused
    assert (refusal.line, refusal.broken) == (4, True)
    assert "0 choices are marked" in refusal.reason
    skipped = take(HASCARD.replace("* NF4", "- NF4"), "deck.md", tmp_path, skip_broken=True)
    assert skipped.deck is not None and skipped.questions == 3


def test_a_second_import_replaces_the_deck_and_keeps_the_ids(tmp_path: Path) -> None:
    first = deck(take(HASCARD, "deck.md", tmp_path))
    second = deck(take(HASCARD + "---\n# New\nOne more.\n", "deck.md", tmp_path))
    assert {q.id for q in first.questions} == {q.id for q in second.questions}
    assert len(second.cards) == 2


def test_a_deck_that_cannot_be_written_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = take(HASCARD, "deck.md", tmp_path).deck
    assert before is not None
    old = before.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        take(HASCARD + "---\n# New\nOne more.\n", "deck.md", tmp_path)
    assert before.read_bytes() == old
    assert [path.name for path in before.parent.iterdir()] == [before.name]


@pytest.mark.parametrize("name", ["out.gift", "out.xml", "out.csv", "out.tsv"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_was_exported_comes_back_with_its_ids_and_its_key(
    exported: Callable[..., Exported], example_bank: Bank, tmp_path: Path, name: str, lang: str
) -> None:
    result = exported(name, lang)
    imported = import_deck(result.file, tmp_path / "decks", shipped(), name="back")
    bank = deck(imported)
    assert [r for r in imported.refused if r.broken] == []
    assert {q.id for q in bank.questions} == {q.id for q in example_bank.questions}
    changed = {loss.item for loss in result.losses if "becomes" in loss.what or "become " in loss.what}
    for question in bank.questions:
        original = example_bank.question(question.id)
        variant = present(question, 5, bank)
        assert grade(variant, right_answer(variant)).correct
        assert (question.kind == original.kind) == (question.id not in changed), question.id
        if isinstance(question, Numeric) and not question.cases:
            wanted = present(original, 0, example_bank)
            assert variant.number == pytest.approx(wanted.number)
        if isinstance(question, Single) and isinstance(original, Single):
            wanted = present(original, 0, example_bank)
            right = [choice.text[lang] for choice in wanted.choices if choice.correct]  # type: ignore[index]
            got = [choice.text.en for choice in variant.choices if choice.correct]
            assert [text.replace("\\", "") for text in got] == [text.replace("\\", "") for text in right]


@pytest.mark.parametrize("name", ["all.csv", "all.tsv"])
def test_the_whole_bank_comes_back_from_a_spreadsheet(tmp_path: Path, name: str) -> None:
    bank = shipped()
    result = export(tmp_path / name, bank.questions, bank.cards, bank, "en")
    taken = import_deck(result.file, tmp_path / "decks", bank, name="back")
    assert taken.usable and not [one for one in taken.findings if one.severity == "error"]
    assert (taken.questions, taken.cards) == (result.questions, result.cards)
    for question in deck(taken).questions:
        if isinstance(question, Spot):
            original = bank.question(question.id.removeprefix("back."))
            assert isinstance(original, Spot)
            assert len([line for line in question.lines if line.wrong]) == len(
                [line for line in original.lines if line.wrong]
            )


def test_csv_brings_cards_back(exported: Callable[..., Exported], example_bank: Bank, tmp_path: Path) -> None:
    bank = deck(import_deck(exported("out.csv").file, tmp_path / "decks", shipped()))
    assert [(card.id, card.front.en, card.back.en) for card in bank.cards] == [
        (card.id, card.front.en, card.back.en) for card in example_bank.cards
    ]


def test_two_columns_become_cards(tmp_path: Path) -> None:
    for name, text in (("a.csv", "LoRA,low rank\nNF4,4 bits\n"), ("b.tsv", "LoRA\tlow rank\nNF4\t4 bits\n")):
        assert [
            card.front.en for card in deck(take(text, name, tmp_path / name[0] if False else tmp_path)).cards
        ][-2:] == ["LoRA", "NF4"]


GIFT = """// a comment
$CATEGORY: tune

::Q1:: What scales $5 of BA\\: choose {
=alpha \\= r#right
~%-50%beta#wrong
####General.
}

Two plus two is {=four =4}, is it not?

::Q3:: Pi? {#3.14159:0.005}

::Q4:: Range {#1..5}

Grant is buried in Grant's tomb.{T}

Match {
=A -> down
=B -> up
}

Say what you think {}

A description without a question.
"""


def test_gift_of_many_kinds(tmp_path: Path) -> None:
    result = take(GIFT, "quiz.gift", tmp_path)
    bank = deck(result)
    kinds = [question.kind for question in bank.questions]
    assert kinds == ["single", "cloze", "numeric", "numeric", "boolean", "match"]
    assert [refusal.broken for refusal in result.refused] == [False, False]
    single = bank.questions[0]
    assert single.prompt.en == "What scales \\$5 of BA: choose"
    assert (
        isinstance(single, Single) and single.options[0].en == "alpha = r" and single.explain.en == "General."
    )
    ranged = bank.questions[3]
    assert isinstance(ranged, Numeric) and (ranged.answer, ranged.tolerance.absolute) == ("3.0", 2.0)
    assert isinstance(bank.questions[5], Match)


@pytest.mark.parametrize(
    ("text", "line"),
    [("Q {=a\n~b\n", 1), ("\n\n::x:: Q {right ~wrong}\n", 3), ("Q {#abc}\n", 1), ("Q {~a ~b}{=c}\n", 1)],
)
def test_broken_gift_names_the_line(tmp_path: Path, text: str, line: int) -> None:
    result = take(text, "q.gift", tmp_path)
    assert result.deck is None
    assert [refusal.line for refusal in result.refused if refusal.broken] == [line]


BOMB = """<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<quiz><question type="essay"><name><text>&b;</text></name></question></quiz>
"""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (BOMB, "document type"),
        (BOMB.replace('"ha"', 'SYSTEM "file:///etc/passwd"'), "document type"),
        ("<quiz>" + "<a>" * 5000, "nested deeper"),
        ("<quiz><question>", "not XML"),
        ("<html/>", "not <quiz>"),
        ("<quiz/>", "no question"),
        ("not xml", "not XML"),
    ],
)
def test_hostile_or_broken_xml_is_refused_as_a_whole(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(ImportFormatError, match=reason):
        take(text, "q.xml", tmp_path)
    assert not (tmp_path / "decks").exists()


def test_moodle_questions_we_have_no_kind_for_are_listed_with_their_line(tmp_path: Path) -> None:
    text = """<?xml version="1.0"?>
<quiz>
<!-- <question type="x"> -->
<question type="category"><category><text>a</text></category></question>
<question type="essay"><name><text>Think</text></name></question>
<question type="truefalse"><name><text>T</text></name><questiontext><text><![CDATA[<p>x < y <img src="a.png"></p>]]></text></questiontext>
<answer fraction="100"><text>true</text></answer><answer fraction="0"><text>false</text></answer></question>
</quiz>"""
    result = take(text, "q.xml", tmp_path)
    assert [(r.line, r.reason) for r in result.refused] == [(5, "there is no kind for Moodle's 'essay'")]
    assert [(loss.line, loss.reason) for loss in result.losses] == [(6, "img")]
    assert deck(result).questions[0].prompt.en == "x < y"


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"# caf\xe9\nback\n", 1),
        (b"# a\nb\n---\n# c\0\nd\n", 4),
        (b"", None),
        (b"\n\n\n", None),
    ],
    ids=["latin-1", "NUL", "empty", "blank"],
)
def test_text_that_is_none_names_its_line(tmp_path: Path, data: bytes, line: int | None) -> None:
    with pytest.raises(ImportFormatError) as raised:
        take(data, "deck.md", tmp_path)
    assert raised.value.line == line


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode("utf-16"),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.replace("\n", "\r\n").encode(),
    ],
    ids=["UTF-16", "BOM", "CRLF"],
)
def test_the_same_text_in_other_bytes_is_the_same_deck(
    tmp_path: Path, encode: Callable[[str], bytes]
) -> None:
    plain = deck(take(HASCARD, "deck.md", tmp_path))
    other = deck(take(encode(HASCARD), "deck.md", tmp_path))
    assert plain.questions == other.questions and plain.cards == other.cards


@settings(max_examples=25)
@given(
    text=st.text(
        alphabet=st.sampled_from("{}=~#:\\/\"'<>[]_|*-.,\n $%T1aé漢👩\u200d🔬\u202e\x1b"), max_size=120
    ),
    ending=st.sampled_from([".gift", ".csv", ".md", ".xml"]),
)
def test_no_file_makes_an_import_raise_anything_but_its_own_error(
    text: str, ending: str, tmp_path_factory: pytest.TempPathFactory, example_bank: Bank
) -> None:
    folder = tmp_path_factory.mktemp("any")
    source = folder / f"any{ending}"
    source.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        result = import_deck(source, folder / "decks", example_bank)
    except ImportFormatError:
        return
    if result.deck is not None:
        assert load_bank([result.deck.parent]).problems == []


@given(text=st.text())
def test_foreign_text_is_shown_as_it_stands(text: str) -> None:
    from quiz_bank.text import harmless

    assert fill(literal(harmless(text)), {}) == harmless(text)


@given(front=st.text(min_size=1), back=st.text(min_size=1))
def test_a_deck_file_reads_back_what_was_put_in(
    front: str, back: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    drafts = Drafts("d", "d")
    drafts.card(1, front, back)
    path = tmp_path_factory.mktemp("deck") / "d.toml"
    path.write_text(deck_text("D", "d", None, drafts.questions, drafts.cards), encoding="utf-8")
    bank = load_bank([path.parent])
    assert list(bank.cards) == drafts.cards and bank.problems == []


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "名字", "a b/c", "con:aux", "." * 300])
def test_a_decks_name_cannot_leave_its_folder(name: str) -> None:
    assert set(deck_slug(name)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert deck_slug(name)


def test_a_deck_of_our_own_form_may_not_take_an_id_that_is_in_use(tmp_path: Path) -> None:
    text = '[[card]]\nid = "{}"\ntopic = "data"\nfront = "f"\nback = "b"\nsource = "me"\n'
    taken = take(text.format(shipped().questions[0].id), "own.toml", tmp_path)
    assert taken.deck is None and [found.code for found in taken.findings] == ["duplicate-id"]
    assert deck(take(text.format("my.own"), "own.toml", tmp_path)).cards[0].front.en == "f"


def test_a_broken_deck_of_our_own_form_is_named_itself_and_taken_without_what_is_broken(
    tmp_path: Path,
) -> None:
    card = '[[card]]\nid = "{}"\ntopic = "data"\nfront = "f"\nback = "b"\nsource = "me"\n'
    text = card.format("my.own") + '\n[[card]]\nid = "my.broken"\ntopic = "data"\n'
    refused = take(text, "own.toml", tmp_path)
    (found,) = refused.findings
    assert not refused.usable and refused.deck is None
    assert (found.file, found.line, found.item) == (tmp_path / "own.toml", 8, "my.broken")
    assert take(text, "own.toml", tmp_path, dry_run=True).usable is False
    taken = take(text, "own.toml", tmp_path, skip_broken=True)
    assert taken.cards == 1 and [one.id for one in deck(taken).cards] == ["my.own"]
    only_broken = take(card.format(shipped().cards[0].id), "two.toml", tmp_path, skip_broken=True)
    assert not only_broken.usable and only_broken.deck is None, "nothing is left that could be taken"


def test_unknown_endings_are_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ImportFormatError) as raised:
        take("x", "deck.docx", tmp_path)
    assert all(ending in str(raised.value) for ending in FORMATS)
