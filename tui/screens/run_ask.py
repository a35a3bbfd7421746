"""One question before something that cannot be taken back: Enter does it, Escape does not."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from tui.commands import BACK, Command
from tui.i18n import t
from tui.screens.page import Dialog
from tui.widgets.blocks import BLANK, Block, Blocks

YES = Command("run.yes", "enter,y", "yes", palette=False)


class Ask(Dialog[bool]):
    """Gives True for yes, and None or False for no."""

    KEYS = (YES,)

    def __init__(self, question: str, yes: str, no: str = "") -> None:
        super().__init__()
        self._question, self._yes, self._no = question, yes, no

    def body(self) -> ComposeResult:
        """The question and its two keys."""
        with Vertical(classes="body"):
            yield Blocks(id="question")

    def fill(self) -> None:
        """Say it."""
        keys = Content.assemble(
            (YES.shown_key, "bold $accent"),
            f" {self._yes}    ",
            (BACK.shown_key, "bold"),
            f" {self._no or t('run.no')}",
        )
        self.query_one(Blocks).show([Block(Content(self._question)), BLANK, Block(keys)])

    def action_yes(self) -> None:
        """Do it."""
        self.dismiss(True)
