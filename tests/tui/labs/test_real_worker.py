"""The app over the real worker: a QLoRA run of a few steps, watched, then asked; and no torch where one draws."""

import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from labs.lab import CATALOG
from labs.runs import list_runs
from tui.app import FineTutorApp
from tui.home import Home

Until = Callable[..., Awaitable[None]]
Seen = Callable[[FineTutorApp], str]
HEAVY = {
    "torch",
    "transformers",
    "peft",
    "trl",
    "bitsandbytes",
    "accelerate",
    "datasets",
    "evaluate",
    "sklearn",
}


@pytest.mark.trains
async def test_a_real_run_is_watched_to_its_scores_and_its_model_answers(
    home: Home, until: Until, seen: Seen
) -> None:
    (home.root / "labs").mkdir()
    overrides = {"max_steps": 3, "eval_steps": 0, "train_rows": 48, "test_rows": 4, "max_new_tokens": 12}
    (home.root / "labs" / "first-qlora.json").write_text(
        json.dumps({"overrides": overrides}), encoding="utf-8"
    )
    before = set(sys.modules)
    app = FineTutorApp(home, "en")
    app.lab_catalog = CATALOG

    def on(page: str) -> Callable[[], bool]:
        return lambda: type(app.screen).__name__ == page

    async with app.run_test(size=(120, 40)) as pilot:
        await app.action_go("labs")
        await pilot.pause()
        await pilot.press("enter")
        await until(pilot, on("GuideStep"))
        await pilot.press("ctrl+right")
        await until(pilot, on("PredictStep"))
        await pilot.press("ctrl+right")
        await until(pilot, on("ConfigureStep"))
        assert app.run_monitor._launcher.is_warm, "a worker gets ready while the guide is read"
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("enter")
        await until(pilot, on("RunStep"))
        await until(pilot, lambda: "completed" in seen(app), seconds=180)
        view = app.run_monitor.current
        assert (
            view is not None and view.step == 3 and view.plan is not None and view.plan.quantization == "nf4"
        )
        await pilot.press("enter")
        await until(pilot, on("ResultsStep"))
        await until(pilot, lambda: "perplexity" in seen(app))
        await pilot.press("escape", "escape")
        await app.action_go("runs")
        await until(pilot, lambda: "completed" in seen(app))
        await pilot.press("t")
        await until(pilot, on("TryPage"))
        await until(pilot, lambda: "ready" in seen(app), seconds=60)
        await pilot.press(*"why", "enter")
        page: Any = app.screen
        await until(pilot, lambda: bool(page._said["tuned"]) and "ready" in seen(app), seconds=120)
        await pilot.press("escape")
        await pilot.pause()
    assert not HEAVY & (set(sys.modules) - before), "nothing heavy was imported in the process that draws"
    (run,) = list_runs(home.runs)
    assert run.status().state == "completed"
    assert set(run.scores().tuned) >= {"perplexity", "bleu", "exact_match"}
