"""Step 6: points, hints, and what one writes down."""

import asyncio

from textual import work
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static, TextArea

from labs.errors import LabsError
from labs.lab_checks import Checked, check_run, is_complete, measure_lab, total_points
from labs.run_questions import read_facts
from labs.runs import list_runs
from quiz_bank.store_errors import StoreError
from tui.commands import Command
from tui.i18n import t
from tui.screens.lab import ALONG, LabStep
from tui.screens.lab_text import number, one_line, spoken, told
from tui.screens.results_cards import keep_questions
from tui.widgets.blocks import BLANK, Block, Blocks

QUESTIONS = Command("reflect.questions", "ctrl+t", "questions", priority=True)
HINT = Command("reflect.hint", "ctrl+e", "hint", priority=True)
DONE = Command("reflect.done", "ctrl+s", "done", priority=True)


class ReflectStep(LabStep):
    """Checks with their points, hints one by one, and the lab's questions to answer in writing."""

    STEP = "reflect"
    KEYS = (QUESTIONS, DONE, HINT, *ALONG)
    CSS_PATH = "reflect.tcss"

    checked: tuple[Checked, ...] = ()
    trouble: LabsError | None = None

    def body(self) -> ComposeResult:
        """Points, hints, texts, and in the end the reference."""
        with VerticalScroll(classes="body", can_focus=True):
            yield Blocks(id="points")
            for at, prompt in enumerate(self.session.lab.reflection):
                yield Static(Content.styled(spoken(prompt), "bold"), classes="prompt", markup=False)
                written = self.session.progress.reflections
                text = written[at] if at < len(written) else ""
                yield TextArea(text, id=f"text-{at}", tab_behavior="focus", placeholder=t("reflect.write"))
            yield Blocks(id="after")

    def on_mount(self) -> None:
        """Judge the run, off the drawing thread."""
        if self.session.run is not None:
            self._judge()

    def fill(self) -> None:
        """Show points, hints and, once the lab is done, the reference."""
        self.query_one("#points", Blocks).show(self._points())
        self.query_one("#after", Blocks).show(self._after())
        empty = [area for area in self.query(TextArea) if not area.text]
        if empty and not self.session.progress.done and not isinstance(self.focused, TextArea):
            self.set_focus(empty[0], scroll_visible=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hints need a try, and must not be used up; closing needs the checks."""
        progress = self.session.progress
        if action == "hint":
            if progress.hints >= len(self.session.lab.hints):
                return False
            return True if progress.tried else None
        if action == "questions":
            return True if self.session.run is not None and self.tutor.learner is not None else None
        if action == "done":
            if progress.done:
                return False
            return True if is_complete(progress, self.checked) else None
        return super().check_action(action, parameters)

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Keep every letter."""
        texts = tuple(area.text for area in self.query(TextArea))
        if texts != self.session.progress.reflections:
            self.session.change(reflections=texts)

    @work(exclusive=True, group="questions")
    async def action_questions(self) -> None:
        """Questions made from the newest run, graded and scheduled like all others."""
        from tui.screens.session import SessionPage
        from tui.sessions.session import Session
        from tui.sessions.sources import Listed

        run, learner = self.session.run, self.tutor.learner
        if run is None or learner is None:
            return
        try:
            facts = await asyncio.to_thread(read_facts, run)
            ids = keep_questions(learner, facts, self.tutor.clock()) if facts is not None else []
        except (LabsError, StoreError) as error:
            self.notify(one_line(str(error)), severity="error", markup=False)
            return
        if not ids:
            self.notify(t("reflect.no_questions"), markup=False)
            return
        await self.tutor.push_screen(SessionPage(Session(learner, Listed(ids))))

    def action_hint(self) -> None:
        """One more hint."""
        self.session.change(hints=self.session.progress.hints + 1)
        self.fill()
        self.refresh_chrome()

    def action_done(self) -> None:
        """Close the lab; the reference answer may be read now."""
        self.session.change(done=True)
        self.fill()
        self.refresh_chrome()
        # The answer has been given its height only when the page has been laid out again.
        self.call_after_refresh(self.query_one("#after").scroll_visible)

    def _points(self) -> list[Block]:
        lab, progress = self.session.lab, self.session.progress
        if self.session.run is None:
            return [Block(Content.styled(t("reflect.no_run"), "$muted")), BLANK]
        blocks: list[Block] = []
        if self.trouble is not None:
            blocks.append(Block(Content.styled("✗ " + told(self.trouble), "$error")))
        if lab.checks:
            earned = sum(one.points for one in self.checked)
            head = t("reflect.points", earned=number(earned), all=number(total_points(lab)))
            blocks.append(Block(Content.styled(head, "bold")))
        for one in self.checked:
            sign = Content.styled("✓ ", "$success") if one.met else Content.styled("· ", "$muted")
            worth = Content.styled("  " + t("reflect.worth", n=number(one.check.points)), "$quiet")
            blocks.append(Block(Content.assemble(spoken(one.check.title), worth), sign))
            if not one.met:
                blocks.append(Block(Content.styled(spoken(one.check.hint), "$muted"), indent=4))
        for at, hint in enumerate(lab.hints[: progress.hints]):
            blocks.append(
                Block(Content(spoken(hint)), Content.styled(t("reflect.hint_n", n=at + 1), "$accent"))
            )
        return [*blocks, BLANK]

    def _after(self) -> list[Block]:
        lab, progress = self.session.lab, self.session.progress
        if not progress.done:
            said = [t("reflect.reference_waits")] if lab.reference else []
            if not is_complete(progress, self.checked):
                said.append(t("reflect.closes"))
            return [Block(Content.styled(one, "$quiet")) for one in said]
        blocks = [Block(Content.styled("✓ " + t("reflect.is_done"), "bold $success"))]
        if lab.reference is not None:
            blocks += [
                BLANK,
                Block(Content.styled(t("reflect.reference"), "bold")),
                Block(Content(spoken(lab.reference))),
            ]
        return blocks

    @work(thread=True, exclusive=True, group="read")
    def _judge(self) -> None:
        run = self.session.run
        assert run is not None
        try:
            checked = check_run(
                self.session.lab, measure_lab(self.session.lab, run, list_runs(self.session.runs_dir))
            )
        except LabsError as error:
            self.app.call_from_thread(self._take, (), error)
            return
        self.app.call_from_thread(self._take, checked, None)

    def _take(self, checked: tuple[Checked, ...], trouble: LabsError | None) -> None:
        self.checked, self.trouble = checked, trouble
        self.refill()
