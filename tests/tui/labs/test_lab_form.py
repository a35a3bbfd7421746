"""Predictions and settings: what is typed is read, marked where it is wrong, and never lost."""

import pytest
from textual.events import Key
from textual.widgets import Input

from labs.lab import CATALOG
from labs.lab_progress import load_progress
from labs.runs import list_runs
from tests.tui.labs.steps import MakeApp, Seen, Until, at_form, form, open_lab
from tui.home import Home


async def test_wrong_values_are_marked_at_their_field_and_cannot_be_run(
    make_app: MakeApp, seen: Seen, home: Home
) -> None:
    async with form(make_app) as (app, pilot):
        app.screen.query_one("#f-learning_rate", Input).focus()
        await pilot.press("ctrl+u", "ctrl+k", *"99")
        await pilot.pause()
        screen = seen(app)
        at = next(number for number, line in enumerate(screen.splitlines()) if "learning_rate  " in line)
        assert "✗" in screen.splitlines()[at + 1]
        await pilot.press("enter")
        await pilot.pause()
        assert type(app.screen).__name__ == "ConfigureStep"
    assert list_runs(home.runs) == []


async def test_figures_follow_every_key(make_app: MakeApp, until: Until, seen: Seen) -> None:
    async with form(make_app) as (app, pilot):
        await until(pilot, lambda: "8,798,208" in seen(app))
        await pilot.press("ctrl+u", "ctrl+k", "8")
        await until(pilot, lambda: "4,399,104" in seen(app))


async def test_the_labs_own_settings_bring_their_figures_back(
    make_app: MakeApp, until: Until, seen: Seen
) -> None:
    async with form(make_app, (120, 40)) as (app, pilot):

        def figures() -> str:
            return "\n".join(line.rstrip() for line in seen(app).splitlines()) + "\n"

        await pilot.press("ctrl+a")
        await until(pilot, lambda: bool(app.screen.query("#f-train_rows")))
        app.screen.query_one("#f-train_rows", Input).focus()
        await pilot.press("ctrl+u", "ctrl+k", *"40")
        await until(pilot, lambda: "5\n" in figures() and " 20\n" in figures())
        await pilot.press("ctrl+d")
        await until(pilot, lambda: " 13\n" in figures() and " 52\n" in figures())


async def test_language_switches_at_once_and_nothing_typed_is_lost(
    make_app: MakeApp, until: Until, seen: Seen
) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await open_lab(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: bool(app.screen.query(Input)))
        await pilot.press(*"8798208")
        await pilot.press("f2")
        await pilot.pause()
        assert "将训练多少个参数" in seen(app)
        assert "8,798,208" in seen(app)
        await pilot.press("f2")
        await pilot.pause()
        assert "How many parameters" in seen(app)


async def test_keys_in_a_burst_reach_the_fields_they_were_meant_for(
    make_app: MakeApp, until: Until, home: Home
) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await open_lab(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: type(app.screen).__name__ == "PredictStep" and app.focused is not None)
        for key in ("1", "enter", "2", "enter", "3", "enter"):
            character = key if len(key) == 1 else "\r"
            app.post_message(Key(key, character))  # a terminal under load delivers several in one read
        await pilot.pause()
        await until(pilot, lambda: len(load_progress(home.root / "labs", "tiny").answers) == 3)
    assert list(load_progress(home.root / "labs", "tiny").answers.values()) == [1, 2, 3]


async def test_a_setting_that_is_none_is_named_where_the_run_is_predicted(
    make_app: MakeApp, until: Until, seen: Seen
) -> None:
    async with form(make_app) as (app, pilot):
        app.screen.query_one("#f-num_train_epochs", Input).focus()
        await pilot.press("ctrl+u", "ctrl+k", "ctrl+left")
        await until(pilot, lambda: type(app.screen).__name__ == "PredictStep")
        await until(pilot, lambda: "✗ num_train_epochs" in seen(app))
        assert "mend it on the Configure step" in seen(app)
        await pilot.press("enter")
        await until(pilot, lambda: type(app.screen).__name__ == "ConfigureStep")


async def test_a_guess_that_cannot_be_read_is_not_passed_over(
    make_app: MakeApp, until: Until, seen: Seen
) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await open_lab(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "rows=100" in seen(app))
        await pilot.press(*"abc", "enter", *"12")
        await pilot.pause()
        assert app.screen.query(Input).first().value == "abc12"
        await pilot.press("ctrl+u", "7", "enter", *"52")
        assert [one.value for one in app.screen.query(Input)][:2] == ["7", "52"]


@pytest.mark.parametrize(("lang", "size"), [("en", (80, 24)), ("zh", (80, 24)), ("zh", (120, 40))])
async def test_the_sentence_on_a_field_ends_with_its_whole_range(
    make_app: MakeApp, until: Until, seen: Seen, lang: str, size: tuple[int, int]
) -> None:
    app = make_app(lang=lang)
    app.lab_catalog = CATALOG  # the sentences of the labs that come with the program are the longest
    async with app.run_test(size=size) as pilot:
        await at_form(pilot)
        app.screen.query_one("#f-learning_rate", Input).focus()
        await until(pilot, lambda: "1e-5\u00a0–\u00a00.1" in seen(app))


async def test_what_was_not_predicted_is_asked_for_before_the_run(
    make_app: MakeApp, until: Until, seen: Seen
) -> None:
    async with form(make_app) as (app, pilot):
        await pilot.press("enter")
        await pilot.pause()
        assert "7 predictions are still open" in seen(app)
        await pilot.press("escape")
        await until(pilot, lambda: type(app.screen).__name__ == "PredictStep")
