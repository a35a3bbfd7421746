"""A note on what is wrong with an item, kept for its authors."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, Static

from quiz_bank.store import Store
from quiz_bank.store_errors import StoreError
from tui.i18n import t, t_or
from tui.screens.page import Dialog


class FlagDialog(Dialog[None]):
    """One line of text; Enter keeps it, Escape leaves the item as it is."""

    TITLE_KEY = "study.flag_title"

    def __init__(self, store: Store, item: str) -> None:
        super().__init__()
        self._store, self._item = store, item
        self._note = store.item(item).note

    def body(self) -> ComposeResult:
        """Question, field, what Enter does."""
        with Vertical(classes="body"):
            yield Static(t("study.flag_title"), classes="next", markup=False)
            yield Static("", classes="gap")
            yield Input(self._note, id="note", max_length=500)
            yield Static(t("study.flag_hint"), classes="muted", markup=False)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Keep what is typed over a change of language."""
        self._note = event.value

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the note with the item."""
        event.stop()
        try:
            self._store.mark(self._item, flagged=True, note=event.value.strip())
        except StoreError as error:
            self.notify(t_or(f"errors.{error.code}", str(error)), severity="error", markup=False)
        else:
            self.notify(t("study.flagged"), markup=False, timeout=3)
        self.dismiss(None)
