"""Grading by keys: open a class, look, mark, override, go on to the next; closed and opened again, all is there."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from textual.widgets import Input, OptionList

from labs.grading.copies import Copy, CopyReport, Side
from labs.grading.evidence import Finding
from labs.grading.marks import Marks
from labs.grading.store import GradeStore, encode_pretty
from tests.labs.grading.results import made_class
from tui.screens.grade import GradePage
from tui.screens.grade_session import GradingSession, MarkError
from tui.screens.grade_submission import SubmissionPage

ASSIGNMENT = """
format_version = 1
id = "tune-it"
title = { en = "Tune it", zh = "微调一下" }
lab = "first-qlora"
secret = "not told"
hidden.file = "hidden.jsonl"

[[rubric]]
id = "works"
title = { en = "It works", zh = "能用" }
points = 6
expression = "hidden.exact_match >= 0.62"

[[rubric]]
id = "good"
title = { en = "How good", zh = "效果" }
points = 4
kind = "linear"
expression = "hidden.exact_match"
low = 0
high = 1

[[rubric]]
id = "why"
title = { en = "Why it works", zh = "为什么有效" }
points = 5
kind = "written"
reflection = 0
comments = [{ en = "Well argued.", zh = "论证清楚。" }]
"""
HOSTILE = "\x1b]52;c;aGk=\x07[@click=app.quit]click[/]\u202eevil"


@pytest.fixture(scope="session")
def made() -> Any:
    return made_class


@pytest.fixture
def store(made: Any, home: Any, tmp_path: Path) -> GradeStore:
    """Five submissions that were graded, one of them amiss; the page remembers their class."""
    from labs.grading.gradebook import regrade
    from labs.submission.assignment_file import load_assignment

    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "tune.toml").write_text(ASSIGNMENT, encoding="utf-8")
    row = '{"messages": [{"role": "user", "content": "2+2?"}, {"role": "assistant", "content": "4"}]}\n'
    (folder / "hidden.jsonl").write_text(row, encoding="utf-8")
    store = GradeStore(folder / "grades")
    store.prepare()
    for at in range(5):
        findings = (
            (Finding(code="steps.count", severity="wrong", message=f"3 steps {HOSTILE}"),) if at == 3 else ()
        )
        made.hand_in(
            store, f"s{at}", adapter=made.adapter_of(at), answers=made.answers_by(at, 0.5), losses=made.losses_by(at),
            minutes=at, name=f"Student {at}", hidden=0.58 + 0.02 * at, findings=findings,
            reflections=("It learnt the format.",) if at % 2 else ("",),
        )  # fmt: skip
    book, _ = regrade(load_assignment(folder / "tune.toml"), store)
    first, second = book.grades[0], book.grades[1]
    pair = Copy(
        first=Side(student=first.student, digest=first.digest, file=first.file),
        second=Side(student=second.student, digest=second.digest, file=second.file),
        signs=("update",), measures={"update": 0.9991}, rarity={"update": 0.1},
    )  # fmt: skip
    (store.folder / "copies.json").write_bytes(
        encode_pretty(CopyReport(compared=5, past=0, base_rates={}, pairs=(pair,)))
    )
    memory = {
        "folder": str(folder),
        "assignment": str(folder / "tune.toml"),
        "out": str(store.folder),
        "roster": "",
    }
    (home.root / "grading.json").write_bytes(msgspec.json.encode(memory))
    return store


async def _page(seen: Any) -> GradePage:
    await seen.press("g")
    page = seen.app.screen
    assert isinstance(page, GradePage)
    await seen.pilot.pause()
    return page


async def test_the_class_of_last_time_is_there_with_what_waits(open_app: Any, store: GradeStore) -> None:
    async with open_app("en", (80, 24)) as seen:
        await _page(seen)
        text = seen.text()
        assert "Grading · Tune it" in text
        assert "all: 5 · 2 to mark" in text
        rows = [line for line in seen.lines() if "Student" in line]
        # 6 points from 0.62 on, 4 x 0.58 for s0, and nothing yet for the text.
        assert "s0" in rows[0] and "1 alike" in rows[0] and "2.32 / 15" in rows[0]
        assert "1 findings" not in text and "1 finding" in rows[3]


async def test_a_digit_marks_an_item_and_the_grade_follows_at_once(open_app: Any, store: GradeStore) -> None:
    async with open_app("en", (80, 24)) as seen:
        await _page(seen)
        await seen.press("n")
        assert isinstance(seen.app.screen, SubmissionPage)
        assert "It learnt the format." in seen.text() and "Why it works" in seen.text()
        assert "1 Mark an item   n Next to mark   c Comment   o Set the total" in seen.text()
        await seen.press("3")
        await seen.type("4,5")
        await seen.press("enter", "tab", "enter")
        assert "Well argued." in seen.app.screen.query_one("#mark-comment", Input).value
        await seen.press("ctrl+s")
        assert "4.5 / 5" in seen.text() and "1 to mark" in seen.text()

        digest = next(one.digest for one in store.all_evidence() if one.student == "s1")
        mark = store.marks(digest).items["why"]
        assert (mark.points, mark.comment) == (4.5, "Well argued.")
        book = store.gradebook()
        assert book is not None and book.grades[1].total == pytest.approx(4.5 + 4 * 0.6)
        assert '"action":"mark"' in (store.folder / "audit.jsonl").read_text()
        await seen.press("n")
        assert "s3 Student 3" in seen.text()


async def test_computed_points_are_replaced_only_with_a_reason_and_can_be_taken_back(
    open_app: Any, store: GradeStore
) -> None:
    async with open_app("en", (80, 24)) as seen:
        await _page(seen)
        await seen.press("enter", "1")
        await seen.type("6")
        await seen.press("ctrl+s")
        assert "Say why the computed points are replaced." in seen.text()
        await seen.press("enter")
        await seen.type("power cut")
        await seen.press("ctrl+s")
        assert "power cut" in seen.text() and "8.32" in seen.text()
        await seen.press("1", "ctrl+t")
        assert "power cut" not in seen.text() and "2.32" in seen.text()
        actions = [
            msgspec.json.decode(line)["action"]
            for line in (store.folder / "audit.jsonl").read_bytes().splitlines()
        ]
        assert actions == ["override", "mark"]


async def test_a_total_is_set_with_a_reason_and_a_comment_goes_to_the_student(
    open_app: Any, store: GradeStore
) -> None:
    async with open_app("en", (80, 24)) as seen:
        await _page(seen)
        await seen.press("enter", "o")
        await seen.type("99")
        await seen.press("enter")
        await seen.type("agreed")
        await seen.press("enter")
        assert "These points cannot be given: Between 0 and 15." in seen.text()
        field = seen.app.screen.query_one("#mark-points", Input)
        seen.app.screen.set_focus(field)
        await seen.press("end", "backspace")
        await seen.press("ctrl+s")
        assert "Total set by hand: agreed" in seen.text() and "9 / 15" in seen.text()
        await seen.press("o", "ctrl+t")
        assert "Total set by hand" not in seen.text() and "2.32 / 15" in seen.text()
        await seen.press("o")
        await seen.type("9")
        await seen.press("enter")
        await seen.type("agreed")
        await seen.press("enter")
        await seen.press("c")
        await seen.type("Good.")
        await seen.press("enter")
        digest = next(one.digest for one in store.all_evidence() if one.student == "s0")
        assert store.marks(digest) == Marks(total=9.0, reason="agreed", comment="Good.")


async def test_words_half_written_survive_the_end_of_the_app(open_app: Any, store: GradeStore) -> None:
    async with open_app("en", (80, 24)) as seen:
        await _page(seen)
        await seen.press("n", "3")
        await seen.type("2")
        await seen.press("enter")
        await seen.type("Half a th")
    async with open_app("en", (80, 24)) as seen:
        page = await _page(seen)
        assert page.memory.memory.at == next(
            one.digest for one in store.all_evidence() if one.student == "s1"
        )
        await seen.press("enter", "3")
        dialog = seen.app.screen
        assert dialog.query_one("#mark-points", Input).value == "2"
        assert dialog.query_one("#mark-comment", Input).value == "Half a th"
        await seen.press("ctrl+s", "3")
        assert "drafts" in (seen.app.home.root / "grading.json").read_text()
        assert page.memory.memory.drafts == {}


async def test_the_table_is_sorted_filtered_and_searched(open_app: Any, store: GradeStore) -> None:
    async with open_app("en", (80, 24)) as seen:
        page = await _page(seen)

        def students() -> list[str]:
            return [line.split()[1] for line in seen.lines() if "Student" in line]

        await seen.press("o")
        assert students() == ["s4", "s3", "s2", "s1", "s0"]
        await seen.press("f")
        assert students() == ["s3", "s1"]
        await seen.press("f")
        assert students() == ["s3", "s1", "s0"]
        await seen.press("slash")
        await seen.type("steps.c")
        await seen.press("enter")
        assert students() == ["s3"]
        await seen.press("escape")
        assert students() == ["s3", "s1", "s0"] and page.is_current


async def test_evidence_is_shown_without_what_steers_a_terminal(open_app: Any, store: GradeStore) -> None:
    async with open_app("zh", (110, 40)) as seen:
        page = await _page(seen)
        rows = page.query_one(OptionList)
        rows.highlighted = 3
        await seen.press("enter")
        text = seen.text()
        assert "训练步数与样本数" in text and "微调后，隐藏" in text and "能用" in text
        assert "\x1b]52" not in text and "\u202e" not in text
        await seen.press("f2")
        assert "3 steps ]52;c;aGk=[@click=app.quit]click[/]evil" in seen.text()


async def test_what_is_alike_stands_beside_its_base_rate(open_app: Any, store: GradeStore) -> None:
    async with open_app("en", (110, 60)) as seen:
        await _page(seen)
        await seen.press("enter")
        assert "cosine of ΔW = BA: 0.999; 10.0 % of the class's pairs are as high" in seen.text()
        assert "s1 · s1_first-qlora_x.zip" in seen.text()


async def test_export_writes_the_reports_and_says_where(open_app: Any, store: GradeStore) -> None:
    async with open_app("en", (110, 40)) as seen:
        page = await _page(seen)
        await seen.press("e")
        await seen.app.workers.wait_for_complete([one for one in seen.app.workers if one.group == "export"])
        await seen.pilot.pause()
        assert "17 files are in" in seen.text()
        assert (store.folder / "reports" / "s3.zh.html").is_file()
        assert page.session is not None and page.session.copies is not None


async def test_a_home_without_a_class_asks_for_one_and_says_what_is_wrong(
    open_app: Any, tmp_path: Path
) -> None:
    async with open_app("en", (80, 24)) as seen:
        page = await _page(seen)
        assert "Assignment file" in seen.text()
        await seen.type("/nowhere/tune.toml")
        await seen.press("enter", "enter", "enter", "enter")
        assert "/nowhere/tune.toml" in seen.text() and page.session is None


def test_marks_are_checked_before_they_are_kept(store: GradeStore, tmp_path: Path, made: Any) -> None:
    folder = tmp_path / "class"
    session = GradingSession(folder / "tune.toml", folder, store.folder, None, lambda: made.NOON)
    grade, item = session.grades()[0], session.item("why")
    assert item is not None
    for points in ("", "many", "-1", "5.1", "nan", "inf"):
        with pytest.raises(MarkError, match=r"number|Between"):
            session.mark(grade, item, points, "", "")
    assert store.marks(grade.digest) == Marks()
