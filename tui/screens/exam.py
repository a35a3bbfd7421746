"""Mock exams: go on with the open one, choose a blueprint, look back at earlier ones."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static

from quiz_bank.exams import ExamSession, ExamSummary, history, like_the_last, trend
from tui.commands import Command
from tui.homepage.drawing import sparkline
from tui.i18n import t
from tui.learner import Learner
from tui.prose import prose
from tui.screens.page import Page
from tui.times import clock
from tui.widgets.menu import Entry, Menu

OPEN = Command("exam.open", "enter", "open")
_SHOWN = 8


class ExamPage(Page[None]):
    """A list: the open exam first and bright, then blueprints, then reports."""

    KEYS = (OPEN,)
    TITLE_KEY = "exam.title"
    CSS_PATH = "exam.tcss"

    def body(self) -> ComposeResult:
        """List and trend."""
        with Vertical(classes="body"):
            yield Menu(id="menu")
            yield Static("", classes="gap")
            yield Static(id="trend", classes="muted", markup=False)

    def fill(self) -> None:
        """List what there is."""
        learner, menu = self.tutor.learner, self.query_one("#menu", Menu)
        if learner is None:
            self.query_one("#trend", Static).update(t("study.opening"))
            return
        entries: list[Entry] = []
        running = ExamSession.running(learner.store)
        if running is not None:
            left = clock(running.remaining(self.tutor.clock()).total_seconds())
            open_places = len(running.unanswered())
            name = Content.assemble(
                (t("exam.go_on"), "bold $accent"), "  ", prose(running.sheet.blueprint.title)
            )
            entries.append(Entry("running", name, Content(t("exam.go_on_why", left=left, n=open_places))))
        asked = {question.topic for question in learner.bank.questions}
        for print_ in learner.bank.blueprints.values():
            usable = any(topic in asked for section in print_.sections for topic in section.topics)
            why = t(
                "exam.blueprint_why", n=print_.items, minutes=print_.minutes, mark=f"{print_.pass_mark:.0%}"
            )
            shown = Content(why if usable else t("exam.no_questions"))
            entries.append(Entry(f"blueprint:{print_.id}", prose(print_.title), shown, usable))
        past = history(learner.store)
        entries += [_past(one, learner) for one in reversed(past[-_SHOWN:])]
        before = menu.options[0].id if menu.options else None
        menu.show(entries)
        if running is not None and before != "running":
            menu.highlighted = 0  # what was just left is what one comes back to
        self.set_focus(menu)
        self.query_one("#trend", Static).update(_trend(past, learner))

    def on_screen_resume(self) -> None:
        """An exam may have been handed in."""
        self.refill()

    def action_open(self) -> None:
        """Enter is the list's own; this names it in the key line."""
        self.query_one("#menu", Menu).action_select()

    async def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open the exam, the blueprint or the report."""
        event.stop()
        learner = self.tutor.learner
        kind, _, name = (event.option.id or "").partition(":")
        if learner is None:
            return
        if kind == "running":
            from tui.screens.sitting import sitting_left_open

            if (page := sitting_left_open(learner, self.tutor.clock())) is not None:
                await self.tutor.push_screen(page)
        elif kind == "blueprint":
            from tui.screens.blueprint import BlueprintPage

            await self.tutor.push_screen(BlueprintPage(learner, learner.bank.blueprints[name]))
        else:
            from quiz_bank.exams import report
            from tui.screens.exam_report import ExamReportPage

            found = report(learner.store, int(name))
            if found is not None:
                await self.tutor.push_screen(ExamReportPage(learner, found))


def _past(one: ExamSummary, learner: Learner) -> Entry:
    known = learner.bank.blueprints.get(one.blueprint)
    title = prose(known.title) if known is not None else Content(one.blueprint)
    sign = ("✓ ", "$success") if one.passed else ("✗ ", "$error")
    day = one.finished_at.astimezone().strftime("%Y-%m-%d %H:%M")
    # In columns: scores stand under one another.
    score = t(
        "exam.score", score=f"{100 * one.score.value:3.0f}", spread=f"{100 * one.score.half_width:2.0f}"
    )
    return Entry(f"report:{one.exam}", Content.assemble(sign, title), Content(f"{score}   {day}"))


def _trend(past: list[ExamSummary], learner: Learner) -> Content:
    slope = trend(past)
    if slope is None:
        return Content(t("exam.no_trend") if past else "")
    line = sparkline([one.score.value for one in like_the_last(past)])
    words = t(
        "exam.trend",
        slope=f"{100 * slope.slope:+.1f}",
        low=f"{100 * slope.low:+.1f}",
        high=f"{100 * slope.high:+.1f}",
    )
    known = learner.bank.blueprints.get(past[-1].blueprint)
    title = prose(known.title) if known is not None else Content(past[-1].blueprint)
    return Content.assemble((line, "$primary"), "  ", title, "  ", words)
