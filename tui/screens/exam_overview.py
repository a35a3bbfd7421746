"""All places of an exam: answered, open, flagged; Enter goes to one, or the exam is handed in from here."""

from typing import Literal

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList

from tui.commands import Command
from tui.exam.sitting import Sitting
from tui.i18n import t
from tui.prose import prose
from tui.screens.page import Page
from tui.screens.sitting import HAND_IN
from tui.times import clock
from tui.widgets.menu import Entry, Menu

GO = Command("exam.go", "enter", "go")
OPEN_ONLY = Command("exam.only_open", "u", "only('open')")
FLAGGED_ONLY = Command("exam.only_flagged", "f", "only('flagged')")


class ExamOverviewPage(Page[int | Literal["hand in"]]):
    """Dismisses with the place that was chosen, or with the wish to hand in."""

    KEYS = (GO, OPEN_ONLY, FLAGGED_ONLY, HAND_IN)
    TITLE_KEY = "exam.overview"

    def __init__(self, sitting: Sitting) -> None:
        super().__init__()
        self._sitting = sitting
        self._only = ""

    def body(self) -> ComposeResult:
        """The list."""
        with Vertical(classes="body"):
            yield Menu(id="menu")

    def fill(self) -> None:
        """List the places, the one in front under the cursor."""
        entries = []
        bank = self._sitting.bank
        for given, item in zip(self._sitting.given(), self._sitting.session.sheet.items, strict=True):
            if (self._only == "open" and given.answer is not None) or (
                self._only == "flagged" and not given.flagged
            ):
                continue
            sign = ("● ", "") if given.answer is not None else ("○ ", "bold $accent")
            flag = ("⚑ ", "$warning") if given.flagged else "  "
            topic = bank.topics.get(item.topic)
            name = Content.assemble(
                f"{given.place + 1:>3}  ", sign, flag, prose(topic.short) if topic else item.topic
            )
            why = Content(t(f"study.kind_{item.kind}"))
            why = Content.assemble(why.pad_right(20 - why.cell_length), clock(given.seconds))
            entries.append(Entry(str(given.place), name, why))
        menu = self.query_one("#menu", Menu)
        menu.show(entries)
        if not self._only and entries:
            menu.highlighted = self._sitting.place
        self.set_focus(menu)

    def title_right(self) -> Content:
        """Time left goes on being shown."""
        return Content(f"◷ {clock(self._sitting.session.remaining(self.tutor.clock()).total_seconds())}")

    def on_mount(self) -> None:
        """The clock goes on."""
        self.every(1, self.refresh_title)

    def action_only(self, what: str) -> None:
        """Only open or only flagged places; again: all."""
        self._only = "" if self._only == what else what
        self.fill()

    def action_hand_in(self) -> None:
        """The exam itself asks once more."""
        self.dismiss("hand in")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what there is can be listed alone."""
        if action == "only" and self._only != parameters[0]:
            given = self._sitting.given()
            return any(one.answer is None if parameters[0] == "open" else one.flagged for one in given)
        return True

    def action_go(self) -> None:
        """Enter is the list's own; this names it in the key line."""
        self.query_one("#menu", Menu).action_select()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Go there."""
        event.stop()
        self.dismiss(int(event.option.id or 0))
