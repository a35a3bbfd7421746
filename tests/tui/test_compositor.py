"""What lies over a page keeps its wide characters, wherever the widgets below begin and end."""

from typing import Any

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from tui import i18n
from tui.app import FineTutorApp
from tui.home import Home
from tui.screens.page import Page


class Striped(Page[None]):
    """A page with an edge at every column."""

    def body(self) -> ComposeResult:
        """As many widgets of one column as there are."""
        with Horizontal(classes="stripes"):
            for number in range(120):
                yield Static(("│\n" if number % 2 else " \n") * 24, classes="stripe")

    DEFAULT_CSS = "Striped .stripes { height: 1fr; } Striped .stripe { width: 1; height: 100%; }"


def shown(app: Any) -> list[str]:
    return [strip.text for strip in app.screen._compositor.render_strips()]


async def test_the_too_small_notice_is_whole_at_every_width(home: Home, clock: Any) -> None:
    app = FineTutorApp(home, "zh", clock)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(Striped())
        for width in range(30, 80):
            await pilot.resize_terminal(width, 20)
            await pilot.pause()
            said = i18n.t("app.too_small", width=width, height=20, w=80, h=24)
            assert [line.strip() for line in shown(app) if line.strip()] == said.splitlines()


async def test_a_message_is_whole_and_the_page_is_seen_on_both_sides_of_it(
    home: Home, clock: Any, until: Any
) -> None:
    app = FineTutorApp(home, "zh", clock)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await app.push_screen(Striped())
        await pilot.pause()
        for odd in ("", "a"):
            app.clear_notifications()
            app.notify(odd + "学习记录没有写成功", markup=False, timeout=60)
            said = odd + "学习记录没有写成功"
            await until(pilot, lambda said=said: any(said in line for line in shown(app)))
            (line,) = [line for line in shown(app) if "学" in line]
            assert line.startswith(" │ │ │ │")
