"""Looking back at an exam: each question with what was answered, the verdict on every part and the reasoning."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from quiz_bank.errors import AnswerError, FormulaError
from quiz_bank.exams import Result
from quiz_bank.grading import grade, right_answer
from quiz_bank.variants import present
from tui.answering.after import after_answer, verdict_line
from tui.answering.drafts import restored
from tui.commands import Command
from tui.i18n import t
from tui.lab_titles import lab_title
from tui.learner import Learner
from tui.prose import label, prose
from tui.screens.page import Page
from tui.sessions.sets import frame_of
from tui.times import clock
from tui.widgets.blocks import Block
from tui.widgets.question_view import QuestionView

NEXT = Command("exam.next", "enter,right", "go(1)")
PREVIOUS = Command("exam.previous", "left", "go(-1)")
LAB = Command("study.lab", "l", "lab", footer=False)
PAGE_DOWN = Command("study.page_down", "space,pagedown", "page_down", footer=False, palette=False)
PAGE_UP = Command("study.page_up", "pageup", "page_up", footer=False, palette=False)


class ExamReviewPage(Page[None]):
    """One result at a time."""

    KEYS = (NEXT, PREVIOUS, LAB, PAGE_DOWN, PAGE_UP)
    TITLE_KEY = "exam.review"

    def __init__(self, learner: Learner, results: list[Result], of: int) -> None:
        """Some results of an exam of ``of`` questions."""
        super().__init__()
        self._learner, self._results, self._of = learner, results, of
        self._at = 0
        self._lab: str | None = None

    def body(self) -> ComposeResult:
        """Question, or a line why it cannot be shown."""
        with Vertical(classes="body"):
            yield QuestionView(id="question")
            yield Static(id="gone", classes="muted", markup=False)

    async def on_mount(self) -> None:
        """Show the first."""
        await self._show()

    async def retranslate(self) -> None:
        """The same again in the other language."""
        await self._show()

    async def _show(self) -> None:
        result, bank = self._results[self._at], self._learner.bank
        view, gone = self.query_one("#question", QuestionView), self.query_one("#gone", Static)
        try:
            question = bank.question(result.item.question)
            variant = present(question, result.item.seed, bank)
        except (KeyError, FormulaError):
            self._lab = None
            view.display = False
            gone.update(t("exam.question_gone"))
            return
        view.display = True
        self._lab = question.lab
        draft = restored(variant, result.given.answer)
        frame = frame_of(question, bank)
        await view.ask(variant, draft, frame.figures, frame.blocks)
        answer, word = result.given.answer, ""
        if answer is None:
            word = t("exam.not_answered")
        else:
            try:
                verdict = grade(variant, answer)
            except AnswerError as error:
                answer, word = None, t("exam.unreadable", why=str(error))
        if answer is None:
            # What would have been right is worth seeing all the same.
            verdict = grade(variant, right_answer(variant))
        line = verdict_line(variant, verdict)
        if answer is None:
            line = Block(Content.assemble(label("study.answer_is"), prose(verdict.answer, "bold")))
        gone.update(word)
        lab = lab_title(question.lab, self.tutor.lab_catalog) if question.lab else None
        after = after_answer(question, verdict, self.tutor.settings, lab)
        await view.judge(variant, draft, verdict, line, after)
        view.scroll_home(animate=False)
        self.refresh_chrome()

    def title_left(self) -> Content:
        """Place, and how it went."""
        result = self._results[self._at]
        sign = ("✓", "$success") if result.correct else ("✗", "$error")
        place = t("exam.place", at=result.item.place + 1, of=self._of)
        return Content.assemble((t("exam.review"), "bold $foreground"), f" · {place}  ", sign)

    def title_right(self) -> Content:
        """Time it took."""
        return Content(f"◷ {clock(self._results[self._at].given.seconds)}")

    def key_note(self) -> str:
        """That there is more to read."""
        return t("study.below") if self.query_one("#question", QuestionView).has_more else ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Not past the ends."""
        if action == "go":
            step = parameters[0]
            assert isinstance(step, int)
            return True if 0 <= self._at + step < len(self._results) else None
        if action == "lab":
            return self._lab is not None
        return True

    async def action_go(self, step: int) -> None:
        """The next one or the one before."""
        self._at += step
        await self._show()

    async def action_lab(self) -> None:
        """Go to the lab where this can be tried."""
        from tui.screens.lab_door import open_lab

        if self._lab is not None:
            await open_lab(self.tutor, self._lab)

    def action_page_down(self) -> None:
        """Scroll on."""
        self.query_one("#question", QuestionView).scroll_page_down(animate=False)

    def action_page_up(self) -> None:
        """Scroll back."""
        self.query_one("#question", QuestionView).scroll_page_up(animate=False)
