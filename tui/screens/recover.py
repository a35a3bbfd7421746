"""A damaged progress file: restore the newest good backup, start afresh, or leave. The damaged file is never deleted."""

from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static

from quiz_bank.opening import recover
from quiz_bank.store_errors import StoreCorruptError, StoreError
from tui.i18n import t, t_or
from tui.screens.page import Dialog
from tui.widgets.menu import Entry, Menu


class RecoverDialog(Dialog[bool]):
    """Dismisses with True once there is a file that can be opened."""

    def __init__(self, path: Path, error: StoreCorruptError) -> None:
        super().__init__()
        self._path, self._error = path, error

    def body(self) -> ComposeResult:
        """What happened, and the three ways on."""
        with Vertical(classes="body"):
            yield Static(t("notices.corrupt"), classes="next", markup=False)
            yield Static(t("notices.corrupt_why", path=str(self._path)), classes="muted", markup=False)
            yield Static("", classes="gap")
            yield Menu(id="ways")

    def fill(self) -> None:
        """The ways on; restoring only where there is a good backup."""
        backup = self._error.backup
        entries = []
        if backup is not None:
            entries.append(Entry("restore", Content(t("notices.restore")), Content(backup.name)))
        entries.append(Entry("fresh", Content(t("notices.fresh"))))
        entries.append(Entry("leave", Content(t("notices.leave"))))
        menu = self.query_one("#ways", Menu)
        menu.show(entries)
        self.set_focus(menu)

    async def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Do it."""
        event.stop()
        if event.option.id == "leave":
            await self.tutor.leave(1)
            return
        backup = self._error.backup if event.option.id == "restore" else None
        try:
            aside = recover(self._path, backup, now=self.tutor.clock())
        except StoreError as error:
            self.notify(t_or(f"errors.{error.code}", str(error)), severity="error", markup=False)
            return
        if aside is not None:
            self.notify(t("notices.set_aside", name=aside.name), markup=False, timeout=10)
        self.dismiss(True)

    async def action_back(self) -> None:
        """Without progress there is nothing to study: Escape leaves the app."""
        await self.tutor.leave(1)
