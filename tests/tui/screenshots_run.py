"""Pictures of a run and of its results, from a real one: first-qlora over the real worker, about two minutes."""

import json
import time
from collections.abc import Callable
from typing import Any

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
LONGEST_S = 1800.0


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
        await _until(pilot, lambda: _page(app) == "GuideStep")
        await pilot.press("ctrl+right")
        await _until(pilot, lambda: _page(app) == "PredictStep")
        await pilot.press("ctrl+right")
        await _until(pilot, lambda: _page(app) == "ConfigureStep")
        await pilot.press("enter")
        await _until(pilot, lambda: _page(app) == "RunStep")
        await _until(pilot, lambda: _far(app) > 0.66)
        await _both(app, pilot, save, "run")
        await _until(pilot, lambda: (view := app.run_monitor.current) is not None and view.is_over)
        await pilot.press("enter")
        await _until(pilot, lambda: _page(app) == "ResultsStep")
        page: Any = app.screen
        await _until(pilot, lambda: page.outcome is not None)
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
        await _until(
            pilot, lambda: t("run.tokens_per_second" if name == "run" else "results.measured") in _text(app)
        )
        save(app, f"{name}-{language}")
    await app.set_language("en")
    await _settle(pilot)


def _text(app: FineTutorApp) -> str:
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


async def _settle(pilot: Pilot[int]) -> None:
    # A page that draws some times a second draws once more in the new language.
    await pilot.pause(0.7)
    await settled(pilot)


def _page(app: FineTutorApp) -> str:
    return type(app.screen).__name__


def _far(app: FineTutorApp) -> float:
    view = app.run_monitor.current
    assert view is None or not view.is_over or view.state == "completed", "the run ended badly"
    return view.step / view.total_steps if view is not None and view.total_steps else 0.0


async def _until(pilot: Pilot[int], condition: Callable[[], bool]) -> None:
    end = time.monotonic() + LONGEST_S
    while not condition():
        assert time.monotonic() < end, "the run took too long"
        await pilot.pause(0.1)
