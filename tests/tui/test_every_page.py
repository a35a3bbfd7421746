"""Every page by keys, in both languages and several sizes: it comes, speaks its language, and nothing of it is cut."""

import importlib
import pkgutil
import re
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

import tui.screens
from quiz_bank.bank import CONTENT, load_bank
from quiz_bank.variants import present
from tests.tui.tour import STOPS, make_app, walk
from tui.answering.drafts import draft_for
from tui.answering.shown import code_lines, options, stem
from tui.app import FineTutorApp
from tui.home import Home
from tui.i18n import speak
from tui.screens.page import Dialog, Page

CHINESE = re.compile(r"[\u4e00-\u9fff]")
# What others drive: the first start and a damaged file in their own tests, a submission in the grader's.
ELSEWHERE = {"FirstStartPage", "RecoverDialog", "SubmissionPage", "MarkDialog"}
# Bases that are never shown themselves.
BASES = {"Page", "Dialog", "LabStep", "RunWatch"}
# A model's id may be wider than its field: the sentence under the form says it whole. Folders have any length.
MAY_BE_CUT = {"ConfigureStep", "TryPage", "GradePage"}


def lines_of(app: FineTutorApp) -> list[str]:
    """The screen, line by line."""
    strips = app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in strip).rstrip() for strip in strips]


def pages() -> set[str]:
    """Names of all pages there are."""
    found: set[str] = set()
    for module in pkgutil.iter_modules(tui.screens.__path__):
        members = vars(importlib.import_module(f"tui.screens.{module.name}")).values()
        found |= {one.__name__ for one in members if isinstance(one, type) and issubclass(one, Page)}
    return found - BASES


def test_the_walk_comes_to_every_page() -> None:
    assert pages() - ELSEWHERE == {name for name, _ in STOPS}


@pytest.mark.parametrize(
    ("lang", "size"), [("en", (80, 24)), ("zh", (80, 24)), ("en", (120, 40)), ("zh", (120, 40))]
)
async def test_every_page_speaks_its_language_and_is_whole(
    tmp_path: Path, lang: Any, size: tuple[int, int]
) -> None:
    app = make_app(tmp_path, lang)

    def look(name: str) -> None:
        lines = lines_of(app)
        assert len(lines) == size[1] and all(cell_len(line) <= size[0] for line in lines), name
        said = "\n".join(lines if isinstance(app.screen, Dialog) else (lines[0], lines[-1]))
        assert bool(CHINESE.search(said.replace("EN · 中", ""))) is (lang == "zh"), f"{name}: {said}"
        if name not in MAY_BE_CUT and not isinstance(app.screen, Dialog):  # the page below has been looked at
            assert not [line for line in lines if "…" in line.replace("……", "")], f"{name}: {lines}"

    async with app.run_test(size=size) as pilot:
        await walk(pilot, look)


@pytest.mark.parametrize("lang", ["en", "zh"])
async def test_the_real_labs_are_whole_in_the_smallest_window(home: Home, lang: Any) -> None:
    app = FineTutorApp(home, lang)
    app.content = (CONTENT,)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.learner_ready()
        await pilot.press("l")
        await pilot.pause()
        await pilot.pause()
        cut = [line for line in lines_of(app) if "…" in line]
        assert not cut
        await pilot.press("end")
        await pilot.pause()
        assert not [line for line in lines_of(app) if "…" in line]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_question_looks_cut_in_the_smallest_window(lang: Any) -> None:
    """The walk meets one question, whichever its seed deals; here are all of them."""
    speak(lang)
    bank = load_bank()
    for question in bank.questions:
        variant = present(question, 1, bank)
        draft = draft_for(variant)
        blocks = [*stem(variant), *code_lines(variant, draft, None), *options(variant, draft)]
        lines = [line.plain for block in blocks for line in block.lines(76)]
        assert lines and all(cell_len(line) <= 76 for line in lines), question.id
        assert not [line for line in lines if "…" in line.replace("……", "")], question.id


async def test_a_page_that_has_gone_takes_late_news_without_falling(tmp_path: Path) -> None:
    app = make_app(tmp_path, "en")
    async with app.run_test(size=(80, 24)) as pilot:
        await app.learner_ready()
        for keys in (("l", "enter"), ("s", "enter")):
            await pilot.press(*keys)
            await pilot.pause()
            gone = app.screen
            assert isinstance(gone, Page) and gone.is_whole
            await app.go_back()
            gone.refill()  # on its way out
            await pilot.pause()
            assert not gone.is_whole
            gone.refill()
            await pilot.press("escape")
            await pilot.pause()
