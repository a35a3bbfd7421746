"""The exam date: typed, checked, kept; an empty field takes it away."""

from datetime import date

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, Static

from tui.dates import DateError, read_date
from tui.i18n import t
from tui.screens.page import Dialog


class DateDialog(Dialog[None]):
    """One field; Enter keeps, Escape leaves the date as it was."""

    def __init__(self, exam_date: date | None) -> None:
        super().__init__()
        self._text = exam_date.isoformat() if exam_date else ""

    def body(self) -> ComposeResult:
        """Question and field."""
        with Vertical(classes="body"):
            yield Static(t("first.exam"), classes="next", markup=False)
            yield Static("", classes="gap")
            yield Input(self._text, id="date", max_length=20, placeholder=t("first.exam_placeholder"))
            yield Static(t("first.exam_why"), classes="muted", markup=False)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Keep what is typed over a change of language."""
        self._text = event.value

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take it if it is a date to come."""
        event.stop()
        exam: date | None = None
        if event.value.strip():
            try:
                exam = read_date(event.value, self.tutor.clock())
            except DateError as error:
                self.notify(t(f"settings.{error.code}"), severity="warning", markup=False)
                return
        self.tutor.change_settings(exam_date=exam)
        self.dismiss(None)
