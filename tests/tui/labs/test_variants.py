"""A lab that compares several runs: choosing the variant, and checks that speak of the other one."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from labs.lab import load_lab
from labs.lab_checks import check_run, measure_lab
from labs.runs import list_runs
from tui.app import FineTutorApp
from tui.home import Home

Until = Callable[..., Awaitable[None]]
Seen = Callable[[FineTutorApp], str]
VARIANT = """
[[variants]]
id = "high"
title.en = "Ten times higher"
title.zh = "再高十倍"
spec = { learning_rate = 2e-3 }
[[checks]]
id = "both"
points = 1
expression = "runs.high.tuned.bleu == tuned.bleu"
title.en = "Both were run"
title.zh = "两个都跑了"
hint.en = "Run the other variant too."
hint.zh = "另一个也要跑。"
"""


async def test_a_check_over_two_variants_is_met_when_both_have_run(
    make_app: Callable[..., FineTutorApp], catalog: Path, home: Home, until: Until, seen: Seen
) -> None:
    file = catalog / "tiny" / "lab.toml"
    file.write_text(file.read_text(encoding="utf-8") + VARIANT, encoding="utf-8")
    lab = load_lab(catalog / "tiny")

    def met() -> list[bool | None]:
        newest, *_ = runs = list_runs(home.runs)
        return [one.met for one in check_run(lab, measure_lab(lab, newest, runs)) if one.check.id == "both"]

    app = make_app("normal", "--steps", "6", "--delay", "0")
    async with app.run_test(size=(80, 24)) as pilot:
        await app.action_go("labs")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("ctrl+right", "ctrl+right")
        await until(pilot, lambda: type(app.screen).__name__ == "ConfigureStep")
        await pilot.press("right")
        await until(
            pilot, lambda: "Ten times higher" in seen(app) and "2e-3" in seen(app).replace("0.002", "2e-3")
        )
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("enter")
        await until(pilot, lambda: "completed" in seen(app))
        assert met() == [None], "the other variant has not been run"
        await pilot.press("ctrl+left")
        await until(pilot, lambda: type(app.screen).__name__ == "ConfigureStep")
        await pilot.press("left")
        await until(pilot, lambda: "as it is" in seen(app))
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("enter")
        await until(pilot, lambda: "completed" in seen(app) and len(list_runs(home.runs)) == 2)
    assert [run.spec.learning_rate for run in list_runs(home.runs)] == [2e-4, 2e-3]
    assert met() == [True]
