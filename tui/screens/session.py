"""A study session on the screen: one item at a time, its answer kept the moment it is given."""

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from metrics.clean import clean
from quiz_bank.errors import AnswerError
from quiz_bank.scheduling import Rating
from quiz_bank.store_errors import StoreError
from tui.answering.after import after_answer, hints_shown, missed_line, verdict_line
from tui.answering.drafts import Draft, draft_for
from tui.i18n import t, t_or
from tui.lab_titles import lab_title
from tui.prose import said
from tui.screens.page import Page
from tui.screens.session_keys import SESSION_KEYS, usable
from tui.sessions.asked import AskedCard, AskedQuestion
from tui.sessions.session import Session
from tui.sessions.sets import Framed, frame_of
from tui.times import clock, interval
from tui.widgets.card_view import CardView
from tui.widgets.question_view import QuestionView


class SessionPage(Page[None]):
    """Asks what its session asks until that is over, then shows the summary."""

    KEYS = SESSION_KEYS
    CSS_PATH = "session.tcss"
    TITLE_KEY = "study.session_title"

    def __init__(self, session: Session, resumed: bool = False) -> None:
        super().__init__()
        self.session = session
        self._resumed = resumed
        self.draft: Draft | None = None
        self.revealed = False
        self._remark = ""
        """Why the last key did nothing; stands where the eye is, before how to answer, until the next key."""

    def body(self) -> ComposeResult:
        """Card or question, and a line on how to answer."""
        with Vertical(classes="body"):
            yield CardView(id="card")
            yield QuestionView(id="question")
            yield Static(id="how", markup=False)

    async def on_mount(self) -> None:
        """Ask the first item, or the one that is already asked."""
        self.every(1, self._tick)
        if self._resumed:
            await self._show_asked()
        else:
            await self._ask_next()

    # What is asked now

    async def _ask_next(self) -> None:
        self.revealed, self._remark = False, ""
        if self.session.next(self.tutor.clock()) is None:
            await self._finish()
            return
        await self._show_asked()

    async def _show_asked(self) -> None:
        question, card = self.session.question, self.session.card
        self.draft = draft_for(question.variant) if question else None
        self.query_one("#card").display = card is not None
        self.query_one("#question").display = question is not None
        self.set_focus(None)
        if question is not None and self.draft is not None:
            frame = self._frame()
            view = self.query_one("#question", QuestionView)
            await view.ask(question.variant, self.draft, frame.figures, frame.blocks)
            view.focus_field()
        self._show_state()
        self.call_after_refresh(self.refresh_chrome)

    def _frame(self) -> Framed:
        assert self.session.question is not None
        return frame_of(self.session.question.question, self.session.learner.bank)

    def _show_state(self) -> None:
        """Bring card, how-line, title and keys up to date with the session."""
        card, question = self.session.card, self.session.question
        if card is not None:
            now = self.tutor.clock()
            preview = self.session.learner.scheduler.preview(card.state.card, now) if self.revealed else None
            self.query_one("#card", CardView).show(card, preview)
        how = ""
        if question is not None and self.draft is not None and self.session.verdict is None:
            how = t("study.missed") if self.session.may_retry else t(self.draft.how)
        remark = (f"{self._remark}  ", "bold $warning") if self._remark else ""
        self.query_one("#how", Static).update(Content.assemble(remark, how))
        self.query_one("#how").display = bool(how)
        self.refresh_chrome()

    def _say_why(self, remark: str) -> None:
        self._remark = clean(remark, one_line=True)
        self._show_state()

    async def retranslate(self) -> None:
        """Everything again in the other language; what is typed or chosen stays."""
        question = self.session.question
        if question is not None and self.draft is not None:
            frame = self._frame()
            view = self.query_one("#question", QuestionView)
            await view.ask(question.variant, self.draft, frame.figures, frame.blocks)
            view.show_hints(hints_shown(self.session.hints, question.variant))
            if self.session.verdict is not None:
                await self._show_verdict()
            elif self.session.may_retry:
                self._show_missed()
            else:
                view.focus_field()
        self._show_state()

    def title_left(self) -> Content:
        """Topic, and how many are left."""
        if self.session.asked is None:
            return super().title_left()
        topic = self.session.learner.bank.topics.get(self.session.asked.state.ref.topic)
        name = said(topic.short) if topic else self.session.asked.state.ref.topic
        left = self.session.left(self.tutor.clock())
        rest = f" · {self._place(left)}" if left is not None else ""
        return Content.assemble((name, "bold $foreground"), rest)

    def _place(self, left: int) -> str:
        """How many are to come, and how many of them once more: a count of both would stand still at first."""
        again = min(self.session.again, left)
        parts = [t("study.place", n=left - again)] if left > again else []
        parts += [t("study.place_again", n=again)] if again else []
        return t("exam.comma").join(parts) or t("study.place_last")

    def title_right(self) -> Content:
        """Time on this item."""
        if self.session.asked is None or self.session.verdict is not None:
            return Content("")
        return Content(f"◷ {clock(self.session.seconds(self.tutor.clock()))}")

    def key_note(self) -> str:
        """After an answer: when it comes back."""
        if self.session.verdict is not None and self.session.done:
            return t("study.due_again", interval=interval(self.session.done[-1].reviewed.interval))
        view = self.query_one("#question", QuestionView)
        return t("study.below") if self.session.question is not None and view.has_more else ""

    def _tick(self) -> None:
        if self.is_current and self.session.verdict is None:
            self.refresh_title()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what can be done with the item of now."""
        more = self.session.question is not None and self.query_one("#question", QuestionView).has_more
        return usable(action, self.session, self.revealed, more, self._lab() is not None)

    # Keys

    @property
    def _is_open(self) -> bool:
        """Whether the question of now takes an answer: it is neither judged nor waiting for a hint."""
        return self.session.verdict is None and not self.session.may_retry

    async def on_key(self, event: events.Key) -> None:
        """Keys that mean an answer."""
        if await self.action_press_key(event.key):
            event.stop()
            event.prevent_default()

    async def action_press_key(self, key: str) -> bool:
        """A key, or a click on an option, for the draft."""
        question = self.session.question
        if question is None or self.draft is None or not self._is_open or not self.draft.press(key):
            return False
        self._forget_remark()
        self.query_one("#question", QuestionView).update(question.variant, self.draft)
        if key.isdigit() and self.draft.how == "study.how_single":
            await self.action_submit()
        return True

    def on_question_view_typed(self) -> None:
        """A field changed."""
        self._forget_remark()

    def _forget_remark(self) -> None:
        if self._remark:
            self._say_why("")

    async def action_mark_line(self, line: int) -> None:
        """A click on a line of code."""
        from tui.answering.drafts import SpotDraft

        question = self.session.question
        if question is not None and isinstance(self.draft, SpotDraft) and self._is_open:
            self.draft.mark(line)
            self.query_one("#question", QuestionView).update(question.variant, self.draft)

    def action_match_row(self, index: int) -> None:
        """A click on a left side."""
        from tui.answering.drafts import MatchDraft

        question = self.session.question
        if question is not None and isinstance(self.draft, MatchDraft) and self._is_open:
            self.draft.cursor = index
            self.query_one("#question", QuestionView).update(question.variant, self.draft)

    async def on_question_view_entered(self) -> None:
        """Enter in the last field."""
        await self.action_submit()

    def action_show(self) -> None:
        """Turn the card."""
        self.revealed = True
        self._show_state()

    async def action_rate(self, rating: int) -> None:
        """How the recall went; then the next item."""
        try:
            self.session.rate(Rating(rating), self.tutor.clock())
        except StoreError as error:
            self._say(error)
            return
        await self._ask_next()

    async def action_submit(self) -> None:
        """Grade and keep the answer, if it is complete and can be read."""
        if self.draft is None or not self._is_open:
            return
        answer = self.draft.answer()
        if answer is None:
            self._say_why(t("study.not_complete"))
            return
        try:
            self.session.submit(answer, self.tutor.clock())
        except AnswerError as error:
            # Its sentence is about this answer: it is not graded, and can be mended.
            self._say_why(t_or(f"answers.{error.code}", str(error), **error.values))
            return
        except StoreError as error:
            self._say(error)
            return
        await self._show_judged()

    async def action_reveal(self) -> None:
        """No further try: the verdict and the reasons."""
        self.session.give_up()
        await self._show_judged()

    async def _show_judged(self) -> None:
        self.set_focus(None)
        self._remark = ""
        if self.session.may_retry:
            self._show_missed()
        else:
            await self._show_verdict()
        self._show_state()
        self.call_after_refresh(self.refresh_chrome)

    def _show_missed(self) -> None:
        """A wrong try with a hint left: that it was wrong, and no more than that."""
        self.query_one("#question", QuestionView).show_missed(missed_line())

    async def _show_verdict(self) -> None:
        question, verdict = self.session.question, self.session.verdict
        assert question is not None and verdict is not None and self.draft is not None
        view = self.query_one("#question", QuestionView)
        named = question.question.lab
        lab = lab_title(named, self.tutor.lab_catalog) if named else None
        after = after_answer(question.question, verdict, self.tutor.settings, lab)
        line = verdict_line(question.variant, verdict)
        await view.judge(question.variant, self.draft, verdict, line, after)

    async def action_next(self) -> None:
        """On to the next item."""
        await self._ask_next()

    def action_read_on(self) -> None:
        """Scroll on to the explanation."""
        self.query_one("#question", QuestionView).scroll_page_down(animate=False)
        self.call_after_refresh(self.refresh_chrome)

    async def action_easy(self) -> None:
        """It was easy; then the next item."""
        try:
            self.session.make_easy(self.tutor.clock())
        except StoreError as error:
            self._say(error)
            return
        await self._ask_next()

    def action_hint(self) -> None:
        """The hint that a wrong try has unlocked, under the stem, and one more try."""
        question = self.session.question
        if question is None:
            return
        if not self.session.hint():
            self._say_why(t("study.try_first"))
            return
        view = self.query_one("#question", QuestionView)
        view.show_hints(hints_shown(self.session.hints, question.variant))
        view.show_missed(None)
        view.focus_field()
        self._show_state()

    async def action_undo(self) -> None:
        """Take back the last answer and ask it again."""
        self.revealed = False
        if self.session.undo(self.tutor.clock()):
            self.notify(t("study.undone"), timeout=2, markup=False)
            await self._show_asked()

    async def action_flag(self) -> None:
        """Report the item with a note."""
        from tui.screens.flag import FlagDialog

        asked = self.session.asked
        if asked is None:
            return
        store = self.session.learner.store
        await self.tutor.push_screen(FlagDialog(store, asked.state.ref.item))

    def _lab(self) -> str | None:
        match self.session.asked:
            case AskedQuestion(variant=variant):
                return variant.question.lab
            case AskedCard(card=card):
                return card.lab
            case None:
                return None

    async def action_lab(self) -> None:
        """Go to the lab where this can be tried."""
        from tui.screens.lab_door import open_lab

        if (lab := self._lab()) is not None:
            await open_lab(self.tutor, lab)

    def action_page_down(self) -> None:
        """Scroll a long question."""
        self.query_one("#question", QuestionView).scroll_page_down(animate=False)

    def action_page_up(self) -> None:
        """Scroll back."""
        self.query_one("#question", QuestionView).scroll_page_up(animate=False)

    async def action_back(self) -> None:
        """Leave; every answer is kept."""
        if self.session.done:
            right = sum(done.correct for done in self.session.done)
            self.notify(t("study.left_early", n=len(self.session.done), right=right), timeout=2, markup=False)
        await super().action_back()

    async def _finish(self) -> None:
        from tui.screens.summary import SummaryPage

        self.tutor.replace_page(SummaryPage(self.session))

    def _say(self, error: StoreError) -> None:
        self.notify(t_or(f"errors.{error.code}", str(error)), severity="error", markup=False)
