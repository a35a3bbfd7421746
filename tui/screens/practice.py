"""What to practise: topic, kind, difficulty and how many; arrows change, Enter starts."""

from random import Random

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static

from quiz_bank.questions import KINDS
from tui.commands import Command
from tui.i18n import t
from tui.learner import Learner
from tui.prose import said
from tui.screens.page import Page
from tui.sessions.choosing import Choice, drawn, matching
from tui.widgets.menu import Entry, Menu

START = Command("study.start", "enter", "start")
MORE = Command("study.more", "right,space", "change(1)", footer=False)
LESS = Command("study.less", "left", "change(-1)", footer=False)
CHANGE = Command("study.change", "right", "change(1)", palette=False)
_NUMBERS = (5, 10, 20, 50)


class PracticePage(Page[None]):
    """Four rows to turn, and how many questions fit."""

    KEYS = (START, CHANGE, MORE, LESS)
    TITLE_KEY = "study.practice_title"

    def __init__(self, learner: Learner) -> None:
        super().__init__()
        self._learner = learner
        present = {question.topic for question in learner.bank.questions}
        kinds = {question.kind for question in learner.bank.questions}
        self._topics = (None, *(topic for topic in learner.bank.topics if topic in present))
        self._kinds = (None, *(kind for kind in KINDS if kind in kinds))
        self._levels = (None, 1, 2, 3, 4, 5)
        self._at = {"topic": 0, "kind": 0, "difficulty": 0, "number": 1}

    @property
    def choice(self) -> Choice:
        """What the rows say."""
        return Choice(
            topic=self._topics[self._at["topic"]],
            kind=self._kinds[self._at["kind"]],
            difficulty=self._levels[self._at["difficulty"]],
            number=_NUMBERS[self._at["number"]],
        )

    def body(self) -> ComposeResult:
        """Rows, and the count."""
        with Vertical(classes="body"):
            yield Menu(id="rows")
            yield Static("", classes="gap")
            yield Static(id="count", classes="next", markup=False)

    def fill(self) -> None:
        """Write the rows."""
        choice = self.choice
        topic = self._learner.bank.topics[choice.topic] if choice.topic else None
        values = {
            "topic": said(topic.title) if topic else t("study.all_topics"),
            "kind": t(f"study.kind_{choice.kind}") if choice.kind else t("study.all_kinds"),
            "difficulty": t(f"study.level_{choice.difficulty}")
            if choice.difficulty
            else t("study.all_levels"),
            "number": str(choice.number),
        }
        entries = []
        for name, value in values.items():
            shown = Content.assemble(("‹ ", "$quiet"), (value, "$foreground"), (" ›", "$quiet"))
            entries.append(Entry(name, Content(t(f"study.{name}")), shown))
        menu = self.query_one("#rows", Menu)
        menu.show(entries)
        self.set_focus(menu)
        found = len(matching(self._learner.bank, choice))
        self.query_one("#count", Static).update(t("study.matching", n=found))

    def action_change(self, step: int) -> None:
        """Turn the row under the cursor."""
        menu = self.query_one("#rows", Menu)
        name = tuple(self._at)[menu.highlighted or 0]
        sizes = {
            "topic": len(self._topics),
            "kind": len(self._kinds),
            "difficulty": len(self._levels),
            "number": len(_NUMBERS),
        }
        self._at[name] = (self._at[name] + step) % sizes[name]
        self.fill()

    async def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter starts, wherever the cursor is; a click turns the row."""
        event.stop()
        await self.action_start()

    async def action_start(self) -> None:
        """Draw the questions and ask them."""
        from tui.screens.session import SessionPage
        from tui.sessions.session import Session
        from tui.sessions.sources import Listed

        found = matching(self._learner.bank, self.choice)
        if not found:
            self.notify(t("study.nothing_here"), markup=False, timeout=3)
            return
        items = drawn(
            found, self._learner.store, self.choice, Random(self.tutor.clock().isoformat()).randrange(1 << 30)
        )
        await self.tutor.push_screen(SessionPage(Session(self._learner, Listed(items))))
