"""Home: the next step, and what stands behind it."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui.commands import Command
from tui.i18n import language, t
from tui.places import PLACES
from tui.screens.page import Page

LEAVE = Command("home.leave", "q", "app.quit", footer=False)


class HomePage(Page[None]):
    """Where the app opens, and where Escape ends."""

    KEYS = (*(place.command() for place in PLACES), LEAVE)
    CSS_PATH = "home.tcss"

    def body(self) -> ComposeResult:
        """The column."""
        with Vertical(classes="body"):
            yield Static(id="next", classes="next", markup=False)

    def fill(self) -> None:
        """Say the next step."""
        self.query_one("#next", Static).update(Content(t("app.name")))

    def title_right(self) -> Content:
        """Both languages, the one of now bright."""
        on, off = "bold $foreground", "$quiet"
        english = language() == "en"
        return Content.assemble(("EN", on if english else off), " · ", ("中", off if english else on))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is no way back from Home."""
        return action != "back"
