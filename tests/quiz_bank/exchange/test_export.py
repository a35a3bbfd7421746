"""Exports, opened by readers that are not ours."""

import csv
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from quiz_bank.bank import Bank
from quiz_bank.exchange.csv_out import guarded, unguarded
from quiz_bank.exchange.exporting import Exported, ExportFormatError, export
from quiz_bank.exchange.moodle_formula import NotInMoodleError, moodle_formula
from quiz_bank.formulas import evaluate
from quiz_bank.grading import right_answer
from quiz_bank.variants import present

Export = Callable[..., Exported]
QTI = "{http://www.imsglobal.org/xsd/imsqti_v2p1}"


def notes_of(package: Path, folder: Path) -> dict[str, tuple[str, list[str]]]:
    """Guid to (note type, fields), as Anki itself imports them."""
    import anki.collection

    collection = anki.collection.Collection(str(folder / "collection.anki2"))
    try:
        request = anki.collection.ImportAnkiPackageRequest(package_path=str(package))
        collection.import_anki_package(request)
        found = {}
        for note_id in collection.find_notes(""):
            note = collection.get_note(note_id)
            model = note.note_type()
            assert model is not None
            found[note.guid] = (str(model["name"]), list(note.fields))
        return found
    finally:
        collection.close()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_anki_imports_every_item_and_a_second_import_changes_nothing(
    exported: Export, example_bank: Bank, tmp_path: Path, lang: str
) -> None:
    result = exported("out.apkg", lang)
    first = notes_of(result.file, tmp_path)
    assert len(first) == len(example_bank.questions) + len(example_bank.cards)
    assert {fields[2] for _, fields in first.values()} == {
        *(question.id for question in example_bank.questions),
        *(card.id for card in example_bank.cards),
    }
    (cloze,) = [fields for _, fields in first.values() if fields[2] == "example.cloze-config"]
    assert "{{c1::lora_alpha}} / r" in cloze[0] and "{{c2::all-linear}}" in cloze[0]
    (card,) = [fields for _, fields in first.values() if fields[2] == "card.scale"]
    assert r"\(\frac{\alpha}{r}\)" in card[1]
    again = exported("again.apkg", lang)
    assert notes_of(again.file, tmp_path) == first


def test_an_independent_parser_reads_every_question_of_our_gift(exported: Export, example_bank: Bank) -> None:
    from pygiftparser import parser

    with exported("out.gift").file.open(encoding="utf-8") as file:
        questions = {question.title: question for question in parser.parseFile(file)}
    assert questions.keys() == {question.id for question in example_bank.questions}
    assert all(question.valid for question in questions.values())
    kinds = {name: type(question.answers).__name__ for name, question in questions.items()}
    assert (
        kinds["example.scaling-halves"] == "SelectSet"
        and kinds["example.what-qlora-adds"] == "MultipleChoicesSet"
    )
    assert (
        kinds["example.count-attention-only"] == "NumericAnswerSet"
        and kinds["example.ladder"] == "MatchingSet"
    )
    assert kinds["example.merge-no-latency"] == "TrueFalseSet" and kinds["example.flat-cause"] == "ShortSet"
    fractions = [answer.fraction for answer in questions["example.scaling-halves"].answers.answers]
    assert fractions == [100, 0, 0]
    number = questions["example.count-attention-only"].answers.answers[0]
    wanted = present(example_bank.question("example.count-attention-only"), 0, example_bank).number
    assert (number.value, number.tolerance) == (wanted, pytest.approx((wanted or 0.0) * 0.001))


def test_moodle_xml_holds_a_calculated_question_that_calculates_the_same(
    exported: Export, example_bank: Bank
) -> None:
    quiz = ElementTree.parse(exported("out.xml").file).getroot()
    kinds = {q.findtext("idnumber"): q.get("type") for q in quiz}
    assert kinds["example.ladder"] == "matching" and kinds["example.cloze-config"] == "cloze"
    assert set(kinds.values()) <= {"multichoice", "truefalse", "numerical", "matching", "cloze", "calculated"}


CALCULATED = """[[question]]
id = "q.calc"
topic = "lora-math"
kind = "numeric"
bloom = "apply"
difficulty = 2
source = "here"
prompt = "LoRA of rank <<r>> on <<d_in:d>> x <<d_out:d>>: with a sum of <<d_in + d_out>>, how many parameters?"
explain = "It is <<answer>>."
answer = "ceil(r * (d_in + d_out) / 3) ** 2 % 1000"
tolerance = { relative = 0.01 }
mistake = [{ name = "sum", value = "r * both", why = "The sum." }]
params.r = { choice = [4, 8, 16] }
params.d_in = { choice = [896, 1024] }
params.d_out = { choice = [128, 512] }
let.both = "d_in + d_out"
"""


def test_moodles_wildcards_together_give_our_key(bank_with: Callable[..., Bank], tmp_path: Path) -> None:
    bank = bank_with(CALCULATED)
    result = export(tmp_path / "calc.xml", bank.questions, (), bank, "en")
    (question,) = ElementTree.parse(result.file).getroot()
    assert question.get("type") == "calculated"
    columns = {
        d.findtext("name/text"): [float(i.findtext("value") or "") for i in d.iter("dataset_item")]
        for d in question.iter("dataset_definition")
    }
    assert columns.keys() == {"r", "d_in", "d_out", "both"}
    assert len(set(zip(*columns.values(), strict=True))) == 12
    texts = [answer.findtext("text") for answer in question.findall("answer")]
    # Moodle's own functions of these names do what Python's do; its {name} is Python's name.
    moodle = {"pow": pow, "fmod": lambda a, b: a % b, "ceil": lambda x: float(-(-x // 1))}
    ours = bank.questions[0]
    for row in range(12):
        values = {name: column[row] for name, column in columns.items() if name}
        computed = eval(re.sub(r"\{(\w+)\}", r"\1", texts[0] or ""), moodle, values)
        names = {name: int(value) for name, value in values.items()}
        assert computed == evaluate("ceil(r * (d_in + d_out) / 3) ** 2 % 1000", names)
    assert "{=({d_in}+{d_out})}" in (question.findtext("questiontext/text") or "")
    assert any(loss.item == ours.id for loss in result.losses)


@pytest.mark.parametrize("formula", ["1 if r > 2 else 3", "r > 2", "name", "r == 1 and r"])
def test_what_moodle_cannot_calculate_is_frozen_and_said(
    bank_with: Callable[..., Bank], tmp_path: Path, formula: str
) -> None:
    with pytest.raises(NotInMoodleError):
        moodle_formula(formula, {"r": 3, "name": "x"})
    if formula.startswith("1 if"):
        bank = bank_with(CALCULATED.replace("ceil(r * (d_in + d_out) / 3) ** 2 % 1000", formula))
        result = export(tmp_path / "frozen.xml", bank.questions, (), bank, "en")
        (question,) = ElementTree.parse(result.file).getroot()
        assert question.get("type") == "numerical"
        assert "q.calc: frozen at one draw" in result.file.read_text(encoding="utf-8")
        assert any("frozen" in loss.what for loss in result.losses)


def test_qti_items_declare_what_they_ask_and_the_manifest_lists_them(
    exported: Export, example_bank: Bank
) -> None:
    with zipfile.ZipFile(exported("out.zip").file) as package:
        assert package.testzip() is None
        manifest = ElementTree.fromstring(package.read("imsmanifest.xml"))
        files = [
            element.get("href")
            for element in manifest.iter("{http://www.imsglobal.org/xsd/imscp_v1p1}resource")
        ]
        assert sorted(files, key=str) == sorted(
            name for name in package.namelist() if name.startswith("items/")
        )
        assert len(files) == len(example_bank.questions)
        for file in files:
            item = ElementTree.fromstring(package.read(str(file)))
            assert item.tag == f"{QTI}assessmentItem"
            declared = {one.get("identifier"): one for one in item.findall(f"{QTI}responseDeclaration")}
            asked = [one for one in item.iter() if one.get("responseIdentifier")]
            assert {one.get("responseIdentifier") for one in asked} == declared.keys()
            for interaction in asked:
                there = {one.get("identifier") for one in interaction.iter() if one.get("identifier")}
                declaration = declared[interaction.get("responseIdentifier")]
                values = [value.text or "" for value in declaration.iter(f"{QTI}value")]
                assert values
                if declaration.get("baseType") in ("identifier", "directedPair"):
                    assert {key for value in values for key in value.split()} <= there


def test_qti_knows_the_right_order(exported: Export, example_bank: Bank) -> None:
    with zipfile.ZipFile(exported("out.zip").file) as package:
        item = ElementTree.fromstring(package.read("items/i-example.ladder.xml"))
    (declaration,) = item.findall(f"{QTI}responseDeclaration")
    variant = present(example_bank.question("example.ladder"), 0, example_bank)
    wanted = [f"K-{key}" for key in right_answer(variant).keys]  # type: ignore[union-attr]
    assert [value.text for value in declaration.iter(f"{QTI}value")] == wanted


def test_the_same_content_gives_the_same_bytes(exported: Export) -> None:
    for name in ("a.zip", "a.gift", "a.xml", "a.csv"):
        first = exported(name).file.read_bytes()
        assert exported(name).file.read_bytes() == first


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1", "'", "plain", "", "''x"]
)
def test_no_cell_is_a_formula_for_a_spreadsheet_and_every_cell_comes_back(cell: str) -> None:
    assert not guarded(cell).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert unguarded(guarded(cell)) == cell


def test_csv_is_read_by_pythons_reader_with_all_rows(exported: Export, example_bank: Bank) -> None:
    result = exported("out.csv", "zh")
    rows = list(csv.DictReader(io.StringIO(result.file.read_text(encoding="utf-8-sig"))))
    assert len(rows) == len(example_bank.questions) + len(example_bank.cards)
    assert result.file.read_bytes().startswith(b"\xef\xbb\xbf")


def test_an_unknown_format_is_refused_with_the_known_ones(exported: Export) -> None:
    with pytest.raises(ExportFormatError, match="anki, csv, gift, moodle, qti"):
        exported("out.docx")


def test_what_a_format_cannot_hold_is_listed(exported: Export) -> None:
    lost = {(loss.item, loss.what) for loss in exported("out.gift").losses}
    assert ("example.scaling-halves", "hints") in lost
    assert any(item == "card.scale" and "flashcards" in what for item, what in lost)
    assert ("example.count-attention-only", "parameters: frozen at one draw") in lost
