"""The six steps of a lab as pages of one place: a trail in the title line, two keys to go along it, one session."""

from typing import ClassVar

from textual.content import Content

from tui.commands import Command
from tui.i18n import t
from tui.screens.lab_session import LabSession
from tui.screens.lab_text import spoken
from tui.screens.page import Page
from tui.screens.run_monitor import RunMonitor

STEPS = ("guide", "predict", "configure", "run", "results", "reflect")

NEXT = Command("lab.next_step", "ctrl+right", "step(1)", footer=False, priority=True)
PREVIOUS = Command("lab.previous_step", "ctrl+left", "step(-1)", footer=False, priority=True)
ALONG = (NEXT, PREVIOUS)
"""Keys of every step; a step adds its own before them."""


class LabStep(Page[None]):
    """One step of one lab. ``STEP`` names it."""

    STEP: ClassVar[str]

    def __init__(self, session: LabSession, monitor: RunMonitor) -> None:
        super().__init__()
        self.session = session
        self.monitor = monitor

    def title_left(self) -> Content:
        """The lab's name."""
        return Content.styled(spoken(self.session.lab.title), "bold $foreground")

    def title_right(self) -> Content:
        """The trail, the step of now bright."""
        parts: list[Content | str | tuple[str, str]] = []
        for step in STEPS:
            style = "bold $accent" if step == self.STEP else "$quiet"
            parts += [(t(f"lab.{step}"), style), ("  ", "")]
        return Content.assemble(*parts[:-1])

    async def action_step(self, by: int) -> None:
        """Go along the trail; at its ends nothing happens."""
        at = STEPS.index(self.STEP) + by
        if 0 <= at < len(STEPS):
            await self.go_to(STEPS[at])

    async def go_to(self, step: str) -> None:
        """Change to another step of this lab, unless it has been left."""
        if self.tutor.screen is not self:
            return
        self.leave_step()
        self.tutor.replace_page(make_step(step, self.session, self.monitor))

    def leave_step(self) -> None:
        """Keep what was typed; runs before every change of step and before Escape."""

    async def action_back(self) -> None:
        """Back to the catalogue, with everything kept."""
        self.leave_step()
        await self.tutor.go_back()


def make_step(step: str, session: LabSession, monitor: RunMonitor) -> LabStep:
    """The page of a step; its module is imported only now."""
    if step == "guide":
        from tui.screens.lab_guide import GuideStep

        return GuideStep(session, monitor)
    if step == "predict":
        from tui.screens.predict import PredictStep

        return PredictStep(session, monitor)
    if step == "configure":
        from tui.screens.configure import ConfigureStep

        return ConfigureStep(session, monitor)
    if step == "run":
        from tui.screens.run import RunStep

        return RunStep(session, monitor)
    if step == "results":
        from tui.screens.results import ResultsStep

        return ResultsStep(session, monitor)
    from tui.screens.reflect import ReflectStep

    return ReflectStep(session, monitor)


def first_step(session: LabSession, monitor: RunMonitor) -> LabStep:
    """Where one left the lab: at the run while it trains, at the results when it has ended, at the guide before."""
    run = session.run
    if run is None:
        return make_step("guide", session, monitor)
    live = monitor.view_of(run)
    if live is not None and not live.is_over:
        return make_step("run", session, monitor)
    return make_step("results" if run.status().state == "completed" else "run", session, monitor)
