"""Keys and clicks that come faster than pages do: whatever they meet, the app stands."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from rich.style import Style
from textual import events
from textual.widgets import Input, OptionList

from tests.tui.tour import make_app
from tui.app import FineTutorApp
from tui.screens.ask import AskDialog
from tui.screens.first_start import FirstStartPage
from tui.screens.labs import LabsPage
from tui.screens.predict import PredictStep
from tui.screens.run import RunStep
from tui.screens.session import SessionPage
from tui.screens.tree import TreePage
from tui.settings import Settings

KEYS = (
    *["f2"] * 6, *["escape"] * 6, *["enter"] * 8, *["space"] * 5, *["down"] * 4, *["up"] * 3, *["tab"] * 3,
    *["ctrl+right"] * 3, *["pageup", "pagedown"] * 2, *"sllrrdgx,", *"abcefijkmnopqtuvwyz", *"1234567890",
    "shift+tab", "ctrl+left", "f3", "f1", "?", "!", "/", "ctrl+p", "ctrl+o", "ctrl+s", "ctrl+z", "ctrl+c",
    "home", "end", "left", "right", "backspace", "delete",
)  # fmt: skip
CHARACTERS = {"space": " "}
MANY = 250
Until = Callable[..., Awaitable[None]]


def type_(app: FineTutorApp, *keys: str) -> None:
    """Post keys without waiting for what they do, as a terminal does."""
    for key in keys:
        character = CHARACTERS.get(key, key if len(key) == 1 else None)
        name = {"?": "question_mark", "!": "exclamation_mark", "/": "slash", ",": "comma"}.get(key, key)
        app.post_message(events.Key(name, character))


def name(app: FineTutorApp) -> str:
    return type(app.screen).__name__


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_is_typed_however_fast_the_app_stands(tmp_path: Path, seed: int) -> None:
    dice = Random(seed)
    app = make_app(tmp_path, dice.choice(("en", "zh")))
    size = dice.choice(((80, 24), (120, 40)))
    async with app.run_test(size=size) as pilot:  # what goes wrong in a page is raised at its end
        if dice.random() < 0.7:
            await app.learner_ready()
        for _ in range(MANY):
            if dice.random() < 0.04:
                click(app, dice.randrange(size[0]), dice.randrange(size[1]))
            type_(app, dice.choice(KEYS))
            if (rest := dice.random()) < 0.9:
                await asyncio.sleep(dice.choice((0, 0, 0.005)))
            elif rest < 0.95:
                await pilot.pause()
            if app._exit:  # chosen in the palette
                break
        if app._run_monitor is not None:
            await app.run_monitor.farewell()
        await pilot.pause()


async def test_the_first_start_takes_each_answer_once(tmp_path: Path) -> None:
    app = make_app(tmp_path, "en")
    app.settings = Settings()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.learner_ready()
        assert isinstance(app.screen, FirstStartPage)
        for _ in range(10):
            if isinstance(app.screen, FirstStartPage):
                type_(app, "enter", "enter")  # the second is for the next question, or for none
            await pilot.pause()
        assert isinstance(app.screen, SessionPage) and app.settings.started


def click(app: FineTutorApp, x: int, y: int) -> None:
    """Press and let go of the left button, without waiting."""
    for kind in (events.MouseDown, events.MouseUp):
        app.post_message(kind(None, x, y, 0, 0, 1, False, False, False, screen_x=x, screen_y=y))


async def test_a_dialog_answered_twice_takes_away_itself_alone(tmp_path: Path, until: Until) -> None:
    app = make_app(tmp_path, "en")
    async with app.run_test(size=(80, 24)) as pilot:
        await app.learner_ready()
        await pilot.press("l")
        dialog = AskDialog("Really?", "yes", "no")
        await app.push_screen(dialog)
        dialog.dismiss(True)
        dialog.dismiss(None)
        await pilot.pause()
        assert isinstance(app.screen, LabsPage)


async def test_a_step_that_comes_after_one_has_left_does_not_come(tmp_path: Path) -> None:
    app = make_app(tmp_path, "en")
    async with app.run_test(size=(80, 24)) as pilot:
        await app.learner_ready()
        await pilot.press("l", "enter")
        guide: Any = app.screen
        app.replace_page(RunStep(guide.session, guide.monitor))
        await app.go_back()
        await pilot.pause()
        assert isinstance(app.screen, LabsPage) and len(app.screen_stack) == 1


async def test_a_page_that_is_made_anew_is_not_drawn_meanwhile(tmp_path: Path, until: Until) -> None:
    app = make_app(tmp_path, "en")
    assert app.worker_command is not None
    app.worker_command = [*app.worker_command[:2], "normal", "--steps", "40", "--delay", "0.05"]
    async with app.run_test(size=(80, 24)) as pilot:
        await app.learner_ready()
        await pilot.press("l", "enter", "ctrl+right", "ctrl+right", "enter", "enter")
        await until(pilot, lambda: isinstance(app.screen, RunStep) and app.screen.query("#words"))
        page: Any = app.screen
        made_anew = page.recompose

        async def slowly() -> None:
            """As on a busy machine: widgets are missing for the whole rest of the run."""
            await page.query(".body > *").remove()
            assert app.run_monitor._following is not None
            await app.run_monitor._following
            await made_anew()

        page.recompose = slowly
        await app.set_language("zh")
        await until(
            pilot,
            lambda: "看结果" in "".join(strip.text for strip in app.screen._compositor.render_strips()),
        )
        await app.run_monitor.farewell()


async def test_a_list_without_its_place_yet_takes_a_turn_of_the_page(tmp_path: Path) -> None:
    app = make_app(tmp_path, "en")
    async with app.run_test(size=(80, 24)) as pilot:
        await app.learner_ready()
        await pilot.press("l")
        await pilot.pause()
        rows = app.screen.query_one("#labs", OptionList)
        bare = type(rows)(*rows.options)
        bare.highlighted = 0
        for turn in (bare.action_page_down, bare.action_page_up):
            turn()
        assert bare.highlighted == 0


async def test_a_click_on_a_line_that_has_gone_since_does_nothing(tmp_path: Path, until: Until) -> None:
    app = make_app(tmp_path, "en")
    async with app.run_test(size=(80, 24)) as pilot:
        await app.learner_ready()
        await pilot.press("s")
        await pilot.pause()
        menu = app.screen.query_one(OptionList)
        before = app.screen
        for line in (menu.option_count, menu.option_count - 1):
            menu.post_message(
                events.Click(
                    menu, 2, 0, 0, 0, 1, False, False, False, style=Style.from_meta({"option": line})
                )
            )
            await pilot.pause()
        await until(pilot, lambda: app.screen is not before)  # by the second, which is there


async def test_a_prediction_typed_into_a_field_that_has_gone_is_nobodys(tmp_path: Path) -> None:
    app = make_app(tmp_path, "en")
    async with app.run_test(size=(80, 24)) as pilot:
        await app.learner_ready()
        await pilot.press("l", "enter", "ctrl+right")
        page = app.screen
        assert isinstance(page, PredictStep)
        field = page.query(Input).first()
        await app.set_language("zh")
        page.session.change(overrides={"r": "no number"})  # as the form behind it may, of a key typed before
        await app.set_language("en")
        page.post_message(Input.Changed(field, "7"))
        await pilot.pause()
        assert not page.session.progress.answers


async def test_a_branch_of_the_tree_is_taken_once(tmp_path: Path) -> None:
    app = make_app(tmp_path, "en")
    async with app.run_test(size=(80, 24)) as pilot:
        learner = await app.learner_ready()
        await app.push_screen(TreePage(next(iter(learner.bank.trees.values())), []))
        page = app.screen
        assert isinstance(page, TreePage)
        menu = page.query_one(OptionList)
        for _ in range(2):
            menu.post_message(OptionList.OptionSelected(menu, menu.options[-1], len(menu.options) - 1))
        await pilot.pause()
        assert len(page.path) == 1


async def test_the_progress_stays_open_as_long_as_a_page_reads_it(tmp_path: Path) -> None:
    app = make_app(tmp_path, "en")
    async with app.run_test(size=(80, 24)) as pilot:
        learner = await app.learner_ready()
        await app.leave()
        app.screen.post_message(events.ScreenResume())
        await pilot.pause()
    assert learner.store._lock is None, "and is let go of at the end"
