"""Home: the next step, and what stands behind it."""

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from tui.commands import Command
from tui.i18n import language, t
from tui.places import PLACES
from tui.screens.page import Page

if TYPE_CHECKING:
    from tui.homepage.next_step import NextStep
    from tui.homepage.overview import Overview

GO = Command("home.go", "enter", "next_step")
LEAVE = Command("home.leave", "q", "app.quit", footer=False)


class HomePage(Page[None]):
    """Where the app opens, and where Escape ends. Its first paint waits for nothing: numbers come when they are read."""

    KEYS = (GO, *(place.command() for place in PLACES), LEAVE)

    def __init__(self) -> None:
        super().__init__()
        self.step: NextStep | None = None
        self.behind: Overview | None = None
        self._seen_run = -1

    def body(self) -> ComposeResult:
        """The next step over two quiet columns."""
        with Vertical(classes="body"):
            yield Static(id="next", markup=False)
            yield Static(id="why", classes="muted", markup=False)
            yield Static(id="plan", classes="muted", markup=False)
            with Horizontal(id="columns"):
                yield Static(id="ready", markup=False)
                yield Static(id="side", markup=False)
            yield Static(id="year", markup=False)
            yield Static(id="remark", classes="muted", markup=False)

    def on_mount(self) -> None:
        """Keep an eye on a run that trains."""
        self.every(0.5, self._follow_run)

    def on_screen_resume(self) -> None:
        """Things have changed while another page was in front."""
        if self.tutor.learner is not None:
            self.learner_opened()

    def learner_opened(self) -> None:
        """Count what waits at once, read the rest in a thread."""
        from tui.homepage.next_step import next_step

        learner = self.tutor.learner
        assert learner is not None
        self.step = next_step(learner, self.tutor.clock())
        super().learner_opened()
        self.run_worker(self._read_behind, thread=True, exclusive=True, group="behind", exit_on_error=True)

    def _read_behind(self) -> None:
        from tui.homepage.overview import overview

        learner = self.tutor.learner
        assert learner is not None
        behind = overview(learner, self.tutor.clock(), self.tutor.home.root / "labs", self.tutor.lab_catalog)
        self.tutor.call_from_thread(self._take_behind, behind)

    def _take_behind(self, behind: "Overview") -> None:
        from tui.homepage.next_step import next_step

        self.behind = behind
        if (learner := self.tutor.learner) is not None:
            now = self.tutor.clock()
            learner.follow(behind.plan, now)
            self.step = next_step(learner, now)
        self.refill()

    def on_resize(self) -> None:
        """Bars and the year use the room there is."""
        self.refill()

    def fill(self) -> None:
        """Say what is known so far."""
        if self.step is None or self.tutor.learner is None:
            self.query_one("#next", Static).update(Content.styled(t("home.opening"), "$muted"))
            return
        from tui.homepage.words import next_lines, ready_lines, remark, side_lines, year_lines
        from tui.sessions.day_plan import plan_line

        learner, wide = self.tutor.learner, self.size.width >= 110
        title, why = next_lines(self.step, learner, self.size.width - (14 if wide else 8))
        self.query_one("#next", Static).update(title)
        self.query_one("#why", Static).update(why)
        plan = plan_line(self.behind.plan) if self.behind is not None and self.behind.plan is not None else ""
        self.query_one("#plan", Static).update(plan)
        self.query_one("#plan").display = bool(plan)
        rows = max(self.size.height - 15, 4)
        self.query_one("#ready", Static).update(ready_lines(self.behind, learner, 28 if wide else 20, rows))
        run = self.tutor.running_lab
        self.query_one("#side", Static).update(
            side_lines(self.step, self.behind, run, self.tutor.lab_catalog)
        )
        year = self.query_one("#year", Static)
        year.display = wide and self.size.height >= 32 and self.behind is not None
        if self.behind is not None and year.display:
            year.update(year_lines(self.behind, 53))
        word = remark(self.behind)
        self.query_one("#remark", Static).update(word)
        self.query_one("#remark").display = bool(word)

    def title_right(self) -> Content:
        """Both languages, the one of now bright; days to the exam."""
        on, off = "bold $foreground", "$quiet"
        english = language() == "en"
        both = Content.assemble(("EN", on if english else off), " · ", ("中", off if english else on))
        day = self.tutor.settings.exam_date
        if day is None:
            return both
        left = (day - self.tutor.clock().astimezone().date()).days
        text = (
            t("home.days_left", n=left)
            if left > 0
            else t("home.exam_today")
            if left == 0
            else t("home.exam_over")
        )
        return Content.assemble(both, "    ", (text, "$foreground"))

    def key_note(self) -> str:
        """That nothing is kept, where that is so."""
        learner = self.tutor.learner
        if learner is None:
            return ""
        return (
            t("home.read_only")
            if learner.store.read_only
            else t("home.in_memory")
            if learner.store.path is None
            else ""
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is no way back from Home, and nothing to go on with when all is done."""
        if action == "next_step":
            return self.step is not None and self.step.kind != "rest"
        return action != "back"

    def _follow_run(self) -> None:
        run = self.tutor.running_lab
        if self.is_current and run is not None and run.version != self._seen_run and self.step is not None:
            self._seen_run = run.version
            self.refill()

    async def action_next_step(self) -> None:
        """Do the next step."""
        learner = self.tutor.learner
        if self.step is None or learner is None:
            return
        match self.step.kind:
            case "due" | "new":
                from tui.screens.session import SessionPage
                from tui.sessions.session import Session
                from tui.sessions.sources import Due

                await self.tutor.push_screen(SessionPage(Session(learner, Due())))
            case "practice":
                from tui.screens.practice import PracticePage

                await self.tutor.push_screen(PracticePage(learner))
            case "exam":
                from tui.screens.sitting import sitting_left_open

                if (page := sitting_left_open(learner, self.tutor.clock())) is not None:
                    await self.tutor.push_screen(page)
            case "lab":
                await self.tutor.action_go("labs")
            case "rest":
                pass
