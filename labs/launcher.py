"""Start workers, keep one warm, hand them runs, and follow what they do. Nothing heavy is imported here."""

import asyncio
import datetime
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from labs.check_spec import check_spec
from labs.errors import RunError
from labs.handle import RunHandle
from labs.lock import refuse_if_held
from labs.orders import Order, Train
from labs.process import is_running
from labs.runs import Run, create_run, find_run
from labs.spec import RunSpec

STREAM_LIMIT = 2**20
_RANK_VARIABLES = {"WORLD_SIZE", "RANK", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"}


def _utc_now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


class Launcher:
    """Starts runs under one folder.

    A worker's imports take seconds, so ``warm`` starts one ahead; ``start`` hands it the run.
    """

    def __init__(
        self,
        runs_dir: Path,
        worker_command: Sequence[str] | None = None,
        *,
        clock: Callable[[], datetime.datetime] = _utc_now,
        environment: dict[str, str] | None = None,
    ) -> None:
        """Remember where runs live; nothing is created or started.

        Args:
            worker_command: another program that speaks the protocol; default ``python -m labs.worker``.
            clock: gives run ids their time, UTC aware.
            environment: added to the worker's environment.
        """
        self.runs_dir = runs_dir.absolute()
        self._command = tuple(worker_command or (sys.executable, "-m", "labs.worker"))
        self._clock = clock
        self._environment = environment or {}
        self._warm: asyncio.subprocess.Process | None = None
        self._warming = asyncio.Lock()

    @property
    def is_warm(self) -> bool:
        """Whether a worker stands ready or is getting ready."""
        return self._warm is not None and self._warm.returncode is None

    async def warm(self) -> None:
        """Start a worker that imports the libraries and waits; returns at once. One is enough."""
        async with self._warming:
            if not self.is_warm:
                self._warm = await self._spawn()

    async def start(
        self, spec: RunSpec, answers: dict[str, Any] | None = None, *, parallel: bool = False
    ) -> RunHandle:
        """Make the run's folder and hand it to a worker.

        Raises:
            SpecError: the spec cannot run.
            RunError: ``run.busy`` (another run trains and ``parallel`` is off), ``run.disk``.
        """
        check_spec(spec)
        if not parallel:
            refuse_if_held(self.runs_dir)
        run = create_run(self.runs_dir, spec, now=self._clock(), answers=answers)
        return await self._hand_over(run, Train(folder=str(run.folder), spec=spec, parallel=parallel))

    async def resume(self, run_id: str, *, allow_inexact: bool = False, parallel: bool = False) -> RunHandle:
        """Go on with a run from its last valid checkpoint.

        Args:
            allow_inexact: go on even where optimizer or RNG state is missing.

        Raises:
            RunError: ``run.unknown``, ``run.running``, ``run.completed``, ``run.busy``.
        """
        run = find_run(self.runs_dir, run_id)
        status = run.status()
        if status.state == "running":
            raise RunError("run.running", f"Run {run.id} is running (pid {status.pid}).", run_id=run.id)
        if status.state == "completed":
            raise RunError("run.completed", f"Run {run.id} is complete.", "Start a new one.", run_id=run.id)
        if not parallel:
            refuse_if_held(self.runs_dir)
        order = Train(
            folder=str(run.folder), spec=run.spec, resume=True, allow_inexact=allow_inexact, parallel=parallel
        )
        return await self._hand_over(run, order)

    def attach(self, run_id: str) -> RunHandle:
        """Follow a run that another process started (or that has ended), through its folder.

        Raises:
            RunError: ``run.unknown``.
        """
        return RunHandle(find_run(self.runs_dir, run_id))

    async def close(self) -> None:
        """Let the warm worker go. Runs in progress are their handles' business."""
        if self._warm is not None and self._warm.returncode is None:
            self._warm.kill()
            await self._warm.wait()
        self._warm = None

    async def take_worker(self) -> asyncio.subprocess.Process:
        """The warm worker, or a new one; it is the caller's from now on, and waits for its order on stdin.

        Raises:
            RunError: ``run.disk``.
        """
        await self.warm()
        process, self._warm = self._warm, None
        assert process is not None
        return process

    async def _hand_over(self, run: Run, order: Order) -> RunHandle:
        after = max((event.seq for event in run.events()), default=0)
        process = await self.take_worker()
        assert process.stdin is not None
        handle = RunHandle(run, process, after)
        try:
            process.stdin.write(msgspec.json.encode(order) + b"\n")
            await process.stdin.drain()
        except (BrokenPipeError, ConnectionResetError):
            # The worker died while it waited; its exit code, which wait() reports, says more than EPIPE.
            await process.wait()
        return handle

    async def _spawn(self) -> asyncio.subprocess.Process:
        try:
            self.runs_dir.mkdir(parents=True, exist_ok=True)
            # A worker's own messages before it has a run; afterwards they go to the run's log.
            with (self.runs_dir / ".worker.log").open("wb") as log:
                return await asyncio.create_subprocess_exec(
                    *self._command,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=log,
                    limit=STREAM_LIMIT,
                    start_new_session=True,
                    cwd=self.runs_dir,
                    env=worker_environment(self._environment),
                )
        except OSError as error:
            raise RunError(
                "run.disk",
                f"Cannot start a worker in {self.runs_dir}: {error}.",
                "Check the folder and space.",
            ) from error


def worker_environment(extra: dict[str, str] | None = None) -> dict[str, str]:
    """The environment of a worker: threads that do not spin, no telemetry, no foreign modules from the cwd."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    # One run is one process. Left over from a launcher around the app, these would make accelerate wait for
    # ranks that never come.
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in _RANK_VARIABLES and not name.startswith("ACCELERATE_")
    }
    return {
        "OMP_NUM_THREADS": str(cores),
        "TOKENIZERS_PARALLELISM": "false",
        "PYTORCH_CUDA_ALLOC_CONF": "expandable_segments:True",
        **inherited,
        "OMP_WAIT_POLICY": "PASSIVE",
        "GOMP_SPINCOUNT": "0",
        "PYTHONSAFEPATH": "1",
        "PYTHONUNBUFFERED": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "DISABLE_TELEMETRY": "1",
        "HF_HUB_OFFLINE": "1",
        **(extra or {}),
    }


def stop_run(run: Run) -> bool:
    """Ask the worker of a run, whoever started it, to stop and save. False: no process has the run."""
    status = run.status()
    if status.state != "running":
        return False
    started = [event for event in run.events() if getattr(event, "pid", 0) == status.pid]
    if not started or not is_running(status.pid, getattr(started[-1], "identity", "")):
        return False
    os.kill(status.pid, signal.SIGTERM)
    return True
