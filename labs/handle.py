"""Follow one run: its events as they come, a way to stop it, and how it ended."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from labs.events import Event, Finished, Started, Step, Warned, decode
from labs.process import is_running
from labs.proposal import smaller_setting
from labs.runs import Run

NOISE_LIMIT = 65536
"""Bytes of output that is no event kept in run.log; what follows is counted and dropped."""


class EventTail:
    """Reads what is new in an event file, whole lines only."""

    def __init__(self, path: Path, after: int = 0) -> None:
        self._path = path
        self._after = after
        self._offset = 0

    def read(self) -> list[Event]:
        """Events added since the last call."""
        if not self._path.exists():
            return []
        with self._path.open("rb") as file:
            file.seek(self._offset)
            data = file.read()
        whole = data.rpartition(b"\n")[0]
        self._offset += len(whole) + 1 if whole else 0
        events = []
        for line in whole.splitlines():
            try:
                event = decode(line)
            except msgspec.DecodeError:
                continue
            if event.seq > self._after:
                events.append(event)
        return events


class RunHandle:
    """A run in a worker's hands, or one that is only looked at.

    Events are read from the run's file, which the worker writes first; its stdout tells when to look. So any
    number of readers may come and go, and none can make the worker wait.
    """

    def __init__(self, run: Run, process: asyncio.subprocess.Process | None = None, after: int = 0) -> None:
        self.run = run
        self.noise_bytes = 0
        """Output on stdout that was no event."""
        self._process = process
        self._last_line = b""
        """The worker's last event as it came through the pipe: a full disk may have kept it out of the file."""
        self.after = after
        """Events up to this ``seq`` are of earlier attempts; 0 where there was none, or where it is only looked at."""
        self._wake = asyncio.Event()
        self._kernel_kills = _oom_kills()
        self._pump = asyncio.create_task(self._drain(process)) if process is not None else None

    async def events(self, after: int | None = None) -> AsyncIterator[Event]:
        """Yield events until the run ends; the last is always ``Finished``.

        Args:
            after: start behind this ``seq``; default: with this start or resumption of the run.
        """
        tail = EventTail(self.run.events_file, self.after if after is None else after)
        told_of_noise = False
        while True:
            wake, alive = self._wake, self._is_alive()
            for event in tail.read():
                yield event
                if isinstance(event, Finished) and event.seq > self.after and not self._goes_on_after(event):
                    return
            if self.noise_bytes > NOISE_LIMIT and not told_of_noise:
                told_of_noise = True
                yield Warned(
                    seq=0,
                    t=0.0,
                    code="output_truncated",
                    message="The worker floods its output; the rest is dropped.",
                )
            if not alive:
                yield await self._ending()
                return
            try:
                await asyncio.wait_for(wake.wait(), 1.0 if self._process is not None else 0.2)
            except TimeoutError:
                continue

    async def stop(self) -> None:
        """Ask for a stop after this step; the adapter is kept. Does nothing where no process has the run."""
        if self._process is not None:
            if self._process.returncode is None:
                self._process.send_signal(signal.SIGTERM)
            return
        started = self._last_start()
        if started is not None and is_running(started.pid, started.identity):
            os.kill(started.pid, signal.SIGTERM)

    def kill(self) -> None:
        """Let go at once; what was not saved is lost. Only for a worker of our own."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()

    async def wait(self) -> Finished:
        """Wait for the end and say how it was: the run's last event, or ``interrupted`` where it has none."""
        if self._process is not None:
            await self._process.wait()
            if self._pump is not None:
                await self._pump
            return await self._ending()
        async for event in self.events():
            if isinstance(event, Finished):
                return event
        raise AssertionError("events() ends with Finished")

    def _goes_on_after(self, finished: Finished) -> bool:
        """Whether a ``Finished`` in the file belongs to an earlier attempt, with a later start behind it."""
        started = self._last_start()
        return started is not None and started.seq > finished.seq

    def _last_start(self) -> Started | None:
        return next((event for event in reversed(self.run.events()) if isinstance(event, Started)), None)

    def _is_alive(self) -> bool:
        if self._process is not None:
            return self._process.returncode is None or (self._pump is not None and not self._pump.done())
        return self.run.status().state == "running"

    async def _ending(self) -> Finished:
        events = self.run.events(self.after)
        if events and isinstance(events[-1], Finished):
            return events[-1]
        if (said := self._said_last()) is not None:
            return said
        step = max((event.step for event in events if isinstance(event, Step)), default=0)
        seconds = events[-1].t if events else 0.0
        code = self._process.returncode if self._process is not None else None
        outcome = "killed" if code == -signal.SIGKILL or code == 137 else "crashed"
        message, hint = f"The worker ended without a word at step {step}", "`finetutor lab resume` goes on."
        proposal = {}
        if outcome == "killed":
            message = f"The worker was killed at step {step}"
            proposal = smaller_setting(self.run.spec)
            if _oom_kills() > self._kernel_kills:
                outcome, message = "out_of_memory", f"The kernel killed the worker for memory at step {step}"
            changes = ", ".join(f"{name}={value}" for name, value in proposal.items())
            hint = f"If memory was short, try {changes}." if changes else hint
        elif code is not None and code < 0:
            message += f" (signal {signal.Signals(-code).name})"
        elif code:
            message += f" (exit code {code})"
        return Finished(
            seq=0, t=seconds, outcome="interrupted", code=outcome, message=message + ".", hint=hint, step=step,
            seconds=seconds, proposal=proposal,
        )  # fmt: skip

    async def _drain(self, process: asyncio.subprocess.Process) -> None:
        """Read the worker's stdout to its end so that it never blocks; keep at most ``NOISE_LIMIT`` of noise."""
        assert process.stdout is not None
        line = b""
        while chunk := await process.stdout.read(65536):
            *whole, line = (line + chunk).split(b"\n")
            for one in whole:
                if not one.startswith(b'{"type":'):
                    self._note_noise(one + b"\n")
                else:
                    self._last_line = one
            if len(line) > NOISE_LIMIT:
                self._note_noise(line)
                line = b""
            self._notify()
        await process.wait()
        if process.stdin is not None:
            process.stdin.close()
        self._notify()

    def _said_last(self) -> Finished | None:
        try:
            event = decode(self._last_line)
        except msgspec.DecodeError:
            return None
        return event if isinstance(event, Finished) else None

    def _notify(self) -> None:
        wake, self._wake = self._wake, asyncio.Event()
        wake.set()

    def _note_noise(self, data: bytes) -> None:
        room = NOISE_LIMIT - self.noise_bytes
        self.noise_bytes += len(data)
        if room <= 0:
            return
        with contextlib.suppress(OSError), self.run.log_file.open("ab") as log:
            # A log that takes no more must not keep us from reading on: the worker would wait for it for ever.
            log.write(data[:room])
            if len(data) >= room:
                log.write(b"\n[finetutor: further output on stdout dropped]\n")


def _oom_kills() -> int:
    """How many processes the kernel has killed for memory since boot, where it says."""
    counters = Path("/proc/vmstat")
    if not counters.exists():
        return 0
    for line in counters.read_text(encoding="ascii").splitlines():
        if line.startswith("oom_kill "):
            return int(line.split()[1])
    return 0
