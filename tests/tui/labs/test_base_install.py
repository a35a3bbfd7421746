"""Without the training stack the lab pages work, and say in one line how to add it."""

import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from labs.runs import list_runs
from tui.app import FineTutorApp
from tui.home import Home
from tui.screens.run_stack import missing_stack

Until = Callable[..., Awaitable[None]]
Seen = Callable[[FineTutorApp], str]


@pytest.fixture
def no_torch(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An interpreter that cannot import torch."""
    monkeypatch.setitem(sys.modules, "torch", None)
    missing_stack.cache_clear()
    yield
    missing_stack.cache_clear()


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.usefixtures("no_torch")
async def test_labs_say_how_to_add_the_stack_and_refuse_to_run(
    home: Home, catalog: Path, until: Until, seen: Seen, lang: str
) -> None:
    app = FineTutorApp(home, "zh" if lang == "zh" else "en")
    app.lab_catalog = catalog
    async with app.run_test(size=(80, 24)) as pilot:
        await app.action_go("labs")
        await pilot.pause()
        assert "pip install 'finetutor[labs]'" in seen(app)
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("ctrl+right", "ctrl+right")
        await until(pilot, lambda: type(app.screen).__name__ == "ConfigureStep")
        assert not app.run_monitor._launcher.is_warm
        await until(pilot, lambda: "8,798,208" in seen(app))
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("enter")
        await until(pilot, lambda: "pip install" in seen(app))
        assert type(app.screen).__name__ == "ConfigureStep"
    assert list_runs(home.runs) == []
