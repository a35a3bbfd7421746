"""One run after another: a page of the run before, a run that goes on, a queue when the app ends."""

from typing import Any

import pytest

from labs.errors import RunError
from labs.runs import create_run, find_run
from tests.tui.labs.steps import MakeApp, Seen, Until, a_spec, at_step, long_runs
from tui.home import Home
from tui.screens.run_replay import ReplayPage


async def test_the_page_of_a_run_says_how_it_ended_though_the_next_one_trains(
    make_app: MakeApp, until: Until, seen: Seen
) -> None:
    async with long_runs(make_app, (120, 40)) as (app, pilot, monitor):
        first = await monitor.submit(a_spec(r=4))
        second = await monitor.submit(a_spec(r=8))
        await app.push_screen(ReplayPage(first, monitor))
        await until(pilot, lambda: "training" in seen(app))
        await monitor.stop()
        await until(pilot, lambda: monitor.current is not None and monitor.current.run_id == second.id)
        await until(pilot, lambda: "stopped, adapter kept" in seen(app))


async def test_a_run_that_goes_on_after_a_stop_is_followed_and_is_not_taken_up_twice(
    make_app: MakeApp, until: Until, seen: Seen
) -> None:
    async with long_runs(make_app, (120, 40)) as (app, pilot, monitor):
        run = await monitor.submit(a_spec())
        await until(pilot, lambda: at_step(monitor))
        await monitor.stop()
        await until(pilot, lambda: not monitor.is_busy)
        await app.push_screen(ReplayPage(run, monitor))
        await until(pilot, lambda: "stopped, adapter kept" in seen(app))
        await pilot.press("u")
        await until(pilot, lambda: monitor.is_busy)
        assert monitor.current is not None and not monitor.current.is_over, (
            "at once, not when the worker is ready"
        )
        with pytest.raises(RunError) as twice:
            await monitor.resume(run.id)
        assert twice.value.code == "run.busy"
        before = monitor.current.step
        await until(pilot, lambda: at_step(monitor, before + 1))
        await until(pilot, lambda: "training" in seen(app))
        await monitor.stop()
        await until(pilot, lambda: not monitor.is_busy)
        assert monitor.current.is_over


async def test_leaving_stops_the_run_and_lets_the_queue_wait(
    make_app: MakeApp, until: Until, seen: Seen, home: Home
) -> None:
    async with long_runs(make_app) as (_, pilot, monitor):
        first = await monitor.submit(a_spec(r=4))
        waiting = [await monitor.submit(a_spec(r=r)) for r in (8, 16)]
        await until(pilot, lambda: at_step(monitor))
        following = monitor._following
        await monitor.farewell()
        assert following is not None
        await following  # whatever comes behind a run's end has come
        begun = monitor.is_busy
        await monitor.farewell()
    assert not begun
    assert first.status().state == "cancelled"
    assert [find_run(home.runs, run.id).status().state for run in waiting] == ["queued", "queued"]


@pytest.mark.parametrize(("lang", "words"), [("en", "u begins it"), ("zh", "按 u 开始")])
async def test_a_run_left_waiting_says_how_to_begin_it(
    make_app: MakeApp, until: Until, seen: Seen, home: Home, clock: Any, lang: str, words: str
) -> None:
    run = create_run(home.runs, a_spec(), now=clock())
    app = make_app(lang=lang)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(ReplayPage(run, app.run_monitor))
        await until(pilot, lambda: words in seen(app))
        await pilot.press("u")
        await until(pilot, lambda: run.status().state == "completed")
        await until(pilot, lambda: not app.run_monitor.is_busy)


async def test_escape_closes_the_log_before_the_page(make_app: MakeApp, until: Until) -> None:
    async with long_runs(make_app) as (app, pilot, monitor):
        run = await monitor.submit(a_spec())
        await app.push_screen(ReplayPage(run, monitor))
        await until(pilot, lambda: at_step(monitor))
        page = app.screen
        await pilot.press("g", "escape")
        assert isinstance(page, ReplayPage) and app.screen is page and not page.log_shown
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is not page)
        await monitor.stop()
        await until(pilot, lambda: not monitor.is_busy)
