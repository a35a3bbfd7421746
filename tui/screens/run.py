"""Step 4: the run, live. Leaving the page does not touch it."""

from textual import work
from textual.content import Content
from textual.widgets import Static

from labs.errors import LabsError
from labs.runs import Run
from tui.commands import Command
from tui.i18n import t
from tui.screens.lab import ALONG, LabStep
from tui.screens.lab_session import LabSession
from tui.screens.lab_text import told
from tui.screens.run_monitor import RunMonitor
from tui.screens.run_view import RunView, read_view
from tui.screens.run_watch import STOP, RunWatch

ON = Command("run.to_results", "enter", "step(1)")
PAUSE = Command("run.pause", "space", "pause")
RESUME = Command("run.resume", "u", "resume")
SMALLER = Command("run.smaller", "s", "smaller")
LOG = Command("run.log", "g", "log")


class RunStep(RunWatch, LabStep):
    """Watches the session's newest run."""

    STEP = "run"
    TAKES_SMALLER = True
    KEYS = (ON, PAUSE, STOP, RESUME, SMALLER, LOG, *ALONG)
    CSS_PATH = "run.tcss"

    def __init__(self, session: LabSession, monitor: RunMonitor) -> None:
        super().__init__(session, monitor)
        self._read: RunView | None = None
        run = session.run
        if run is not None and monitor.view_of(run) is None:
            self._read_folder(run)

    def fill(self) -> None:
        """Without a run, where one is started from."""
        super().fill()
        if self.session.run is None:
            self.query_one("#state", Static).update(Content.styled(t("results.no_run"), "$muted"))
            self.query_one("#upper").display = False

    def view(self) -> RunView | None:
        """The live view while the monitor follows the run, else what its folder says."""
        run = self.session.run
        if run is None:
            return None
        return self.monitor.view_of(run) or self._read

    def stamp(self) -> int:
        """The monitor counts what happens around a run too: its turn coming, a stop asked for."""
        return super().stamp() + 1_000_000 * self.monitor.version if self._is_live() else super().stamp()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what can be done in this state."""
        view = self.view()
        if action == "stop":
            return view is not None and self._is_live() and not view.is_over and not view.stopping
        if action == "resume":
            return view is not None and view.can_resume and not self.monitor.is_busy
        if action == "smaller":
            return bool(view is not None and view.finished is not None and view.finished.proposal)
        if action == "log":
            return view is not None
        if action == "pause":
            return view is not None and (self.paused or not view.is_over)
        if action == "step" and parameters == (1,):
            return True if view is not None and view.is_over and view.state != "failed" else None
        return super().check_action(action, parameters)

    @work(exclusive=True, group="resume")
    async def action_resume(self) -> None:
        """Go on from the last good checkpoint."""
        run = self.session.run
        if run is None:
            return
        try:
            await self.monitor.resume(run.id)
        except LabsError as error:
            self.notify(told(error), severity="error", timeout=10, markup=False)
        self.refill()

    async def action_smaller(self) -> None:
        """Take the smaller setting into the form."""
        view = self.view()
        if view is not None and view.finished is not None:
            self.session.change(overrides={**self.session.progress.overrides, **view.finished.proposal})
            await self.go_to("configure")

    def tick(self) -> None:
        """As every watch; and note that a try has ended, which unlocks hints."""
        super().tick()
        view = self.view()
        if view is not None and view.is_over and not self.session.progress.tried:
            self.session.change(tried=True)

    def _is_live(self) -> bool:
        run = self.session.run
        return run is not None and self.monitor.view_of(run) is not None

    def _read_folder(self, run: Run) -> None:
        try:
            self._read = read_view(run)
        except LabsError as trouble:
            self._read = RunView(run, self.session.base_spec, state="failed", trouble=trouble)
