"""What is handed out: right, the same every time, readable in both languages, and harmless."""

import csv
import io
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import labs.grading
from labs.grading.evidence import Finding
from labs.grading.marks import Marks
from labs.grading.marks_csv import MarksError
from labs.grading.outputs import report_names, write_outputs
from labs.grading.outputs.cells import csv_bytes, text_cell
from labs.grading.outputs.class_facts import failures, item_facts
from labs.grading.outputs.figures import curves, histogram, nice_ticks
from labs.grading.outputs.student_page import finding_line
from labs.grading.outputs.words import words

EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'><svg onload=alert(1)>\x1b]52;c;x\x07\u202e{{7*7}}"


class _Page(HTMLParser):
    """All tags, their attributes, and the text."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def _rows(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))


def test_two_gradings_give_the_same_bytes_and_touch_nothing_twice(made: Any, tmp_path: Path) -> None:
    written = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        store, assignment, book = made.class_of(folder)
        files = write_outputs(store, assignment, book)
        written.append({path.relative_to(store.folder): path.read_bytes() for path in files})
        before = {path: path.stat().st_mtime_ns for path in files}
        write_outputs(store, assignment, book)
        assert {path: path.stat().st_mtime_ns for path in files} == before
    assert written[0] == written[1]
    assert len(written[0]) == 5 + 2 + 2 * 11


def test_marks_typed_into_the_sheet_stay_there_until_they_are_taken_over(made: Any, tmp_path: Path) -> None:
    store, assignment, book = made.class_of(tmp_path)
    write_outputs(store, assignment, book)
    sheet = store.folder / "to-mark.csv"
    header, first, *rest = sheet.read_text(encoding="utf-8-sig").splitlines()
    cells = first.split(",")
    cells[4], cells[5] = "2", "Name the number."
    sheet.write_text("\r\n".join([header, ",".join(cells), *rest, ""]), encoding="utf-8-sig", newline="")
    write_outputs(store, assignment, book)
    kept = next(csv.DictReader(io.StringIO(sheet.read_text(encoding="utf-8-sig"))))
    assert (kept["submission"], kept["points"], kept["comment"]) == (cells[0], "2", "Name the number.")

    sheet.write_bytes("submission,item,points,comment\r\nx,why,2,好\r\n".encode("gb18030"))
    typed = sheet.read_bytes()
    with pytest.raises(MarksError, match="CSV UTF-8"):
        write_outputs(store, assignment, book)
    assert sheet.read_bytes() == typed, "what cannot be read is not written over"


def test_platforms_get_points_but_none_where_a_person_has_still_to_mark(made: Any, tmp_path: Path) -> None:
    store, assignment, book = made.class_of(tmp_path)
    write_outputs(store, assignment, book)

    moodle = {row[0]: row for row in _rows(store.folder / "moodle.csv")}
    assert moodle["ID number"] == ["ID number", "Full name", "Tune it", "Tune it (feedback)"]
    assert moodle["s02"] == ["s02", "Student 2", "7.8", "why: Well argued."]
    assert moodle["s01"][2] == ""
    assert moodle["s99"][2] == ""
    canvas = _rows(store.folder / "canvas.csv")
    assert canvas[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Tune it"]
    assert canvas[1] == ["    Points Possible", "", "", "", "", "15"]
    assert canvas[4] == ["Student 2", "", "s02", "", "", "7.8"]


@given(st.text(max_size=40))
def test_no_cell_begins_a_formula_and_every_cell_is_one_line(text: str) -> None:
    cell = text_cell(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
    assert "\n" not in cell and "\r" not in cell and "\x1b" not in cell
    assert list(csv.reader(io.StringIO(csv_bytes([[text, "x"]]).decode()))) == [[cell, "x"]]


@pytest.mark.parametrize(
    "text", ["=cmd|' /C calc'!A0", "  =1+1", "@SUM(A1)", "+49", "-2+3", "\t=1", "\r=1", "＝1"]
)
def test_formulas_are_guarded(text: str) -> None:
    assert text_cell(text).startswith("'")


def test_what_students_write_reaches_the_page_as_text_alone(made: Any, tmp_path: Path) -> None:
    store, assignment, book = made.class_of(tmp_path, 2)
    bad = made.hand_in(
        store, EVIL[:60], adapter=made.adapter_of(1), losses=made.losses_by(1), minutes=3, name=EVIL, reflections=(EVIL,),
        answers=[msgspec.structs.replace(row, tuned=EVIL, prompt=EVIL) for row in made.answers_by(1, 0.5)],
        findings=(Finding(code="new.code", severity="wrong", message=EVIL, where=EVIL),),
    )  # fmt: skip
    book = msgspec.structs.replace(book, grades=(*book.grades, made.grade_of(bad, 1, 1, 1)))
    store.save_marks(bad.digest, Marks(comment=EVIL), now=made.NOON)
    files = write_outputs(store, assignment, book)

    pages = [path for path in files if path.suffix == ".html"]
    assert all(path.resolve().is_relative_to(store.folder.resolve()) for path in files)
    for path in pages:
        raw = path.read_bytes()
        page = _Page(raw)
        names = {tag for tag, _ in page.tags}
        assert not names & {"script", "img", "iframe", "object", "embed", "link", "form", "base"}
        assert not [key for _, attrs in page.tags for key in attrs if key.startswith("on") or key == "style"]
        assert b"\x1b" not in raw and "\u202e".encode() not in raw and "49" not in _between(page.text)
        policy = next(
            attrs["content"]
            for tag, attrs in page.tags
            if tag == "meta" and attrs.get("http-equiv") == "Content-Security-Policy"
        )
        assert policy is not None and policy.startswith("default-src 'none'; style-src 'sha256-")
        links = [attrs.get("href") or "" for tag, attrs in page.tags if tag == "a"]
        assert all(re.fullmatch(r"reports/[A-Za-z0-9.-]+\.(en|zh)\.html", link) for link in links)


def _between(text: str) -> str:
    """What stands where the template expression of EVIL was."""
    return " ".join(re.findall(r"onload=alert\(1\)>(.{0,8})", text))


def test_the_policy_allows_the_page_its_own_style_alone(made: Any, tmp_path: Path) -> None:
    import base64
    import hashlib

    store, assignment, book = made.class_of(tmp_path, 1)
    write_outputs(store, assignment, book)
    raw = (store.folder / "reports" / "s00.en.html").read_text(encoding="utf-8")
    style = re.search(r"<style>(.*?)</style>", raw, flags=re.S)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"&#39;sha256-{digest}&#39;" in raw


def test_a_report_says_points_scores_curves_examples_and_comments_in_both_languages(
    made: Any, tmp_path: Path
) -> None:
    store, assignment, book = made.class_of(tmp_path)
    store.save_marks(book.grades[2].digest, Marks(comment="A clear answer."), now=made.NOON)
    write_outputs(store, assignment, book)

    english = _Page((store.folder / "reports" / "s02.en.html").read_bytes())
    chinese = _Page((store.folder / "reports" / "s02.zh.html").read_bytes())
    for said in (
        "7.8",
        "It works",
        "Exact match",
        "[0.590, 0.690]",
        "A clear answer.",
        "does not agree",
        "Base",
    ):
        assert said in english.text, said
    for said in ("能用", "精确匹配", "不一致", "隐藏集", "微调后"):
        assert said in chinese.text, said
    assert len([1 for tag, _ in english.tags if tag == "polyline"]) == 1
    assert len([1 for tag, _ in english.tags if tag == "circle"]) == 2
    assert len([1 for tag, attrs in english.tags if tag == "table" and attrs.get("class") == "example"]) == 6
    # What is for the instructor's eyes stands on the class page alone.
    assert "Copies" not in english.text and "s03" not in english.text


def test_the_class_page_shows_distribution_items_failures_and_copies(made: Any, tmp_path: Path) -> None:
    store, assignment, book = made.class_of(tmp_path)
    thief = made.hand_in(
        store, "thief", adapter=made.refactored(made.adapter_of(4), 3), answers=made.answers_by(4, 0.6), losses=made.losses_by(99), minutes=99,
        findings=(Finding(code="steps.count", severity="wrong", message="3 steps, not 12."),),
    )  # fmt: skip
    book = msgspec.structs.replace(book, grades=(*book.grades, made.grade_of(thief, 6, 4, 5)))
    write_outputs(store, assignment, book)

    page = _Page((store.folder / "class.zh.html").read_bytes())
    assert "训练步数与样本数、批大小、轮数推算的不一致。" in page.text
    assert "ΔW = BA 的余弦相似度：1.000" in page.text
    assert "s04" in page.text and "thief" in page.text
    assert len([1 for tag, _ in page.tags if tag == "rect"]) == 10
    assert "reports/s04.zh.html" in {attrs.get("href") for tag, attrs in page.tags if tag == "a"}


def test_a_submission_that_does_not_count_still_shows_what_was_found_in_it(made: Any, tmp_path: Path) -> None:
    store, assignment, book = made.class_of(tmp_path)
    forged = Finding(code="bundle.changed", severity="wrong", message="was changed after it was packed.")
    spare = msgspec.structs.replace(book.grades[0], findings=(forged,), counts=False)
    write_outputs(store, assignment, msgspec.structs.replace(book, others=(spare, spare)))
    page = _Page((store.folder / "class.en.html").read_bytes()).text
    assert "was changed after it was packed." in page
    assert [one.students for one in failures((spare, spare))] == [(spare.student,)], "one student, named once"


def test_a_finding_names_its_file_once(made: Any) -> None:
    twice = Finding(code="x.y", severity="wrong", message="spec.json: is odd.", where="spec.json")
    once = Finding(code="x.y", severity="wrong", message="is odd.", where="spec.json")
    assert (
        finding_line(twice, words("en")).text == finding_line(once, words("en")).text == "spec.json: is odd."
    )


def test_item_statistics_by_hand(made: Any, tmp_path: Path) -> None:
    _, assignment, book = made.class_of(tmp_path)
    works, good, why = item_facts(book.grades, assignment)

    # Six points for all but s00, s03, s06 and s09; 0.4 * n points for s0n.
    assert (works.n, works.mean, works.facility) == (10, pytest.approx(3.6), pytest.approx(0.6))
    assert good.mean == pytest.approx(1.8)
    assert (why.waiting, why.n) == (5, 5)
    assert works.discrimination is not None and why.discrimination is None


def test_students_with_strange_ids_get_files_of_their_own(made: Any, tmp_path: Path) -> None:
    _, _, book = made.class_of(tmp_path, 1)
    ids = ["../../etc/passwd", "a/b", "a b", "A-B", "a-b", ".hidden", "", "学号一", "x" * 300]
    book = msgspec.structs.replace(
        book, grades=tuple(msgspec.structs.replace(book.grades[0], student=one) for one in ids)
    )
    names = report_names(book)
    assert len({name.casefold() for name in names.values()}) == len(ids)
    assert all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.-]{0,61}", name) for name in names.values())


def test_both_languages_say_the_same_things() -> None:
    english, chinese = words("en"), words("zh")
    for table in ("report", "metrics", "leaks"):
        assert english._tables[table].keys() == chinese._tables[table].keys()
        for key, text in english._tables[table].items():
            assert set(re.findall(r"{(\w+)}", text)) == set(
                re.findall(r"{(\w+)}", chinese._tables[table][key])
            ), key


def test_every_finding_of_the_grader_has_chinese_words() -> None:
    package = Path(labs.grading.__file__).parent
    sources = "\n".join(
        path.read_text(encoding="utf-8") for path in package.glob("*.py") if path.stem[:7] != "cluster"
    )
    sources += "\n".join(path.read_text(encoding="utf-8") for path in (package / "recomputing").glob("*.py"))
    named = r"archive|bundle|config|entry|json|tensors|spec|manifest|base|events|plan|steps|evaluations|adapter|scores|predictions|recompute|replay|intake|run|text"
    codes = set(re.findall(rf'"((?:{named})\.[a-z_]+)"', sources))
    codes -= {code for code in codes if code.endswith((".json", ".jsonl", ".log", ".safetensors"))}
    assert len(codes) > 60
    assert codes <= words("zh")._tables["findings"].keys()


def test_curves_break_where_the_loss_was_not_finite(made: Any, tmp_path: Path) -> None:
    store, _, book = made.class_of(tmp_path, 1)
    evidence = store.evidence(book.grades[0].digest)
    holes = tuple(
        msgspec.structs.replace(point, loss=None) if point.step == 5 else point for point in evidence.steps
    )
    plot = curves(msgspec.structs.replace(evidence, steps=holes))
    assert plot is not None
    assert [len(line.split()) for line in plot.lines] == [4, 7]
    assert curves(msgspec.structs.replace(evidence, steps=(), evaluations=())) is None


def test_figures_by_hand() -> None:
    assert nice_ticks(0, 10) == (0, 2, 4, 6, 8, 10)
    assert nice_ticks(1.9, 3.4) == (1.5, 2.0, 2.5, 3.0, 3.5)
    assert nice_ticks(2, 2) == (1.4, 1.6, 1.8, 2.0, 2.2, 2.4, 2.6)
    assert [bar.count for bar in histogram([0, 0.05, 0.1, 0.99, 1.0])] == [2, 1, 0, 0, 0, 0, 0, 0, 0, 2]
