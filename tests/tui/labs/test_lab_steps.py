"""A lab from its catalogue entry to its reference answer, by keys alone."""

from pathlib import Path

import pytest
from textual.widgets import Input

from labs.lab_progress import load_progress
from labs.runs import list_runs
from tests.tui.labs.steps import MakeApp, Seen, Until, at_step, form, long_runs, run_unpredicted
from tui.home import Home


@pytest.mark.parametrize(("lang", "size"), [("en", (80, 24)), ("zh", (120, 40))])
async def test_from_the_catalogue_to_the_results(
    make_app: MakeApp, until: Until, seen: Seen, home: Home, lang: str, size: tuple[int, int]
) -> None:
    app = make_app(lang=lang)
    async with app.run_test(size=size) as pilot:
        await app.action_go("labs")
        await pilot.pause()
        assert ("A tiny lab" if lang == "en" else "小实验") in seen(app)
        await pilot.press("enter")
        await until(pilot, lambda: ("Read this first" if lang == "en" else "先读这里") in seen(app))
        await pilot.press("enter")
        await until(pilot, lambda: bool(app.screen.query(Input)))
        for typed in ("8798208", "52", "6", "900", "1"):
            await pilot.press(*typed, "enter")
        await pilot.press("right", "enter", "right", "enter")
        await until(pilot, lambda: type(app.screen).__name__ == "ConfigureStep")
        # 100 rows, batch 8: ceil(100/8) = 13 steps an epoch, 52 in all, ceil(5.2) = 6 of warm-up; r=16 all-linear.
        await until(pilot, lambda: "8,798,208" in seen(app))
        assert all(number in seen(app) for number in (" 13", " 52", " 6\n"[:2]))
        await pilot.press("enter")
        await until(pilot, lambda: type(app.screen).__name__ == "RunStep")
        await until(pilot, lambda: ("completed" if lang == "en" else "已完成") in seen(app))
        await pilot.press("enter")
        await until(pilot, lambda: type(app.screen).__name__ == "ResultsStep")
        await until(pilot, lambda: "8,798,208" in seen(app))
        assert "245,760" in seen(app), "what the (scripted) run reported stands beside what the formula gives"
        await app.action_go("home")
        said = "high on minutes" if lang == "en" else "把分钟数高估了"
        await until(pilot, lambda: said in seen(app))
    (run,) = list_runs(home.runs)
    assert run.answers() == {
        "trainable_parameters": 8_798_208, "total_steps": 52, "warmup_steps": 6, "memory": 900, "minutes": 1,
        "curve": 0, "best_metric": 0,
    }  # fmt: skip


async def test_the_run_says_where_to_start_when_nothing_has_run(make_app: MakeApp, seen: Seen) -> None:
    async with form(make_app) as (app, pilot):
        await pilot.press("ctrl+right")
        await pilot.pause()
        await pilot.pause()
        assert type(app.screen).__name__ == "RunStep"
        assert "Nothing has run yet" in seen(app) and "0.5" not in seen(app)


async def test_stop_asks_once_and_keeps_the_adapter(
    make_app: MakeApp, until: Until, seen: Seen, home: Home
) -> None:
    async with long_runs(make_app) as (app, pilot, monitor):
        await run_unpredicted(pilot)
        await until(pilot, lambda: at_step(monitor, 2))
        await pilot.press("t")
        await pilot.pause()
        assert "Stop after this step?" in seen(app)
        await pilot.press("enter")
        await until(pilot, lambda: "stopped, adapter kept" in seen(app))
    (run,) = list_runs(home.runs)
    assert run.status().state == "cancelled"
    assert (run.adapter / "adapter_config.json").exists()


async def test_escape_leaves_the_run_going_and_the_catalogue_shows_it(
    make_app: MakeApp, until: Until, seen: Seen
) -> None:
    async with long_runs(make_app) as (app, pilot, monitor):
        await run_unpredicted(pilot)
        await until(pilot, lambda: at_step(monitor))
        await pilot.press("escape")
        await until(pilot, lambda: "▸ step" in seen(app))
        assert monitor.current is not None
        before = monitor.current.step
        await until(pilot, lambda: at_step(monitor, before + 1))
        await pilot.press("enter")
        await until(pilot, lambda: type(app.screen).__name__ == "RunStep")
        await monitor.stop()
        await until(pilot, lambda: not monitor.is_busy)


async def test_home_says_what_the_run_does_and_how_it_ended(
    make_app: MakeApp, until: Until, seen: Seen
) -> None:
    async with long_runs(make_app) as (app, pilot, monitor):
        await run_unpredicted(pilot)
        await until(pilot, lambda: at_step(monitor))
        await app.action_go("home")
        await until(pilot, lambda: "▸ A tiny lab" in seen(app) and "step " in seen(app))
        await monitor.stop()
        await until(pilot, lambda: "■ A tiny lab" in seen(app) and "stopped, adapter kept" in seen(app))


async def test_space_holds_the_picture_while_the_run_goes_on(
    make_app: MakeApp, until: Until, seen: Seen
) -> None:
    async with long_runs(make_app) as (app, pilot, monitor):
        await run_unpredicted(pilot)
        await until(pilot, lambda: "training" in seen(app))
        await pilot.press("space")
        await pilot.pause()
        still = seen(app)
        assert "view paused" in still
        assert monitor.current is not None
        before = monitor.current.step
        await until(pilot, lambda: at_step(monitor, before + 3))
        assert seen(app).splitlines()[2:10] == still.splitlines()[2:10]
        await pilot.press("space")
        await until(pilot, lambda: seen(app).splitlines()[2:10] != still.splitlines()[2:10])
        await monitor.stop()
        await until(pilot, lambda: not monitor.is_busy)


@pytest.mark.parametrize(
    ("scenario", "says", "next_step"),
    [
        ("diverge", "diverged", "Lower the learning rate"),
        ("oom", "Memory ran out", "per_device_train_batch_size=4"),
        ("killed", "was killed", "per_device_train_batch_size=4"),
        ("crash", "ended without a word", "last checkpoint"),
    ],
)
async def test_a_run_that_ends_badly_says_what_to_do_next(
    make_app: MakeApp, until: Until, seen: Seen, scenario: str, says: str, next_step: str
) -> None:
    app = make_app(scenario, "--steps", "8", "--delay", "0")
    async with app.run_test(size=(80, 24)) as pilot:
        await run_unpredicted(pilot)
        await until(pilot, lambda: says in seen(app))
        assert next_step in " ".join(seen(app).split())


async def test_the_smaller_setting_is_taken_into_the_form(
    make_app: MakeApp, until: Until, seen: Seen
) -> None:
    app = make_app("oom", "--steps", "8", "--delay", "0")
    async with app.run_test(size=(80, 24)) as pilot:
        await run_unpredicted(pilot)
        await until(pilot, lambda: "Memory ran out" in seen(app))
        await pilot.press("s")
        await until(pilot, lambda: type(app.screen).__name__ == "ConfigureStep")
        assert app.screen.query_one("#f-per_device_train_batch_size", Input).value == "4"
        assert app.screen.query_one("#f-gradient_accumulation_steps", Input).value == "2"


async def test_an_interrupted_run_is_resumed_by_a_key(
    make_app: MakeApp, until: Until, seen: Seen, home: Home
) -> None:
    app = make_app("crash", "--steps", "8", "--delay", "0")
    async with app.run_test(size=(80, 24)) as pilot:
        await run_unpredicted(pilot)
        await until(pilot, lambda: "ended without a word" in seen(app))
        app.run_monitor._launcher._command = (
            *app.run_monitor._launcher._command[:2],
            "normal",
            "--steps",
            "8",
        )
        await pilot.press("u")
        await until(pilot, lambda: "completed" in seen(app))
    (run,) = list_runs(home.runs)
    assert run.status().state == "completed"


async def test_text_from_a_model_is_data(make_app: MakeApp, until: Until, seen: Seen) -> None:
    app = make_app("hostile", "--steps", "8", "--delay", "0")
    async with app.run_test(size=(80, 24)) as pilot:
        await run_unpredicted(pilot)
        await until(pilot, lambda: "completed" in seen(app))
        assert "[@click=app.quit]" in seen(app), "shown as the characters it is"
        await pilot.press("enter")
        await until(pilot, lambda: type(app.screen).__name__ == "ResultsStep")
        await pilot.press("end")
        await until(pilot, lambda: "[@click" in seen(app))
        assert not any(sign in seen(app) for sign in ("\x1b", "\x07", "\u202e"))


async def test_hints_unlock_after_a_try_and_the_reference_when_the_lab_is_closed(
    make_app: MakeApp, until: Until, seen: Seen, home: Home
) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await run_unpredicted(pilot)
        await until(pilot, lambda: "completed" in seen(app))
        await pilot.press("ctrl+right")
        await until(pilot, lambda: type(app.screen).__name__ == "ResultsStep")
        await pilot.press("ctrl+right")
        await until(pilot, lambda: type(app.screen).__name__ == "ReflectStep")
        await until(pilot, lambda: "3 of 3 points" in seen(app))
        assert "The memory of the libraries" not in seen(app)
        await pilot.press("ctrl+e")
        await pilot.pause()
        assert "Look at the curve." in seen(app) and "It flattens." not in seen(app)
        await pilot.press(*"noise")
        await pilot.press("ctrl+s")
        await pilot.pause()
        await pilot.pause()
        assert "The memory of the libraries" in seen(app)
        await pilot.press("escape")
        await until(pilot, lambda: type(app.screen).__name__ == "LabsPage" and "1 of 1 done" in seen(app))
    progress = load_progress(home.root / "labs", "tiny")
    assert progress.reflections == ("noise",)
    assert progress.done


async def test_a_lab_is_reset_after_asking(make_app: MakeApp, until: Until, seen: Seen, home: Home) -> None:
    async with form(make_app) as (app, pilot):
        await pilot.press("ctrl+u", "ctrl+k", "8")
        await pilot.press("escape")
        await pilot.pause()
        assert load_progress(home.root / "labs", "tiny").overrides == {"r": 8}
        await pilot.press("x")
        await pilot.pause()
        assert "Begin “A tiny lab” afresh?" in seen(app)
        await pilot.press("enter")
        await until(pilot, lambda: load_progress(home.root / "labs", "tiny").overrides == {})


async def test_a_broken_lab_is_named_and_the_others_work(
    make_app: MakeApp, seen: Seen, catalog: Path
) -> None:
    broken = catalog / "broken"
    broken.mkdir()
    (broken / "lab.toml").write_text("format_version = 1\nid = 7\n", encoding="utf-8")
    app = make_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await app.action_go("labs")
        await pilot.pause()
        assert "A tiny lab" in seen(app)
        assert "broken/lab.toml" in seen(app)


async def test_what_a_lab_still_lacks_is_said_where_it_would_be_closed(
    make_app: MakeApp, until: Until, seen: Seen
) -> None:
    app = make_app("diverge", "--steps", "4", "--delay", "0")
    async with app.run_test(size=(80, 24)) as pilot:
        await run_unpredicted(pilot)
        await until(pilot, lambda: "diverged" in seen(app))
        await pilot.press("ctrl+right")
        await until(pilot, lambda: type(app.screen).__name__ == "ResultsStep")
        await pilot.press("ctrl+right")
        await until(pilot, lambda: "0 of 3 points" in seen(app))
        assert "can be closed once" in seen(app)
