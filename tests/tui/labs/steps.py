"""Ways through the steps of a lab, by keys."""

from collections.abc import Awaitable, Callable
from typing import Any

from tui.app import FineTutorApp

MakeApp = Callable[..., FineTutorApp]
Until = Callable[[Any, Callable[[], bool]], Awaitable[None]]
Seen = Callable[[FineTutorApp], str]


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
