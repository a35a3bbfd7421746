"""The parent's side of a recomputation worker: start, ask with a deadline, kill, start again."""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec

from labs.errors import LabsError
from labs.grading.recompute_order import RecomputeAnswer, RecomputeSetup, RecomputeTask
from labs.launcher import worker_environment

_START_SECONDS = 300.0
_ANSWER_BYTES = 32 * 2**20


class RecomputeError(LabsError):
    """A submission's recomputation did not end well: ``recompute.timeout``, ``recompute.crashed``, or what it raised."""


class WorkerError(LabsError):
    """No worker can be started here: a library or the base model is missing."""


class _Reply(msgspec.Struct):
    ready: bool = False
    error: dict[str, str] = {}


class RecomputeWorker:
    """One worker process that keeps the base model. Not to be shared between threads."""

    def __init__(
        self, setup: RecomputeSetup, *, log: Path, seconds: float = 900.0, threads: int | None = None
    ) -> None:
        """Remember what it is for; the process starts with the first task.

        Args:
            log: what its libraries print is appended there.
            seconds: wall clock one submission may take.
            threads: of one worker, where OMP_NUM_THREADS does not say; several workers that each take all cores are
                many times slower than one.
        """
        self._threads = threads
        self._setup = setup
        self._log = log
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._pending = b""

    @property
    def pid(self) -> int:
        """Of the process; 0 where there is none."""
        return 0 if self._process is None else self._process.pid

    def recompute(self, task: RecomputeTask) -> RecomputeAnswer:
        """Have one task done.

        Raises:
            RecomputeError: this submission cannot be recomputed; the worker is fit for the next.
            WorkerError: no submission can.
        """
        if self._process is None or self._process.poll() is not None:
            self._start()
        try:
            self._send(task)
            line = self._line(self._seconds)
        except (TimeoutError, BrokenPipeError, EOFError) as error:
            code = self.stop()
            if isinstance(error, TimeoutError):
                raise RecomputeError(
                    "recompute.timeout", f"took more than {self._seconds:g} s and was stopped."
                ) from error
            raise RecomputeError("recompute.crashed", f"the process ended ({code}).") from error
        if line.startswith(b'{"error"'):
            error_said = msgspec.json.decode(line, type=_Reply).error
            raise RecomputeError(error_said["code"], error_said["message"])
        return msgspec.json.decode(line, type=RecomputeAnswer)

    def stop(self) -> int | None:
        """Kill the worker and all it started. Returns its exit status."""
        process, self._process, self._pending = self._process, None, b""
        if process is None:
            return None
        ended = process.poll()
        if ended is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue  # what was still to be sent has no reader any more
        return process.returncode if ended is None else ended

    def kill(self) -> None:
        """End the process from another thread; a ``recompute`` that waits for it then says that it crashed."""
        process = self._process
        if process is not None and process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    def _start(self) -> None:
        self.stop()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "labs.grading.recomputing"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=self._log.parent,
                env=worker_environment(_root() | self._own_threads()),
                start_new_session=True,
            )
        try:
            self._send(self._setup)
            line = self._line(_START_SECONDS)
        except (TimeoutError, BrokenPipeError, EOFError) as error:
            raise WorkerError(
                "grading.worker",
                f"The grading worker ended at its start (status {self.stop()}).",
                f"See {self._log}.",
            ) from error
        reply = msgspec.json.decode(line, type=_Reply)
        if not reply.ready:
            self.stop()
            raise WorkerError(
                "grading.worker",
                reply.error.get("message", "The grading worker said nothing."),
                f"See {self._log}.",
            )

    def _own_threads(self) -> dict[str, str]:
        if self._threads is None or "OMP_NUM_THREADS" in os.environ:
            return {}
        return {"OMP_NUM_THREADS": str(self._threads)}

    def _send(self, what: msgspec.Struct) -> None:
        assert self._process is not None and self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode(what) + b"\n")
        self._process.stdin.flush()

    def _line(self, seconds: float) -> bytes:
        """The next line it says.

        Raises:
            TimeoutError: none within ``seconds``, or one without end.
            EOFError: it is gone.
        """
        assert self._process is not None and self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        deadline = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(descriptor, selectors.EVENT_READ)
            while b"\n" not in self._pending:
                left = deadline - time.monotonic()
                if left <= 0 or len(self._pending) > _ANSWER_BYTES:
                    raise TimeoutError
                if selector.select(left):
                    chunk = os.read(descriptor, 65536)
                    if not chunk:
                        raise EOFError
                    self._pending += chunk
        line, _, self._pending = self._pending.partition(b"\n")
        return line


def _root() -> dict[str, str]:
    """Our own package wherever it lies: the worker's folder is the instructor's, with who knows what in it."""
    root = str(Path(__file__).resolve().parents[2])
    inherited = os.environ.get("PYTHONPATH", "")
    return {"PYTHONPATH": f"{root}{os.pathsep}{inherited}" if inherited else root}
