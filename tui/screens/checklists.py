"""Checklists: what one can do after each topic; a line with a question is ticked by answering it rightly."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList

from quiz_bank.topics import Tick
from tui.commands import Command
from tui.i18n import t
from tui.learner import Learner
from tui.prose import prose, said
from tui.screens.page import Page
from tui.sessions.choosing import answered
from tui.widgets.menu import Entry, Menu
from tui.wrapping import wrap

SHOW = Command("checklists.try", "enter", "open")
TICK = Command("checklists.tick", "space", "tick")


class ChecklistsPage(Page[None]):
    """All lines, topic by topic. Ticks of one's own are kept with the progress."""

    KEYS = (SHOW, TICK)
    TITLE_KEY = "study.checklists"

    def __init__(self, learner: Learner) -> None:
        super().__init__()
        self._learner = learner

    def body(self) -> ComposeResult:
        """The list."""
        with Vertical(classes="body"):
            yield Menu(id="menu")

    def fill(self) -> None:
        """Topics, each with its lines."""
        bank, marks, ticked = self._learner.bank, answered(self._learner.store), self._ticked()
        entries = []
        width = (
            self.size.width - (12 if self.size.width >= 110 else 6) - 4
        )  # an option's own edges, a scrollbar
        for topic in bank.topics:
            if topic not in bank.checklists:
                continue
            entries.append(
                Entry(f"#{topic}", Content.styled(said(bank.topics[topic].title), "bold"), enabled=False)
            )
            for number, tick in enumerate(bank.checklists[topic].items):
                key = f"{topic}/{number}"
                entries.append(Entry(key, _line(tick, marks, key in ticked, width)))
        menu = self.query_one("#menu", Menu)
        menu.show(entries)
        self.set_focus(menu)

    def on_resize(self) -> None:
        """Lines break where the window ends."""
        self.call_after_refresh(self.refill)

    def on_screen_resume(self) -> None:
        """A question may have been answered."""
        self.refill()

    def _ticked(self) -> set[str]:
        kept = self._learner.store.get_meta("checklists")
        return set(kept.split("\n")) if kept else set()

    def _here(self) -> tuple[str, Tick] | None:
        menu = self.query_one("#menu", Menu)
        if menu.highlighted is None:
            return None
        key = menu.get_option_at_index(menu.highlighted).id or ""
        topic, _, number = key.partition("/")
        if not number:
            return None
        return key, self._learner.bank.checklists[topic].items[int(number)]

    def action_tick(self) -> None:
        """Tick the line, or take the tick off."""
        here = self._here()
        if here is None or self._learner.store.read_only:
            return
        self._learner.store.set_meta("checklists", "\n".join(sorted(self._ticked() ^ {here[0]})))
        self.fill()

    def action_open(self) -> None:
        """Enter is the list's own; this names it in the key line."""
        self.query_one("#menu", Menu).action_select()

    async def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Answer the line's question; a line without one is ticked."""
        event.stop()
        here = self._here()
        if here is None:
            return
        if here[1].question is None:
            self.action_tick()
            return
        from tui.screens.session import SessionPage
        from tui.sessions.session import Session
        from tui.sessions.sources import Listed

        await self.tutor.push_screen(SessionPage(Session(self._learner, Listed([here[1].question]))))


def _line(tick: Tick, marks: dict[str, bool], ticked: bool, width: int) -> Content:
    """✓ proved by an answer, ☑ said by oneself, ☐ open; ⏎ where a question can show it."""
    proved = tick.question is not None and marks.get(tick.question, False)
    sign = ("✓", "bold $success") if proved else ("☑", "bold") if ticked else ("☐", "$muted")
    ask = ("\u00a0\u00a0⏎", "$muted") if tick.question is not None and not proved else ""
    lab = (f"  {t('checklists.lab', lab=tick.lab)}", "$muted") if tick.lab is not None else ""
    lead = Content.assemble("  ", sign, "  ")
    lines = wrap(Content.assemble(prose(tick.text), ask, lab), max(width - lead.cell_length, 10))
    return Content.assemble(lead, Content("\n" + " " * lead.cell_length).join(lines))
