"""What can be studied: what is due first, then everything one may choose oneself."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static

from quiz_bank.queue import new_left, waiting
from quiz_bank.tree import Node
from tui.commands import Command
from tui.i18n import t
from tui.learner import Learner
from tui.screens.page import Page
from tui.sessions.choosing import wrong_last_time
from tui.times import about_minutes
from tui.widgets.menu import Entry, Menu

Walk = list[tuple[Node, int]]
"""Questions of the decision tree that were answered, each with the number of the branch taken."""

OPEN = Command("study.open", "enter", "open")


class StudyPage(Page[None]):
    """A menu; the first entry is the next step."""

    KEYS = (OPEN,)
    TITLE_KEY = "study.title"
    CSS_PATH = "study.tcss"

    def __init__(self) -> None:
        super().__init__()
        self._walk: Walk = []
        """The way through the decision tree so far: Escape leaves it as it is."""

    def body(self) -> ComposeResult:
        """The list."""
        with Vertical(classes="body"):
            yield Static(id="opening", classes="muted", markup=False)
            yield Menu(id="menu")

    def fill(self) -> None:
        """Count what there is, once the progress is open."""
        learner = self.tutor.learner
        opening, menu = self.query_one("#opening", Static), self.query_one("#menu", Menu)
        opening.display = learner is None
        opening.update(t("study.opening"))
        if learner is not None:
            menu.show(self._entries(learner))
            self.set_focus(menu)

    def on_screen_resume(self) -> None:
        """Counts have changed while something was studied."""
        self.refill()

    def _entries(self, learner: Learner) -> list[Entry]:
        now, bank = self.tutor.clock(), learner.bank
        counts = waiting(learner.store, now)
        fresh = min(
            counts.new,
            new_left(learner.store, learner.store.days.day_of(now), learner.limits(now).new_today),
        )
        cards = waiting(learner.store, now, kinds=("card", "generated"))
        card_count = cards.today + min(cards.new, fresh)
        wrong = len(wrong_last_time(learner.store))
        lines = sum(len(checklist.items) for checklist in bank.checklists.values())
        if counts.today:
            minutes = about_minutes(counts.seconds)
            first = ("due", t("study.review"), t("study.review_why", n=counts.today, minutes=minutes), True)
        elif fresh:
            first = ("due", t("study.review_new", n=fresh), "", True)
        else:
            first = ("due", t("study.review"), t("study.review_none", n=counts.tomorrow), False)
        rows = [
            first,
            ("cards", t("study.cards"), t("study.cards_why", n=card_count), card_count > 0),
            (
                "practice",
                t("study.practice"),
                t("study.practice_why", n=len(bank.questions)),
                bool(bank.questions),
            ),
            ("wrong", t("study.wrong"), t("study.wrong_why", n=wrong), wrong > 0),
            ("sets", t("study.sets"), t("study.sets_why", n=len(bank.sets)), bool(bank.sets)),
            ("tree", t("study.tree"), t("study.tree_why"), bool(bank.trees)),
            ("checklists", t("study.checklists"), t("study.checklists_why", n=lines), bool(lines)),
            ("notes", t("study.notes"), t("study.notes_why"), any(True for _ in bank.pages())),
        ]
        entries = []
        for name, title, why, enabled in rows:
            style = "bold $accent" if name == "due" and enabled else ""
            entries.append(Entry(name, Content.styled(title, style), Content(why), enabled))
        return entries

    def action_open(self) -> None:
        """Enter is the list's own; this names it in the key line."""
        self.query_one("#menu", Menu).action_select()

    async def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open what was chosen."""
        event.stop()
        learner = self.tutor.learner
        if learner is not None and event.option.id is not None:
            await self.tutor.push_screen(_page(event.option.id, learner, self._walk))


def _page(name: str, learner: Learner, walk: Walk) -> Page[None]:
    """The page behind an entry; imported only now."""
    from tui.screens.session import SessionPage
    from tui.sessions.session import Session
    from tui.sessions.sources import Due, Listed

    match name:
        case "due":
            return SessionPage(Session(learner, Due()))
        case "cards":
            return SessionPage(Session(learner, Due(("card", "generated"))))
        case "wrong":
            return SessionPage(Session(learner, Listed(wrong_last_time(learner.store))))
        case "sets":
            from tui.screens.sets import SetsPage

            return SetsPage(learner)
        case "tree":
            from tui.screens.tree import TreePage

            return TreePage(next(iter(learner.bank.trees.values())), walk)
        case "checklists":
            from tui.screens.checklists import ChecklistsPage

            return ChecklistsPage(learner)
        case "notes":
            from tui.screens.notes import NotesPage

            return NotesPage(learner)
        case _:
            from tui.screens.practice import PracticePage

            return PracticePage(learner)
