"""The shell: home, help, palette, language, theme, first start, sizes, ways back."""

import resource
import signal
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

from quiz_bank.scheduling import Rating
from tui.commands import EVERYWHERE
from tui.home import Home
from tui.places import PLACES
from tui.settings import load_settings
from tui.widgets.menu import Menu


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
@pytest.mark.parametrize("lang", ["en", "zh"])
async def test_home_names_the_next_step_and_why(open_app: Any, lang: str, size: tuple[int, int]) -> None:
    async with open_app(lang, size) as seen:
        text = seen.text()
        assert ("new items" if lang == "en" else "项新内容") in text
        assert "⏎" in text
        assert not any("…" in line for line in seen.lines()), "nothing is cut"
        assert all(len(line) <= size[0] for line in seen.lines())
        assert seen.app.screen.has_class("-wide") is (size[0] >= 110), "a very wide window is a wide one too"


async def test_enter_on_home_goes_straight_into_what_is_due(open_app: Any) -> None:
    async with open_app() as seen:
        learner = seen.app.learner
        learner.store.review("card.scale", Rating.GOOD, seen.clock() - timedelta(hours=1), learner.scheduler)
        await seen.press("s", "escape")
        assert "Review 1 item" in seen.text()
        await seen.press("enter")
        assert seen.app.screen.session.card.card.id == "card.scale"


async def test_the_language_changes_at_once_on_pages_below_too(open_app: Any) -> None:
    async with open_app("en") as seen:
        await seen.press("s", "question_mark", "f2")
        assert "本页" in seen.text()
        await seen.press("escape")
        assert "自选" in seen.text() or "练习" in seen.text()
        await seen.press("escape")
        assert "学习" in seen.lines()[-1]
        assert load_settings(seen.app.home.settings).language == "zh"


async def test_help_lists_every_key_of_the_page_it_was_asked_from(open_app: Any) -> None:
    async with open_app(size=(120, 60)) as seen:
        await seen.press("s")
        page = seen.app.screen
        await seen.press("question_mark")
        text = seen.text()
        for command in (*page.all_commands(), *EVERYWHERE):
            assert command.label in text and command.shown_key in text
        for place in PLACES:
            assert place.command().label in text


async def test_every_command_of_the_page_is_in_the_palette(open_app: Any) -> None:
    async with open_app() as seen:
        await seen.press("ctrl+p")
        await seen.type("theme")
        await seen.press("down", "enter")
        assert seen.app.theme == "light"


async def test_the_palette_finds_by_what_a_command_does_and_says_when_none_fits(
    open_app: Any, until: Any
) -> None:
    async with open_app("zh") as seen:
        await seen.press("ctrl+p")
        await seen.type("语言")
        await until(seen.pilot, lambda: "English" in seen.text())
        await seen.type("不存在")
        await until(seen.pilot, lambda: "没有匹配的命令" in seen.text())
        assert "No matches" not in seen.text()


async def test_a_click_on_the_key_line_presses_the_key(open_app: Any) -> None:
    async with open_app() as seen:
        x = seen.lines()[-1].index("Study")
        await seen.pilot.click("KeyBar", offset=(x, 0))
        await seen.pilot.pause()
        assert type(seen.app.screen).__name__ == "StudyPage"


async def test_themes_turn_and_are_kept(open_app: Any) -> None:
    async with open_app() as seen:
        await seen.press("f3")
        assert seen.app.theme == "light"
        await seen.press("f3")
        assert seen.app.theme == "ansi"
        assert load_settings(seen.app.home.settings).theme == "ansi"


@pytest.mark.parametrize("size", [(1, 1), (2, 5), (79, 24), (80, 23)])
async def test_a_window_too_small_says_so_and_loses_nothing(open_app: Any, size: tuple[int, int]) -> None:
    async with open_app() as seen:
        await seen.press("s")
        await seen.pilot.resize_terminal(*size)
        await seen.pilot.pause()
        if size[0] > 24 and size[1] > 3:
            assert "80x24" in seen.text()
        assert "Practice" not in seen.text()
        await seen.pilot.resize_terminal(80, 24)
        await seen.pilot.pause()
        assert "Practice" in seen.text()


async def test_it_starts_at_one_by_one(open_app: Any) -> None:
    async with open_app(size=(1, 1)) as seen:
        await seen.pilot.resize_terminal(2, 5)
        await seen.pilot.pause()
        await seen.pilot.resize_terminal(80, 24)
        await seen.pilot.pause()
        assert "FineTutor" in seen.text()


@pytest.mark.parametrize("lang", ["en", "zh"])
async def test_first_start_asks_three_questions_then_the_first_item(
    open_app: Any, tmp_path: Path, lang: str
) -> None:
    home = Home(tmp_path / "new")
    async with open_app("en", at=home) as seen:
        await seen.press(*(["down"] if lang == "zh" else []), "enter")
        assert ("哪天考试" if lang == "zh" else "When is your exam") in seen.text()
        await seen.type("2026-12-04")
        await seen.press("enter", "down", "enter")
        await seen.pilot.pause()
        settings = load_settings(home.settings)
        assert (settings.language, settings.exam_date, settings.started) == (lang, date(2026, 12, 4), True)
        assert settings.minutes_a_day == 30
        assert type(seen.app.screen).__name__ == "SessionPage"
        assert seen.app.screen.session.asked is not None


async def test_first_start_says_what_is_wrong_with_a_date_and_goes_back_by_escape(
    open_app: Any, tmp_path: Path
) -> None:
    home = Home(tmp_path / "new")
    async with open_app("en", at=home) as seen:
        await seen.press("enter")
        await seen.type("2020-01-01")
        await seen.press("enter")
        assert any("over" in str(note.message) for note in seen.app._notifications)
        assert seen.app.screen.query_one(Input).value == "2020-01-01"
        await seen.press("escape")
        assert "Which language" in seen.text()
        await seen.press("escape")
        assert type(seen.app.screen).__name__ == "HomePage"


async def test_settings_change_by_arrows_and_keep_comments(open_app: Any, home: Home) -> None:
    home.settings.write_text("# mine\nstarted = true\nfuture = 1\nminutes_a_day = 20\n", encoding="utf-8")
    async with open_app() as seen:
        await seen.press("comma", *["down"] * 4, "right")
        assert seen.app.settings.minutes_a_day == 30
        text = home.settings.read_text(encoding="utf-8")
        assert "# mine" in text and "future = 1" in text and "minutes_a_day = 30" in text


async def test_unreadable_settings_are_said_and_left_alone(open_app: Any, home: Home) -> None:
    home.settings.write_text("language = 5\n", encoding="utf-8")
    async with open_app() as seen:
        await seen.press("f3")
        assert home.settings.read_text(encoding="utf-8") == "language = 5\n"
        assert any("language" in str(note.message) for note in seen.app._notifications)


async def test_home_holds_today_to_the_minutes_and_says_what_the_exam_leaves_over(
    open_app: Any, home: Home
) -> None:
    settings = "started = true\nexam_date = 2026-11-28\nminutes_a_day = 2\nnew_cards_a_day = 20\n"
    home.settings.write_text(settings, encoding="utf-8")
    async with open_app("en") as seen:
        fits = seen.app.learner.plan.days[0].new
        assert 0 < fits < 20 and f"Start {fits} new items" in seen.text()
        assert f"2 min today: 0 reviews, {fits} new" in seen.text() and "do not fit; " in seen.text()
        await seen.press("enter")
        assert seen.app.screen.session.source.left(seen.app.learner, seen.clock()) == fits
        await seen.press("escape")
        seen.app.change_settings(minutes_a_day=90)
        await seen.press("s", "escape")
        await seen.settle()
        assert "Everything fits before the exam" in seen.text()


async def test_readiness_follows_the_exam_that_was_chosen(open_app: Any) -> None:
    async with open_app("en") as seen:
        prints = list(seen.app.learner.bank.blueprints)
        await seen.press("comma", "down", "down", "down", "right")
        assert seen.app.settings.blueprint == prints[1 % len(prints)]
        assert load_settings(seen.app.home.settings).blueprint == seen.app.settings.blueprint


@pytest.mark.parametrize(("lang", "words"), [("en", "^q leaves the app"), ("zh", "按 ^q 退出程序")])
async def test_ctrl_c_ends_nothing_and_says_what_does(open_app: Any, lang: Any, words: str) -> None:
    async with open_app(lang) as seen:
        await seen.press("s", "ctrl+c")
        assert any(words in str(note.message) for note in seen.app._notifications)
        assert seen.app.is_running


async def test_settings_that_could_not_be_written_are_written_at_the_next_change(
    open_app: Any, home: Home
) -> None:
    async with open_app() as seen:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))  # no file may grow: as on a full disk
        try:
            await seen.press("f3")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            signal.signal(signal.SIGXFSZ, before)
        assert any("--home" in str(note.message) for note in seen.app._notifications)
        assert home.settings.read_text(encoding="utf-8") == "started = true\nnew_cards_a_day = 20\n"
        await seen.press("f3")
        assert load_settings(home.settings).theme == seen.app.settings.theme


async def test_a_change_of_language_leaves_the_cursor_where_it_was(open_app: Any) -> None:
    async with open_app("en") as seen:
        await seen.press("comma", "down", "down", "down", "f2")
        assert seen.app.screen.query_one(Menu).highlighted == 3
        await seen.press("f2")
        assert seen.app.screen.query_one(Menu).highlighted == 3


async def test_the_palette_says_a_name_once(open_app: Any, until: Any) -> None:
    async with open_app("en") as seen:
        await seen.press("ctrl+p")
        await until(seen.pilot, lambda: any(line.strip() == "Study  s" for line in seen.lines()))
        lines = [line.strip() for line in seen.lines()]
        assert "Study  s" in lines and "Study" not in lines


@pytest.mark.parametrize("place", [place.name for place in PLACES])
async def test_an_app_that_ends_while_a_page_is_being_opened_ends_without_a_word(
    open_app: Any, place: str
) -> None:
    async with open_app() as seen:
        page = next(one for one in PLACES if one.name == place).opener()()
        seen.app.push_screen(page)
        seen.app.exit(return_code=0)
    assert seen.app.return_code == 0
