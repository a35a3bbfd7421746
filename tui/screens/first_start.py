"""The first start: language, exam date, minutes a day, then straight into a first card. Every question can be skipped."""

from datetime import date

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static

from tui.commands import Command
from tui.dates import DateError, read_date
from tui.i18n import language, t
from tui.screens.page import Page
from tui.widgets.menu import Entry, Menu

MINUTES = (10, 20, 30, 45, 60)
GO_ON = Command("first.go_on", "enter", "go_on")
STEPS = ("language", "exam", "minutes")


class FirstStartPage(Page[None]):
    """One question at a time; Escape goes one back, and from the first one straight to Home."""

    KEYS = (GO_ON,)
    TITLE_KEY = "first.title"
    CSS_PATH = "first_start.tcss"

    def __init__(self) -> None:
        super().__init__()
        self.step = 0
        self._date_text = ""

    def body(self) -> ComposeResult:
        """Question, list or field, a quiet word under it."""
        with Vertical(classes="body"):
            yield Static(id="welcome", classes="muted", markup=False)
            yield Static(id="question", classes="next", markup=False)
            yield Menu(id="choices")
            yield Input(self._date_text, id="date", max_length=20)
            yield Static(id="why", classes="muted", markup=False)

    def fill(self) -> None:
        """Ask the question of this step."""
        step = STEPS[self.step]
        self.query_one("#welcome", Static).update(t("first.welcome"))
        self.query_one("#welcome").display = self.step == 0
        self.query_one("#question", Static).update(t(f"first.{step}"))
        self.query_one("#why", Static).update(t(f"first.{step}_why"))
        menu, field = self.query_one("#choices", Menu), self.query_one("#date", Input)
        menu.display, field.display = step != "exam", step == "exam"
        if step == "exam":
            field.placeholder = t("first.exam_placeholder")
            self.set_focus(field)
            return
        if step == "language":
            menu.show([Entry("en", Content("English")), Entry("zh", Content("中文"))])
            menu.highlighted = 0 if language() == "en" else 1
        else:
            menu.show([Entry(str(n), Content(t("first.minutes_choice", n=n))) for n in MINUTES])
            chosen = self.tutor.settings.minutes_a_day
            menu.highlighted = MINUTES.index(chosen) if chosen in MINUTES else 1
        self.set_focus(menu)

    def title_right(self) -> Content:
        """Which of the questions this is."""
        return Content(t("first.step", at=self.step + 1, of=len(STEPS)))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Keep what is typed over a change of language."""
        self._date_text = event.value

    async def action_go_on(self) -> None:
        """Enter is the list's or the field's own; this names it in the key line."""
        if STEPS[self.step] == "exam":
            await self._take_date(self._date_text)
        else:
            self.query_one("#choices", Menu).action_select()

    async def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take the chosen language or minutes."""
        event.stop()
        chosen = event.option.id or ""
        asked = "minutes" if chosen.isdigit() else "language"
        if asked != STEPS[self.step]:
            return  # Enter was pressed twice: the question that it was for has been answered
        if asked == "language":
            self.step += 1
            await self.tutor.set_language("zh" if chosen == "zh" else "en")
        else:
            self.tutor.change_settings(minutes_a_day=int(chosen), started=True)
            await self._first_card()

    async def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the exam date; an empty field means: no date yet."""
        event.stop()
        await self._take_date(event.value)

    async def _take_date(self, text: str) -> None:
        if STEPS[self.step] != "exam":
            return
        exam: date | None = None
        if text.strip():
            try:
                exam = read_date(text, self.tutor.clock())
            except DateError as error:
                self.notify(t(f"settings.{error.code}"), severity="warning", markup=False)
                return
        self.tutor.change_settings(exam_date=exam)
        self.step += 1
        self.fill()
        self.refresh_chrome()

    async def action_back(self) -> None:
        """One question back; from the first one to Home, with what has been answered."""
        if self.step > 0:
            self.step -= 1
            self.fill()
            self.refresh_chrome()
        else:
            self.tutor.change_settings(started=True)
            await super().action_back()

    async def _first_card(self) -> None:
        """Straight into a first card: the first ones of the schedule; without any, its first questions."""
        from quiz_bank.queue import KINDS
        from tui.screens.session import SessionPage
        from tui.sessions.session import Session
        from tui.sessions.sources import Due

        learner = await self.tutor.learner_ready()
        self.tutor.replace_page(
            SessionPage(Session(learner, Due(("card",) if learner.bank.cards else KINDS)))
        )
