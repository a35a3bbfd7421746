"""Pictures of a run and of its results, from a real one: first-qlora over the real worker, about two minutes."""

import json
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from textual.app import App
from textual.pilot import Pilot

from labs.lab import CATALOG, load_lab
from labs.models import shape_of
from labs.row_lengths import row_lengths
from tests.tui.picture import settled
from tui.app import FineTutorApp
from tui.home import Home
from tui.i18n import t
from tui.screens.configure_figures import Machine, figures_of

Save = Callable[[FineTutorApp, str], None]
PAGE_S, RUN_S = 60.0, 1800.0
"""How long a page, and the run, may take to come."""


async def run_pictures(home: Home, save: Save) -> None:
    """Start the run as it comes, picture it when two thirds are done, then its results, in both languages."""
    (home.root / "labs").mkdir(exist_ok=True)
    (home.root / "labs" / "first-qlora.json").write_text(json.dumps({"answers": _said()}), encoding="utf-8")
    app = FineTutorApp(home, "en")
    async with app.run_test(size=(100, 30)) as pilot:
        await app.learner_ready()
        await app.action_go("labs")
        await pilot.pause()
        await pilot.press("enter")
        await _until(pilot, "the guide", lambda: _page(app) == "GuideStep")
        await pilot.press("ctrl+right")
        await _until(pilot, "the predictions", lambda: _page(app) == "PredictStep")
        await pilot.press("ctrl+right")
        await _until(pilot, "the form", lambda: _page(app) == "ConfigureStep")
        await pilot.press("enter")
        await _until(pilot, "the run's page", lambda: _page(app) == "RunStep")
        await _until(pilot, "two thirds of the run", lambda: _far(app) > 0.66, RUN_S)
        await _both(app, pilot, save, "run")
        await _until(pilot, "the end of the run", lambda: _far(app) >= 1 and _is_over(app), RUN_S)
        await pilot.press("enter")
        await _until(pilot, "the results", lambda: _page(app) == "ResultsStep")
        page: Any = app.screen
        await _until(pilot, "what the results read", lambda: page.outcome is not None)
        await _both(app, pilot, save, "results")
        assert app.learner is not None
        app.learner.close()


def _said() -> dict[str, float]:
    """Somebody who counts steps well, forgets the feed-forward layers, and hopes for little."""
    spec = load_lab(CATALOG / "first-qlora").run_spec("")
    shape, lengths = shape_of(spec.base_model), row_lengths(spec)
    assert shape is not None
    figures = figures_of(spec, shape, lengths, Machine(0.0, "cpu"))
    attention = shape.lora_parameters(spec.r, ("q_proj", "k_proj", "v_proj", "o_proj"))
    return {"trainable": attention, "steps": figures.total_steps, "warmup": figures.warmup_steps, "exact": 0}


async def _both(app: FineTutorApp, pilot: Pilot[int], save: Save, name: str) -> None:
    for language in ("en", "zh"):
        await app.set_language("zh" if language == "zh" else "en")
        await _settle(pilot)
        shown = t("run.tokens_per_second" if name == "run" else "results.measured")
        await _until(pilot, f"{name} in {language}", partial(_shows, app, shown))
        save(app, f"{name}-{language}")
    await app.set_language("en")
    await _settle(pilot)


def _shows(app: FineTutorApp, text: str) -> bool:
    strips = app.screen._compositor.render_strips()
    return any(text in "".join(segment.text for segment in strip) for strip in strips)


async def _settle(pilot: Pilot[int]) -> None:
    # A page that draws some times a second draws once more in the new language.
    await pilot.pause(0.7)
    await settled(pilot)


def _page(app: App[Any]) -> str:
    return type(app.screen).__name__


def _far(app: FineTutorApp) -> float:
    view = app.run_monitor.current
    assert view is None or not view.is_over or view.state == "completed", "the run ended badly"
    return view.step / view.total_steps if view is not None and view.total_steps else 0.0


def _is_over(app: FineTutorApp) -> bool:
    view = app.run_monitor.current
    return view is not None and view.is_over


async def _until(
    pilot: Pilot[Any], what: str, condition: Callable[[], bool], seconds: float = PAGE_S
) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, (
            f"{what} did not come in {seconds:.0f} s: {_page(pilot.app)} is in front"
        )
        await pilot.pause(0.1)
