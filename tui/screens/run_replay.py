"""Any run from its folder: as it ended, or again from its first event at a chosen speed; live where it still runs."""

from textual import work
from textual.content import Content

from labs.errors import LabsError
from labs.events import Event
from labs.run_labels import read_label
from labs.runs import Run
from tui.commands import Command
from tui.i18n import t
from tui.lab_titles import run_title, run_when
from tui.screens.lab_text import number, told
from tui.screens.run_monitor import RunMonitor
from tui.screens.run_view import RunView, read_view
from tui.screens.run_watch import DRAWS_A_SECOND, STOP, RunWatch

REPLAY = Command("runs.replay", "r", "replay")
PAUSE = Command("run.pause", "space", "pause")
FASTER = Command("runs.faster", "plus,equals_sign", "speed(1)")
SLOWER = Command("runs.slower", "minus", "speed(-1)")
RESUME = Command("run.resume", "u", "resume")
LOG = Command("run.log", "g", "log")

SPEEDS = (1, 2, 5, 10, 20, 50, 100)


class ReplayPage(RunWatch):
    """One run, watched from outside its lab."""

    KEYS = (RESUME, REPLAY, PAUSE, STOP, SLOWER, FASTER, LOG)
    CSS_PATH = "run.tcss"

    def __init__(self, run: Run, monitor: RunMonitor) -> None:
        super().__init__()
        self.run = run
        self.monitor = monitor
        self._label = read_label(run)
        self._view: RunView | None = None
        self._coming: list[Event] | None = None
        """Events still to be shown, the next one last; None when not replaying."""
        self._clock = 0.0
        self._speed = 3
        try:
            self._view = read_view(run)
        except LabsError as trouble:
            self._trouble = told(trouble)

    _trouble = ""

    def title_left(self) -> Content:
        """The run."""
        spec = self._view.spec if self._view is not None else None
        called = run_title(self.run, spec, self._label, self.tutor.lab_catalog)
        return Content.assemble((called, "bold $foreground"), (f"  {run_when(self.run)}", "$quiet"))

    def title_right(self) -> Content:
        """The speed, while it is replayed; the trouble, if there is any."""
        if self._trouble:
            return Content.styled(self._trouble, "$error")
        if self._coming is None:
            return Content("")
        return Content.styled(t("runs.replaying", speed=SPEEDS[self._speed]), "$accent")

    def view(self) -> RunView | None:
        """Live, replayed, or as it ended."""
        if self._coming is not None:
            return self._view
        return self.monitor.view_of(self.run) or self._view

    def stamp(self) -> int:
        """The monitor counts what happens around a run too, such as a stop that was asked for."""
        return super().stamp() + 1_000_000 * self.monitor.version if self._live() else super().stamp()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Speed belongs to a replay; a run that still runs has none."""
        if action == "replay":
            view = self.view()
            return self._coming is not None or (view is not None and view.is_over)
        if action == "stop":
            view = self.view()
            return self._live() and view is not None and not view.stopping
        if action == "pause":
            view = self.view()
            moves = self._coming is not None or (view is not None and not view.is_over)
            return moves or self.paused
        if action == "speed":
            return self._coming is not None
        if action == "resume":
            view = self.view()
            return self._coming is None and view is not None and view.can_resume
        return super().check_action(action, parameters)

    def action_replay(self) -> None:
        """From the first event; a second time, straight to the end."""
        if (shown := self.view()) is None:
            return
        if self._coming is not None and self._view is not None:
            for event in reversed(self._coming):
                self._view.take(event)
            self._coming = None
        else:
            self._coming = list(reversed(self.run.events()))
            self._view = RunView(self.run, shown.spec, state="running")
            self._clock, self.paused = 0.0, False
        self.fill()
        self.refresh_chrome()

    @work(exclusive=True, group="resume")
    async def action_resume(self) -> None:
        """Go on from the last good checkpoint; refused while another run trains."""
        try:
            await self.monitor.resume(self.run.id)
        except LabsError as error:
            self.notify(told(error), severity="error", timeout=10, markup=False)
        self.refill()

    def action_speed(self, by: int) -> None:
        """Faster or slower."""
        self._speed = min(max(self._speed + by, 0), len(SPEEDS) - 1)
        self.refresh_chrome()

    def tick(self) -> None:
        """Take the events whose time has come; a pause stops the clock too."""
        if self._coming is not None and self._view is not None and not self.paused:
            self._clock += SPEEDS[self._speed] / DRAWS_A_SECOND
            while self._coming and self._coming[-1].t <= self._clock:
                self._take(self._coming.pop())
            if not self._coming:
                self._coming = None
        super().tick()

    def key_note(self) -> str:
        """Where the replay is."""
        if self._coming is None:
            return super().key_note()
        return t("runs.at_second", s=number(round(self._clock)))

    def _take(self, event: Event) -> None:
        assert self._view is not None
        before = self._view.elapsed
        self._view.take(event)
        if event.t < before:  # a resumed run's clock begins again
            self._clock = event.t

    def _live(self) -> bool:
        live = self.monitor.view_of(self.run)
        return live is not None and not live.is_over
