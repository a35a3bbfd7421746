"""One line to write: a name, a note. Enter keeps it, Escape leaves all as it was."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from tui.screens.lab_text import one_line
from tui.screens.page import Dialog


class Write(Dialog[str]):
    """Gives the text, or None."""

    def __init__(self, question: str, text: str) -> None:
        super().__init__()
        self._question, self._text = question, text

    def body(self) -> ComposeResult:
        """Question and line."""
        with Vertical(classes="body"):
            yield Static(Content(self._question), markup=False)
            yield Static("", markup=False)
            yield Input(self._text, max_length=400, compact=True)

    def fill(self) -> None:
        """Write at once."""
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep it."""
        self.dismiss(one_line(event.value))
