"""Diagnosis sets: one run with its curves, and three to five questions on it."""

from collections.abc import Mapping, Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList

from tui.commands import Command
from tui.i18n import t
from tui.learner import Learner
from tui.prose import prose
from tui.screens.page import Page
from tui.sessions.choosing import answered
from tui.widgets.menu import Entry, Menu

OPEN = Command("study.open", "enter", "open")


class SetsPage(Page[None]):
    """A list of sets; how many of a set's questions were right the last time stands beside it."""

    KEYS = (OPEN,)
    TITLE_KEY = "study.sets"

    def __init__(self, learner: Learner) -> None:
        super().__init__()
        self._learner = learner

    def body(self) -> ComposeResult:
        """The list."""
        with Vertical(classes="body"):
            yield Menu(id="menu")

    def fill(self) -> None:
        """List the sets."""
        bank, marks = self._learner.bank, answered(self._learner.store)
        entries = []
        for one in bank.sets:
            questions = [question.id for question in bank.in_set(one.id)]
            why = standing(questions, marks)
            entries.append(Entry(one.id, prose(one.title), Content(why), bool(questions)))
        menu = self.query_one("#menu", Menu)
        menu.show(entries)
        self.set_focus(menu)

    def on_screen_resume(self) -> None:
        """Marks have changed."""
        self.refill()

    def action_open(self) -> None:
        """Enter is the list's own; this names it in the key line."""
        self.query_one("#menu", Menu).action_select()

    async def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Ask the set's questions in their order."""
        from tui.screens.session import SessionPage
        from tui.sessions.session import Session
        from tui.sessions.sources import Listed

        event.stop()
        items = [question.id for question in self._learner.bank.in_set(event.option.id or "")]
        await self.tutor.push_screen(SessionPage(Session(self._learner, Listed(items))))


def standing(questions: Sequence[str], marks: Mapping[str, bool]) -> str:
    """How many of a set's questions were right; of those answered, while some are still open."""
    seen = [marks[question] for question in questions if question in marks]
    if not seen:
        return t("study.set_new", n=len(questions))
    if len(seen) < len(questions):
        return t("study.set_some", n=sum(seen), of=len(questions), done=len(seen))
    return t("study.set_right", n=sum(seen), of=len(questions))
