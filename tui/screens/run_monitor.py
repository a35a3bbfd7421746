"""The runs of this app: one trains, others wait their turn, a warm worker stands by. Screens only read."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from labs.chat import ChatHandle
from labs.errors import LabsError, RunError
from labs.handle import RunHandle
from labs.launcher import Launcher
from labs.lock import holder
from labs.runs import Run, create_run, list_runs
from labs.spec import RunSpec
from tui.screens.run_stack import missing_stack
from tui.screens.run_view import RunView

Done = TypeVar("Done")


class RunMonitor:
    """Starts, queues, follows and stops runs. It lives as long as the app, whatever page is in front."""

    def __init__(
        self, runs_dir: Path, clock: Callable[[], datetime], worker_command: Sequence[str] | None = None
    ) -> None:
        """Remember where runs live; nothing is started.

        Args:
            worker_command: another program that speaks the worker's protocol.
        """
        self.runs_dir = runs_dir
        self.version = 0
        """Counts every change of ``current`` and of the queue."""
        self.current: RunView | None = None
        """The run that trains now, or the last one that did."""
        self._clock = clock
        self._needs_stack = worker_command is None
        self._launcher = Launcher(runs_dir, worker_command, clock=clock)
        self._views: dict[str, RunView] = {}
        """By run id: what was followed stays in sight when the next run begins."""
        self._turn = asyncio.Lock()
        """Held while a worker is being started: its run holds the home's lock only once its libraries are loaded."""
        self._begun: set[asyncio.Task[Any]] = set()
        self._leaving = False
        self._handle: RunHandle | None = None
        self._following: asyncio.Task[None] | None = None

    @property
    def can_train(self) -> bool:
        """Whether the training stack is here."""
        return not (self._needs_stack and missing_stack())

    @property
    def is_busy(self) -> bool:
        """Whether a run trains now."""
        return self._following is not None and not self._following.done()

    @property
    def someone_trains(self) -> bool:
        """Whether a run trains on this home, ours or that of another process."""
        return self.is_busy or holder(self.runs_dir) is not None

    def queue(self) -> list[Run]:
        """Runs that wait their turn, the first to come first."""
        return [run for run in reversed(list_runs(self.runs_dir)) if self._waits(run)]

    async def warm(self) -> None:
        """Have a worker import its libraries while the learner still thinks. One that cannot start says so at Run."""
        if self.is_busy or not self.can_train:
            return
        try:
            await self._launcher.warm()
        except LabsError:
            return

    async def submit(
        self, spec: RunSpec, answers: dict[str, Any] | None = None, made: Callable[[Run], None] | None = None
    ) -> Run:
        """Start a run now, or let it wait where another trains.

        Args:
            made: told the run once it is there, also if whoever asked for it has gone meanwhile.

        Raises:
            SpecError: the spec cannot run.
            RunError: the folder cannot be written, the worker cannot be started, or the training stack is
                missing (``run.no_stack``).
        """
        self._require_stack()
        return await self._whole(self._submit(spec, answers, made or (lambda run: None)))

    async def _submit(
        self, spec: RunSpec, answers: dict[str, Any] | None, made: Callable[[Run], None]
    ) -> Run:
        async with self._turn:
            if self.is_busy:
                run = create_run(self.runs_dir, spec, now=self._clock(), answers=answers)
                self.version += 1
            else:
                handle = await self._launcher.start(spec, answers)
                self._follow(handle)
                run = handle.run
        made(run)
        return run

    async def resume(self, run_id: str) -> None:
        """Go on with a run from its last good checkpoint, or begin one that waits.

        Raises:
            RunError: it cannot be resumed; ``run.busy`` where another trains.
        """
        await self._whole(self._resume(run_id))

    async def _resume(self, run_id: str) -> None:
        async with self._turn:
            if self.is_busy and self.current is not None:
                busy = self.current.run_id
                raise RunError(
                    "run.busy", f"Run {busy} is training.", "Wait for it, or stop it.", run_id=busy
                )
            self._follow(await self._launcher.resume(run_id))

    def reattach(self) -> None:
        """Follow a run that another process of this home trains, if there is one."""
        if (
            not self.is_busy
            and (name := holder(self.runs_dir))
            and (self.runs_dir / name / "spec.json").is_file()
        ):
            self._follow(self._launcher.attach(name))

    async def stop(self) -> None:
        """Ask the run to stop after this step; its adapter is kept."""
        if self._handle is not None and self.current is not None and not self.current.is_over:
            self.current.stopping = True
            self.version += 1
            await self._handle.stop()

    async def farewell(self) -> None:
        """Tell the worker to save and stop, and let the warm one go. The run can be resumed; what waits goes on waiting."""
        self._leaving = True
        await self._launcher.close()
        if self.is_busy and self._handle is not None:
            await self._handle.stop()
            await self._handle.wait()

    async def chat(self, run: Run) -> ChatHandle:
        """Hand a worker the run's base and tuned model to ask.

        Raises:
            RunError: the worker cannot be started, or the training stack is missing (``run.no_stack``).
        """
        self._require_stack()
        return await ChatHandle.open(self._launcher, run)

    def view_of(self, run: Run) -> RunView | None:
        """The view of ``run``, if it is or was followed; None: its folder says more."""
        return self._views.get(run.id)

    async def _whole(self, doing: Coroutine[Any, Any, Done]) -> Done:
        """Finish it even if the page that asked is left meanwhile: a worker handed over by half would train unseen."""
        task = asyncio.create_task(doing)
        self._begun.add(task)
        task.add_done_callback(self._begun.discard)
        return await asyncio.shield(task)

    def _require_stack(self) -> None:
        if not self.can_train:
            names = ", ".join(missing_stack())
            raise RunError("run.no_stack", f"Not installed: {names}.", "pip install 'finetutor[labs]'")

    def _waits(self, run: Run) -> bool:
        return not run.events_file.exists() and not (
            self.current is not None and self.current.run_id == run.id
        )

    def _follow(self, handle: RunHandle) -> None:
        self._handle = handle
        self.current = RunView(handle.run, handle.run.spec, state="running", earlier=handle.after)
        self._views[handle.run.id] = self.current
        self.version += 1
        self._following = asyncio.create_task(self._take_all(handle, self.current))

    async def _take_all(self, handle: RunHandle, view: RunView) -> None:
        """Fold events as they come; behind the last, begin the next run that waits."""
        if handle.after:
            # What earlier attempts said; how they ended is no end, though the worker that goes on is still silent.
            for event in handle.run.events():
                if event.seq <= handle.after:
                    view.take(event)
            view.state, view.finished, view.phase = "running", None, "load"
            self.version += 1
        try:
            async for event in handle.events():
                view.take(event)
                self.version += 1
            await handle.wait()  # the lock is free only when the process is gone
        except OSError as error:
            # Without this the page would say "training" for ever.
            view.trouble = RunError(
                "run.unreadable",
                f"{view.run.folder}: {error.strerror}.",
                "The worker goes on by itself; look again from Runs.",
                run_id=view.run_id,
            )
        self.version += 1
        if not self._leaving and (waiting := self.queue()):
            await self._begin(waiting[0])

    async def _begin(self, run: Run) -> None:
        try:
            self._follow(await self._launcher.resume(run.id))
        except LabsError as trouble:
            self.current = self._views[run.id] = RunView(run, run.spec, trouble=trouble)
            self.version += 1
