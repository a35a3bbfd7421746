"""Homes and decks in a bad state: in use, unwritable, damaged, with broken or hostile content."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from quiz_bank.scheduling import Rating
from quiz_bank.store import Store
from tui.home import Home
from tui.screens.session import SessionPage
from tui.sessions.session import Session
from tui.sessions.sources import Listed

STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def notes(seen: Any) -> str:
    """What the app has told the learner."""
    return "\n".join(str(note.message) for note in seen.app._notifications)


async def test_a_home_in_use_is_looked_at_and_nothing_is_written(
    open_app: Any, home: Home, clock: Any
) -> None:
    with Store.open(home.progress_db, now=clock()) as holder:
        async with open_app() as seen:
            assert "only looks" in notes(seen)
            await seen.press("s")
            page = SessionPage(Session(seen.app.learner, Listed(["card.scale"])))
            await seen.app.push_screen(page)
            await seen.press("space", "3", "escape")
        assert holder.rows("SELECT count(*) FROM review") == [(0,)]


async def test_a_home_that_cannot_be_made_gives_a_session_in_memory(open_app: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    async with open_app(at=Home(tmp_path / "file" / "home")) as seen:
        assert "in memory" in notes(seen)
        await seen.press("escape")
        page = SessionPage(Session(seen.app.learner, Listed(["card.scale"])))
        await seen.app.push_screen(page)
        await seen.press("space", "3")
        assert seen.app.learner.store.item("card.scale").card.reps == 1


async def test_a_damaged_file_is_set_aside_only_after_asking(until: Any, home: Home, clock: Any) -> None:
    from tui.app import FineTutorApp

    home.progress_db.write_bytes(b"SQLite format 3\x00" + b"\xff" * 5000)
    damaged = home.progress_db.read_bytes()
    app = FineTutorApp(home, "en", clock)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: type(app.screen).__name__ == "RecoverDialog")
        assert home.progress_db.read_bytes() == damaged
        await pilot.press("enter")  # no backup here: the first way on is a fresh start
        await app.learner_ready()
        await pilot.pause()
        assert any(path.read_bytes() == damaged for path in home.root.rglob("*") if path.is_file())
        assert app.learner is not None
        app.learner.close()


async def test_a_broken_deck_is_named_with_file_and_line_and_the_rest_works(
    open_app: Any, home: Home
) -> None:
    home.decks.mkdir()
    (home.decks / "mine.toml").write_text(
        'format_version = 1\n[[card]]\nid = "mine.good"\ntopic = "data"\nfront = "Q"\nback = "A"\nsource = "me"\n'
        '\n[[card]]\nid = "mine.bad"\ntopic = "data"\nfront = 5\nback = "A"\nsource = "me"\n',
        encoding="utf-8",
    )
    (home.decks / "torn.toml").write_text('format_version = 1\n[[card]\nid = "x"\n', encoding="utf-8")
    async with open_app() as seen:
        assert "mine.toml:" in notes(seen) or "torn.toml:" in notes(seen)
        assert seen.app.learner.store.item("mine.good")
        assert len(seen.app.learner.bank.problems) == 2


async def test_hostile_text_neither_steers_the_terminal_nor_breaks_the_lines(
    open_app: Any, home: Home
) -> None:
    home.decks.mkdir()
    front = r"A \u001b]52;c;ZXZpbA==\u0007 \u202egnol\u202c [bold]not markup[/] 👩\u200d👩\u200d👧 e\u0301 "
    (home.decks / "hostile.toml").write_text(
        'format_version = 1\n[[card]]\nid = "mine.hostile"\ntopic = "data"\n'
        f'front = "{front * 3}"\nback = "שלום 中文中文中文中文中文中文中文中文中文中文中文中文中文中文中文中文中文中文中文中文"\n'
        'source = "[@click=app.quit]x[/]"\n',
        encoding="utf-8",
    )
    async with open_app() as seen:
        page = SessionPage(Session(seen.app.learner, Listed(["mine.hostile"])))
        await seen.app.push_screen(page)
        await seen.press("space")
        text = seen.text()
        assert not STEERING.search(text.replace("\n", ""))
        assert "[bold]not markup[/]" in text and "[@click=app.quit]x[/]" in text
        strips = seen.app.screen._compositor.render_strips()
        assert {strip.cell_length for strip in strips} == {80}


async def test_a_clock_that_went_back_keeps_the_order(open_app: Any) -> None:
    async with open_app() as seen:
        learner = seen.app.learner
        learner.store.review("card.scale", Rating.GOOD, seen.clock() + timedelta(days=2), learner.scheduler)
        page = SessionPage(Session(learner, Listed(["card.scale"])))
        await seen.app.push_screen(page)
        await seen.press("space", "3")
        assert page.session.done[0].reviewed.clock_went_back
        assert page.session.done[0].seconds >= 0
