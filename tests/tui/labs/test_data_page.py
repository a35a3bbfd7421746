"""A data file from six sides, by keys."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

from tui.app import FineTutorApp
from tui.screens.data import completed

MakeApp = Callable[..., FineTutorApp]
Until = Callable[[Any, Callable[[], bool]], Awaitable[None]]
Seen = Callable[[FineTutorApp], str]

GOOD = '{"messages": [{"role": "user", "content": "How long?"}, {"role": "assistant", "content": "Six months."}]}\n'


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    """Three rows: one good, the same again, and one that is cut short."""
    path = tmp_path / "rows.jsonl"
    path.write_text(GOOD + GOOD + '{"messages": [\n', encoding="utf-8")
    return path


async def open_file(pilot: Any, path: Path) -> None:
    await pilot.app.action_go("data")
    await pilot.pause()
    pilot.app.screen.query_one("#path").value = str(path)
    await pilot.press("enter")


@pytest.mark.parametrize(
    ("lang", "words"), [("en", ("same row twice", "line 3")), ("zh", ("完全重复的行", "第 3 行"))]
)
async def test_findings_name_their_line(
    make_app: MakeApp, until: Until, seen: Seen, rows: Path, lang: str, words: tuple[str, str]
) -> None:
    app = make_app(lang=lang)
    async with app.run_test(size=(80, 24)) as pilot:
        await open_file(pilot, rows)
        await until(pilot, lambda: all(word in seen(app) for word in words))


async def test_sides_are_turned_by_arrow(make_app: MakeApp, until: Until, seen: Seen, rows: Path) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await open_file(pilot, rows)
        await until(pilot, lambda: "same row twice" in seen(app))
        await pilot.press("right")
        await until(pilot, lambda: "P50" in seen(app))
        await pilot.press("right")
        await until(pilot, lambda: "Six months." in seen(app).replace("  ", " "))
        await pilot.press("right")
        await until(pilot, lambda: "the same as line 1" in seen(app))


async def test_a_switch_of_language_says_the_findings_again(
    make_app: MakeApp, until: Until, seen: Seen, rows: Path
) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await open_file(pilot, rows)
        await until(pilot, lambda: "same row twice" in seen(app))
        await pilot.press("f2")
        await until(pilot, lambda: "完全重复的行" in seen(app))


async def test_leaks_are_looked_for_against_a_second_file(
    make_app: MakeApp, until: Until, seen: Seen, tmp_path: Path
) -> None:
    train, test = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    train.write_text(GOOD, encoding="utf-8")
    test.write_text(GOOD, encoding="utf-8")
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await open_file(pilot, train)
        await until(pilot, lambda: "Nothing to complain" in seen(app) or "rows" in seen(app))
        await pilot.press("right", "right", "right", "right")
        await pilot.press("enter", *str(test), "enter")
        await until(pilot, lambda: "the same row" in seen(app))


async def test_a_conversion_writes_a_new_file_and_leaves_the_old_one(
    make_app: MakeApp, until: Until, seen: Seen, tmp_path: Path
) -> None:
    source, target = tmp_path / "a.jsonl", tmp_path / "out.jsonl"
    source.write_text(GOOD, encoding="utf-8")
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await open_file(pilot, source)
        await pilot.press("left")
        await pilot.press("enter", *f"alpaca {target}", "enter")
        await until(pilot, lambda: "messages → alpaca" in seen(app))
    assert "Six months." in target.read_text(encoding="utf-8")
    assert source.read_text(encoding="utf-8") == GOOD


async def test_a_file_that_is_not_there_is_an_answer_not_a_crash(
    make_app: MakeApp, until: Until, seen: Seen
) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await open_file(pilot, Path("/nowhere/rows.jsonl"))
        await until(pilot, lambda: "✗" in seen(app))


def test_paths_are_completed_as_a_shell_does(tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").touch()
    (tmp_path / ".hidden").touch()
    (tmp_path / "sub").mkdir()
    assert completed(f"{tmp_path}/tr") == f"{tmp_path}/train.jsonl"
    assert completed(f"{tmp_path}/s") == f"{tmp_path}/sub/"
    assert completed(f"{tmp_path}/") == f"{tmp_path}/sub/"
    assert completed(f"{tmp_path}/nothing") is None


@pytest.mark.parametrize("typed", ["x" * 300, "~nobody-of-this-name/rows.jsonl", "a\x00b"])
async def test_what_cannot_be_a_path_is_refused_like_a_wrong_one(
    make_app: MakeApp, until: Until, seen: Seen, typed: str
) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await app.learner_ready()
        await pilot.press("d")
        app.screen.query_one("#path", Input).value = typed
        await pilot.press("enter")
        await until(pilot, lambda: "✗" in seen(app))
