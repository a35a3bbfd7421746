"""One question before something that cannot be taken back: Enter or y does it, Escape does not."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui.commands import BACK, Command
from tui.i18n import t
from tui.screens.page import Dialog


class AskDialog(Dialog[bool]):
    """Dismisses with True when confirmed."""

    KEYS = (Command("app.yes", "y,enter", "yes"),)

    def __init__(self, question: str, why: str, yes: str) -> None:
        super().__init__()
        self._question, self._why, self._yes = question, why, yes

    def body(self) -> ComposeResult:
        """Question, reason, the two ways."""
        with Vertical(classes="body"):
            yield Static(self._question, classes="next", markup=False)
            yield Static(self._why, classes="muted", markup=False)
            yield Static("", classes="gap")
            ways = Content.assemble(
                ("⏎ ", "bold"), self._yes, "    ", (f"{BACK.shown_key} ", "bold"), t("app.no")
            )
            yield Static(ways, markup=False)

    async def retranslate(self) -> None:
        """The words were given by the page below; they change when it is asked again."""

    def action_yes(self) -> None:
        """Confirmed."""
        self.dismiss(True)
