"""Runs: listed, filtered, named, starred, queued, compared, replayed, deleted to the trash; by keys."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from labs.events import Started
from labs.lab import CATALOG
from labs.launcher import Launcher
from labs.run_labels import delete_run, read_label
from labs.runs import list_runs
from tests.tui.labs.steps import MakeApp, Seen, Until, a_spec, at_step, long_runs
from tui.home import Home

FAKE = Path(__file__).parents[2] / "labs" / "fake_worker.py"


async def make_run(home: Home, *worker: str, **changes: Any) -> None:
    command = [sys.executable, str(FAKE), *(worker or ("normal", "--steps", "12", "--delay", "0"))]
    handle = await Launcher(home.runs, command).start(a_spec(**changes))
    await handle.wait()


async def open_runs(pilot: Any) -> None:
    await pilot.app.action_go("runs")
    await pilot.pause()


async def open_newest(pilot: Any, until: Until, seen: Seen) -> None:
    """The run at the top of the list, which has ended."""
    await open_runs(pilot)
    await until(pilot, lambda: "completed" in seen(pilot.app))
    await pilot.press("enter")


@pytest.mark.parametrize(
    ("lang", "words", "size"),
    [("en", ("completed", "diverged"), (120, 40)), ("zh", ("已完成", "已发散"), (80, 24))],
)
async def test_runs_are_listed_newest_first_and_filtered(
    make_app: MakeApp,
    until: Until,
    seen: Seen,
    home: Home,
    lang: str,
    words: tuple[str, str],
    size: tuple[int, int],
) -> None:
    await make_run(home)
    await make_run(home, "diverge", "--steps", "4", "--delay", "0", learning_rate=1e-1)
    app = make_app(lang=lang)
    async with app.run_test(size=size) as pilot:
        await open_runs(pilot)
        await until(pilot, lambda: all(word in seen(app) for word in words))
        screen = seen(app)
        assert screen.index(words[1]) < screen.index(words[0])
        title = "A tiny lab" if lang == "en" else "小实验"
        assert screen.count(title) == 2, "a run is called by its lab's title"
        await pilot.press("f")
        await pilot.pause()
        assert words[0] in seen(app) and words[1] not in seen(app)
        await pilot.press("f")
        await pilot.pause()
        assert words[1] in seen(app)
        assert all(len(line.rstrip()) <= size[0] for line in seen(app).splitlines())


async def test_a_run_is_named_noted_and_starred(
    make_app: MakeApp, until: Until, seen: Seen, home: Home
) -> None:
    await make_run(home)
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await open_runs(pilot)
        await until(pilot, lambda: "completed" in seen(app))
        await pilot.press("n", *"best", "enter")
        await until(pilot, lambda: "best" in seen(app))
        await pilot.press("o", *"why", "enter")
        await until(pilot, lambda: "why" in seen(app))
        await pilot.press("s")
        await until(pilot, lambda: "★" in seen(app))
        await pilot.press("slash", *"nowhere")
        await until(pilot, lambda: "No run matches; esc clears" in seen(app))
        await pilot.press("escape")
        await until(pilot, lambda: "best" in seen(app))
        await pilot.press("enter")
        await until(pilot, lambda: seen(app).splitlines()[0].split()[:1] == ["best"])
    (run,) = list_runs(home.runs)
    label = read_label(run)
    assert (label.name, label.note, label.starred) == ("best", "why", True)


async def test_deleting_asks_and_moves_to_the_trash(
    make_app: MakeApp, until: Until, seen: Seen, home: Home
) -> None:
    await make_run(home)
    (run,) = list_runs(home.runs)
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await open_runs(pilot)
        await until(pilot, lambda: "completed" in seen(app))
        await pilot.press("x")
        await until(pilot, lambda: ".trash" in seen(app))
        await pilot.press("escape")
        await pilot.pause()
        assert list_runs(home.runs) != []
        await pilot.press("x")
        await until(pilot, lambda: ".trash" in seen(app))
        await pilot.press("enter")
        await until(pilot, lambda: "Nothing has run yet" in seen(app))
        assert (home.runs / ".trash" / run.id / "events.jsonl").exists()
        await pilot.press("z")
        await until(pilot, lambda: "completed" in seen(app))
        assert [one.id for one in list_runs(home.runs)] == [run.id]
        assert not (home.runs / ".trash" / run.id).exists()


async def test_compared_runs_show_only_what_differs_and_test_it(
    make_app: MakeApp, until: Until, seen: Seen, home: Home
) -> None:
    await make_run(home, r=8)
    await make_run(home, r=32)
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await open_runs(pilot)
        await until(pilot, lambda: "completed" in seen(app))
        await pilot.press("space", "space", "c")
        await until(pilot, lambda: "learning_rate" not in seen(app) and "training loss" in seen(app))
        await until(pilot, lambda: any(line.strip().startswith("r ") for line in seen(app).splitlines()))
        screen = seen(app)
        row = next(line for line in screen.splitlines() if line.strip().startswith("r "))
        assert "32" in row and "8" in row
        assert "learning_rate" not in screen
        await pilot.press("v")
        await pilot.pause()
        assert "validation loss" in seen(app)
        await pilot.press("end")
        # Both scripted runs answer alike: no test may call that a difference.
        await until(pilot, lambda: "could be chance" in seen(app))


async def test_a_replay_ends_where_the_run_ended(
    make_app: MakeApp, until: Until, seen: Seen, home: Home
) -> None:
    await make_run(home)
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await open_newest(pilot, until, seen)
        await until(pilot, lambda: type(app.screen).__name__ == "ReplayPage" and "eval ○" in seen(app))
        ended = seen(app)
        await pilot.press("r", "plus", "plus", "plus", "plus", "plus")
        await until(pilot, lambda: "completed" in seen(app) and "replay" not in seen(app).splitlines()[0])
        assert seen(app).splitlines()[2:20] == ended.splitlines()[2:20]


async def test_runs_wait_their_turn_and_begin_by_themselves(
    make_app: MakeApp, until: Until, seen: Seen, home: Home
) -> None:
    async with long_runs(make_app) as (app, pilot, monitor):
        first = await monitor.submit(a_spec(r=4))
        second = await monitor.submit(a_spec(r=8))
        third = await monitor.submit(a_spec(r=16))
        assert [run.id for run in monitor.queue()] == [second.id, third.id]
        await open_runs(pilot)
        await until(
            pilot, lambda: "waits, no. 1" in seen(app) and "waits, no. 2" in seen(app) and "▸" in seen(app)
        )
        await until(pilot, lambda: at_step(monitor))
        await monitor.stop()
        await until(
            pilot,
            lambda: monitor.current is not None and monitor.current.run_id == second.id and monitor.is_busy,
        )
        assert first.status().state == "cancelled"
        assert [run.id for run in monitor.queue()] == [third.id]
        delete_run(third)
        await until(pilot, lambda: at_step(monitor))
        await monitor.stop()
        await until(pilot, lambda: not monitor.is_busy)


async def test_fifty_events_a_second_drop_no_key(make_app: MakeApp, until: Until, home: Home) -> None:
    app = make_app("normal", "--steps", "250", "--delay", "0.02")
    async with app.run_test(size=(120, 40)) as pilot:
        from tui.screens.run_replay import ReplayPage

        run = await app.run_monitor.submit(a_spec())
        page = ReplayPage(run, app.run_monitor)
        await app.push_screen(page)
        view = app.run_monitor.current
        assert view is not None
        await until(pilot, lambda: view.step > 5)
        held: list[bool] = []
        for _ in range(30):
            await pilot.press("space")
            held.append(page.paused)
        assert held == [True, False] * 15, "every press was taken, in order, while events came"
        await until(pilot, lambda: not app.run_monitor.is_busy)
        assert page.view() is view and view.step == 250


async def test_a_run_of_another_program_is_followed(make_app: MakeApp, until: Until, home: Home) -> None:
    other = Launcher(home.runs, [sys.executable, str(FAKE), "slow", "--steps", "400"])
    handle = await other.start(a_spec())
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: handle.run.status().state == "running")
        app.run_monitor.reattach()
        await until(pilot, lambda: at_step(app.run_monitor, 2))
        assert app.run_monitor.current is not None and app.run_monitor.current.run_id == handle.run.id
        await app.run_monitor.stop()
        await until(pilot, lambda: app.run_monitor.current is not None and app.run_monitor.current.is_over)
    await handle.wait()


async def test_leaving_the_app_stops_the_run_with_its_adapter_kept(
    make_app: MakeApp, until: Until, home: Home
) -> None:
    async with long_runs(make_app) as (_, pilot, monitor):
        await monitor.submit(a_spec())
        await until(pilot, lambda: at_step(monitor))
        await pilot.press("ctrl+q")
        await pilot.pause()
    (run,) = list_runs(home.runs)
    assert run.status().state == "cancelled"
    assert (run.adapter / "adapter_config.json").exists()


async def test_a_live_run_is_stopped_from_the_list_and_one_that_waits_is_not_replayed(
    make_app: MakeApp, until: Until, seen: Seen, home: Home
) -> None:
    async with long_runs(make_app) as (app, pilot, monitor):
        first = await monitor.submit(a_spec(r=4))
        second = await monitor.submit(a_spec(r=8))
        await open_runs(pilot)
        await until(pilot, lambda: "waits, no. 1" in seen(app))
        await pilot.press("enter")
        await until(pilot, lambda: "another run is training" in seen(app))
        await pilot.press("r")
        await pilot.pause()
        assert "another run is training" in seen(app)
        delete_run(second)
        await pilot.press("escape", "down", "enter")
        await until(pilot, lambda: at_step(monitor))
        await until(pilot, lambda: "Stop and keep" in seen(app).splitlines()[-1])
        await pilot.press("t")
        await until(pilot, lambda: "Stop after this step?" in seen(app))
        await pilot.press("enter")
        await until(pilot, lambda: not monitor.is_busy)
        assert first.status().state == "cancelled"


async def test_resuming_twice_sends_one_worker_and_the_page_follows_it(
    make_app: MakeApp, until: Until, seen: Seen, home: Home, tmp_path: Path
) -> None:
    await make_run(home, "oom", "--steps", "8", "--delay", "0")
    (run,) = list_runs(home.runs)
    gate = tmp_path / "gate"
    os.mkfifo(gate)  # the worker says nothing until somebody writes here, as one that imports its libraries
    app = make_app()
    app.run_monitor._launcher._command = (
        "sh", "-c", 'cat "$0" > /dev/null; exec "$@"', str(gate),
        sys.executable, str(FAKE), "normal", "--steps", "8", "--delay", "0",
    )  # fmt: skip
    async with app.run_test(size=(80, 24)) as pilot:
        await open_runs(pilot)
        await until(pilot, lambda: "failed" in seen(app))
        await pilot.press("enter")
        await until(pilot, lambda: "Memory ran out" in seen(app))
        await pilot.press("u")
        await until(pilot, lambda: "Memory ran out" not in seen(app))
        await pilot.press("u")
        await asyncio.to_thread(gate.write_text, "go")
        await until(pilot, lambda: "completed" in seen(app))
    starts = [event for event in run.events() if isinstance(event, Started)]
    assert len(starts) == 2, "the run as it was made, and the one worker that went on"


async def test_a_run_that_is_over_has_nothing_to_pause(
    make_app: MakeApp, until: Until, seen: Seen, home: Home
) -> None:
    await make_run(home)
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await open_newest(pilot, until, seen)
        await until(pilot, lambda: "Replay" in seen(app))
        assert "Pause view" not in seen(app)
        await pilot.press("space")
        assert "paused" not in seen(app)


async def test_a_title_that_is_cut_in_the_list_stands_whole_below_it(
    make_app: MakeApp, until: Until, seen: Seen, home: Home
) -> None:
    await make_run(home, lab="data-quality")
    app = make_app(lang="zh")
    app.lab_catalog = CATALOG
    async with app.run_test(size=(80, 24)) as pilot:
        await open_runs(pilot)
        await until(pilot, lambda: "六百行干净数据，还是两千行带噪数据？" in seen(app))
        await pilot.press("f2")
        await until(pilot, lambda: "600 clean rows against 2000 noisy ones" in seen(app))
