"""What was begun is finished, and once: though Enter was pressed twice, and though the page was left at once."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from textual import events

from labs.runs import list_runs
from labs.spec import RunSpec
from tui.app import FineTutorApp
from tui.home import Home
from tui.screens.configure import ConfigureStep
from tui.screens.labs import LabsPage
from tui.screens.run import RunStep

MakeApp = Callable[..., FineTutorApp]
Until = Callable[[Any, Callable[[], bool]], Awaitable[None]]


async def to_the_form(app: FineTutorApp, pilot: Any, until: Until) -> ConfigureStep:
    await app.learner_ready()
    await pilot.press("l", "enter", "ctrl+right", "ctrl+right")
    await until(pilot, lambda: isinstance(app.screen, ConfigureStep))
    assert isinstance(app.screen, ConfigureStep)
    page = app.screen
    page.session.change(answers={question.id: 1 for question in page.session.questions()})
    return page


async def test_enter_pressed_twice_starts_one_run(make_app: MakeApp, until: Until, home: Home) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await to_the_form(app, pilot, until)
        for _ in range(2):
            app.post_message(events.Key("enter", None))
        await until(pilot, lambda: isinstance(app.screen, RunStep))
        await until(pilot, lambda: not app.run_monitor.is_busy)
        assert len(list_runs(home.runs)) == 1


async def test_a_run_whose_page_is_left_at_once_belongs_to_its_lab(
    make_app: MakeApp, until: Until, home: Home
) -> None:
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        page = await to_the_form(app, pilot, until)
        for key in ("enter", "escape"):
            app.post_message(events.Key(key, None))
        await until(pilot, lambda: page.session.run is not None)
        run = page.session.run
        assert run is not None and app.run_monitor.view_of(run) is not None
        await until(pilot, lambda: not app.run_monitor.is_busy)
        assert run.status().state == "completed"
        assert isinstance(app.screen, LabsPage), "and does not call the student back"


async def test_a_start_that_is_cut_short_is_followed_all_the_same(make_app: MakeApp, until: Until) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        monitor = app.run_monitor
        asked = asyncio.create_task(monitor.submit(RunSpec(lab="tiny", task="t")))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        asked.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asked
        await until(pilot, lambda: monitor.current is not None and monitor.current.state == "completed")
