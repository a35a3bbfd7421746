"""Ways through the steps of a lab, by keys, and into an app that trains."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from labs.spec import RunSpec
from tui.app import FineTutorApp
from tui.screens.run_monitor import RunMonitor

MakeApp = Callable[..., FineTutorApp]
Until = Callable[[Any, Callable[[], bool]], Awaitable[None]]
Seen = Callable[[FineTutorApp], str]


def a_spec(**changes: Any) -> RunSpec:
    """What the small lab would train."""
    return RunSpec(**{"lab": "tiny", "task": "t", "base_model": "Qwen/Qwen2.5-0.5B-Instruct", **changes})


def at_step(monitor: RunMonitor, step: int = 1) -> bool:
    """Whether the run of now has come so far."""
    return monitor.current is not None and monitor.current.step >= step


@asynccontextmanager
async def long_runs(
    make_app: MakeApp, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[FineTutorApp, Any, RunMonitor]]:
    """App, pilot and monitor, where a run takes longer than a test."""
    app = make_app("slow", "--steps", "400")
    async with app.run_test(size=size) as pilot:
        yield app, pilot, app.run_monitor


@asynccontextmanager
async def form(
    make_app: MakeApp, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[FineTutorApp, Any]]:
    """App and pilot, at the form of the small lab."""
    app = make_app()
    async with app.run_test(size=size) as pilot:
        await at_form(pilot)
        yield app, pilot


async def open_lab(pilot: Any) -> None:
    await pilot.app.action_go("labs")
    await pilot.pause()
    await pilot.press("enter")
    await pilot.pause()


async def at_form(pilot: Any) -> None:
    """Through guide and predictions, nothing predicted."""
    await open_lab(pilot)
    await pilot.press("ctrl+right", "ctrl+right")
    await pilot.pause()
    await pilot.pause()


async def run_unpredicted(pilot: Any) -> None:
    await at_form(pilot)
    await pilot.press("enter")
    await pilot.pause()
    await pilot.press("enter")
    await pilot.pause()
