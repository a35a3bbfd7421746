"""Notes and cheat cards: one page a topic, as Markdown, in the language of now."""

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import OptionList

from metrics.clean import clean
from quiz_bank.errors import ContentError
from tui.commands import Command
from tui.formula import plain
from tui.i18n import language, t
from tui.learner import Learner
from tui.prose import prose
from tui.screens.page import Page
from tui.widgets.menu import Entry, Menu
from tui.widgets.reading import Reading

TURN = Command("notes.turn", "c", "turn")
PRACTISE = Command("notes.practise", "p", "practise")
# The list has the focus, and would take these for itself.
READ_ON = Command("notes.read_on", "space,pagedown", "page_down", palette=False, priority=True)
PAGE_UP = Command("study.page_up", "pageup", "page_up", footer=False, palette=False, priority=True)


class NotesPage(Page[None]):
    """Topics on the left, the page of the one under the cursor on the right."""

    KEYS = (READ_ON, TURN, PRACTISE, PAGE_UP)
    TITLE_KEY = "study.notes"
    CSS_PATH = "notes.tcss"

    def __init__(self, learner: Learner) -> None:
        super().__init__()
        self._learner = learner
        with_page = {(kind, topic) for kind, topic, _, _ in learner.bank.pages()}
        self._with_page = with_page
        self._topics = [
            topic
            for topic in learner.bank.topics
            if any((k, topic) in with_page for k in ("notes", "cheats"))
        ]
        self._cheats = False

    def body(self) -> ComposeResult:
        """List and page."""
        with Horizontal(classes="body"):
            yield Menu(id="topics")
            with VerticalScroll(id="page", can_focus=False):
                yield Reading(id="text", open_links=False)

    def fill(self) -> None:
        """List the topics, show the page of the one at the cursor."""
        menu = self.query_one("#topics", Menu)
        menu.show([Entry(topic, prose(self._learner.bank.topics[topic].short)) for topic in self._topics])
        self.set_focus(menu)

    async def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Show the topic's page."""
        event.stop()
        await self._show()

    async def _show(self) -> None:
        topic = self._topic()
        bank = self._learner.bank
        try:
            text = bank.cheat(topic, language()) if self._cheats else bank.note(topic, language())
        except ContentError:
            text = t("study.nothing_here")
        await self.query_one("#text", Reading).update(plain(clean(text)))
        self.query_one("#page").scroll_home(animate=False)
        self.refresh_chrome()

    def _topic(self) -> str:
        return self._topics[self.query_one("#topics", Menu).highlighted or 0]

    def key_note(self) -> str:
        """Which of the two pages this is."""
        return t("notes.cheat") if self._cheats else t("notes.note")

    async def action_turn(self) -> None:
        """From the note to the cheat card and back."""
        self._cheats = not self._cheats
        await self._show()

    async def action_practise(self) -> None:
        """Ten questions on the topic."""
        from tui.screens.session import SessionPage
        from tui.sessions.choosing import Choice, drawn, matching
        from tui.sessions.session import Session
        from tui.sessions.sources import Listed

        choice = Choice(topic=self._topic())
        found = matching(self._learner.bank, choice)
        if found:
            items = drawn(found, self._learner.store, choice, int(self.tutor.clock().timestamp()))
            await self.tutor.push_screen(SessionPage(Session(self._learner, Listed(items))))
        else:
            self.notify(t("study.nothing_here"), markup=False, timeout=3)

    def action_page_down(self) -> None:
        """Scroll the page."""
        self.query_one("#page").scroll_page_down(animate=False)

    def action_page_up(self) -> None:
        """Scroll back."""
        self.query_one("#page").scroll_page_up(animate=False)
