"""Taking an exam: keys only, the clock in the corner, every answer on the disk as it is given."""

from datetime import datetime
from typing import Literal

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from metrics.clean import clean
from quiz_bank.errors import AnswerError
from quiz_bank.exams import ExamOverError, ExamSession
from quiz_bank.numbers import read_number
from quiz_bank.store_errors import StoreError
from tui.answering.drafts import MatchDraft, SpotDraft, TextDraft
from tui.commands import Command
from tui.exam.sitting import Sitting
from tui.i18n import t, t_or
from tui.learner import Learner
from tui.prose import prose
from tui.screens.page import Page
from tui.screens.session_keys import PAGE_DOWN, PAGE_UP
from tui.sessions.sets import Framed, frame_of
from tui.times import clock
from tui.widgets.question_view import QuestionView

NEXT = Command("exam.next", "enter,right", "go(1)", typing="ctrl+right")
PREVIOUS = Command("exam.previous", "left", "go(-1)", typing="ctrl+left")
FLAG = Command("exam.flag", "f", "flag", typing="ctrl+f")
OVERVIEW = Command("exam.overview", "o", "overview", typing="ctrl+o")
HAND_IN = Command("exam.hand_in", "ctrl+s", "hand_in", priority=True)
_LOW_SECONDS = 300


def sitting_left_open(learner: Learner, now: datetime) -> "SittingPage | None":
    """The page of the exam that was not handed in, where there is one."""
    running = ExamSession.running(learner.store)
    return None if running is None else SittingPage(learner, Sitting(running, learner.bank, now))


class SittingPage(Page[None]):
    """One place at a time; Escape leaves, and the clock goes on."""

    KEYS = (NEXT, PREVIOUS, FLAG, OVERVIEW, HAND_IN, PAGE_DOWN, PAGE_UP)
    TITLE_KEY = "exam.title"
    CSS_PATH = "exam.tcss"

    def __init__(self, learner: Learner, sitting: Sitting) -> None:
        super().__init__()
        self._learner, self.sitting = learner, sitting
        self._over = False

    def body(self) -> ComposeResult:
        """Question, how to answer it, all places in one line."""
        with Vertical(classes="body"):
            yield QuestionView(id="question")
            yield Static(id="how", markup=False)
            yield Static(id="places", markup=False)

    async def on_mount(self) -> None:
        """Show the place that was looked at last."""
        self.every(1, self._tick)
        await self._show()

    async def _show(self) -> None:
        variant, draft = self.sitting.variant, self.sitting.draft
        view = self.query_one("#question", QuestionView)
        self.set_focus(None)
        view.display = variant is not None
        if variant is not None and draft is not None:
            frame: Framed = frame_of(variant.question, self._learner.bank)
            await view.ask(variant, draft, frame.figures, frame.blocks)
            view.focus_field()
        self._show_how()
        self._show_places()

    def _show_how(self) -> None:
        """How to answer; before that, what keeps a number as typed from being read, as it would count as wrong."""
        variant, draft = self.sitting.variant, self.sitting.draft
        if variant is None or draft is None:
            self.query_one("#how", Static).update(t("exam.question_gone"))
            return
        how, remark = t(f"exam.{draft.how.removeprefix('study.')}"), ""
        if isinstance(draft, TextDraft) and draft.text.strip():
            try:
                read_number(draft.text, variant.unit)
            except AnswerError as error:
                remark = (
                    clean(t_or(f"answers.{error.code}", str(error), **error.values), one_line=True) + "  "
                )
        self.query_one("#how", Static).update(Content.assemble((remark, "bold $warning"), how))

    async def retranslate(self) -> None:
        """Everything again in the other language; answers stay."""
        await self._show()

    def _show_places(self) -> None:
        """One sign a place: ● answered, ○ open, ⚑ flagged; the one in front is bright."""
        signs: list[Content | tuple[str, str]] = []
        for given in self.sitting.given():
            sign = "⚑" if given.flagged else "●" if given.answer is not None else "○"
            style = (
                "bold $accent"
                if given.place == self.sitting.place
                else "$warning"
                if given.flagged
                else "$muted"
            )
            signs.append((sign, style))
        line = Content.assemble(*signs)
        self.query_one("#places", Static).update(line)
        self.refresh_chrome()

    def title_left(self) -> Content:
        """Exam, place and flag."""
        sitting = self.sitting
        title = prose(sitting.session.sheet.blueprint.title, "bold $foreground")
        place = t("exam.place", at=sitting.place + 1, of=sitting.size)
        flag = (f"  ⚑ {t('exam.flagged')}", "$warning") if sitting.is_flagged else ""
        return Content.assemble(title, f" · {place}", flag)

    def title_right(self) -> Content:
        """Time left; the last minutes stand out."""
        left = self.sitting.session.remaining(self.tutor.clock()).total_seconds()
        return Content.styled(f"◷ {clock(left)}", "bold $warning" if left < _LOW_SECONDS else "$foreground")

    def key_note(self) -> str:
        """How many are open."""
        return t("exam.open_places", n=sum(given.answer is None for given in self.sitting.given()))

    async def _tick(self) -> None:
        if self._over or not self.is_current:
            return
        if self.sitting.session.over(self.tutor.clock()):
            self.notify(t("exam.time_up"), severity="warning", markup=False, timeout=8)
            await self.finish()
        else:
            self.refresh_title()

    # Answers

    async def on_key(self, event: events.Key) -> None:
        """Keys that mean an answer."""
        if self.action_press_key(event.key):
            event.stop()
            event.prevent_default()

    def action_press_key(self, key: str) -> bool:
        """A key, or a click on an option, for the draft."""
        draft = self.sitting.draft
        if draft is None or not draft.press(key):
            return False
        self._changed()
        return True

    def action_mark_line(self, line: int) -> None:
        """A click on a line of code."""
        if isinstance(self.sitting.draft, SpotDraft):
            self.sitting.draft.mark(line)
            self._changed()

    def action_match_row(self, index: int) -> None:
        """A click on a left side."""
        if isinstance(self.sitting.draft, MatchDraft):
            self.sitting.draft.cursor = index
            self._changed()

    def on_question_view_typed(self) -> None:
        """A field changed."""
        self._save()
        self._show_how()
        self._show_places()

    async def on_question_view_entered(self) -> None:
        """Enter in the last field goes on."""
        await self.action_go(1)

    def _changed(self) -> None:
        variant, draft = self.sitting.variant, self.sitting.draft
        if variant is not None and draft is not None:
            self.query_one("#question", QuestionView).update(variant, draft)
            self._save()
            self._show_places()

    def _save(self) -> None:
        try:
            self.sitting.save(self.tutor.clock())
        except ExamOverError:
            self.call_later(self.finish)
        except StoreError as error:
            self._say(error)

    def _say(self, error: StoreError) -> None:
        self.notify(t_or(f"errors.{error.code}", str(error)), severity="error", markup=False)

    # Places

    async def action_go(self, step: int) -> None:
        """One place on or back; past the last one comes the overview."""
        if self.sitting.place + step >= self.sitting.size:
            await self.action_overview()
        else:
            await self.go_to(self.sitting.place + step)

    async def go_to(self, place: int) -> None:
        """Look at a place."""
        try:
            self.sitting.go(place, self.tutor.clock())
        except ExamOverError:
            await self.finish()
            return
        except StoreError as error:
            self._say(error)
            return
        await self._show()

    def action_flag(self) -> None:
        """Flag the place to come back to."""
        try:
            self.sitting.flag(self.tutor.clock())
        except ExamOverError:
            self.call_later(self.finish)
            return
        except StoreError as error:
            self._say(error)
        self._show_places()

    async def action_overview(self) -> None:
        """All places in a list, to go to or to hand in from."""
        from tui.screens.exam_overview import ExamOverviewPage

        def chosen(place: int | Literal["hand in"] | None) -> None:
            if place == "hand in":
                self.call_later(self.action_hand_in)
            elif place is not None:
                self.call_later(self.go_to, place)

        await self.tutor.push_screen(ExamOverviewPage(self.sitting), callback=chosen)

    async def action_hand_in(self) -> None:
        """Ask once, then mark."""
        from tui.screens.ask import AskDialog

        given = self.sitting.given()
        open_places = sum(one.answer is None for one in given)
        flagged = sum(one.flagged for one in given)

        def answered(yes: bool | None) -> None:
            if yes:
                self.call_later(self.finish)

        why = t("exam.hand_in_why", open=open_places, flagged=flagged)
        await self.tutor.push_screen(
            AskDialog(t("exam.hand_in_ask"), why, t("exam.hand_in")), callback=answered
        )

    async def finish(self) -> None:
        """Mark the exam and show the report."""
        from tui.screens.exam_report import ExamReportPage

        if self._over:
            return
        self._over = True
        try:
            report = self.sitting.hand_in(self.tutor.clock(), self._learner.scheduler)
        except ExamOverError:
            await self.action_back()
            return
        except StoreError as error:
            self._over = False
            self._say(error)
            return
        self.tutor.replace_page(ExamReportPage(self._learner, report))

    def action_page_down(self) -> None:
        """Scroll a long question."""
        self.query_one("#question", QuestionView).scroll_page_down(animate=False)

    def action_page_up(self) -> None:
        """Scroll back."""
        self.query_one("#question", QuestionView).scroll_page_up(animate=False)

    async def action_back(self) -> None:
        """Leave; everything is saved and the clock goes on."""
        if not self._over:
            left = clock(self.sitting.session.remaining(self.tutor.clock()).total_seconds())
            self.notify(t("exam.left_open", left=left), markup=False, timeout=5)
        await super().action_back()
