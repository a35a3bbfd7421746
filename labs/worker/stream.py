"""Where a worker's events go: the run's file first, then the launcher."""

import os
import stat
import time
from pathlib import Path
from typing import Any, BinaryIO

from labs.events import Event, encode
from labs.runs import read_events

LOG_LIMIT = 8 * 2**20
"""Bytes of run.log; what libraries print beyond it is dropped."""


class EventStream:
    """Numbers, times and writes events. Each is on its way to disk before the launcher hears of it.

    A launcher that is gone does not end the run: its pipe is then left alone. A full disk does: ``OSError``
    of the file is the caller's, after the pipe has been told.
    """

    def __init__(self, path: Path, pipe: BinaryIO | None) -> None:
        """Open ``path`` for appending, cutting off what a killed worker left half-written.

        Raises:
            OSError: the file cannot be opened.
        """
        self._pipe = pipe
        self.seq = 0
        for event in read_events(path):
            self.seq = max(self.seq, event.seq)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        self._cut_torn_line()
        self._begin = time.monotonic()

    def say(self, kind: type[Event], **fields: Any) -> Event:
        """Write one event.

        Raises:
            OSError: the file cannot be written (a full disk); the launcher has had the event all the same.
        """
        self.seq += 1
        event = kind(seq=self.seq, t=round(time.monotonic() - self._begin, 4), **fields)
        line = encode(event)
        try:
            self._write_whole(line)
        finally:
            self._tell(line)
        bound_log()
        return event

    def seconds(self) -> float:
        """Since this worker was given the run."""
        return time.monotonic() - self._begin

    def sync(self) -> None:
        """Make what was said survive a power cut."""
        os.fsync(self._file)

    def _write_whole(self, line: bytes) -> None:
        begin = os.lseek(self._file, 0, os.SEEK_END)
        written = 0
        try:
            while written < len(line):
                written += os.write(self._file, line[written:])
        except OSError:
            # A line half on a full disk would hide the next one: take it back.
            os.ftruncate(self._file, begin)
            raise

    def _tell(self, line: bytes) -> None:
        if self._pipe is None:
            return
        try:
            self._pipe.write(line)
        except OSError:
            self._pipe = None

    def _cut_torn_line(self) -> None:
        size = os.fstat(self._file).st_size
        tail = os.pread(self._file, min(size, 2**20), max(0, size - 2**20))
        if tail and not tail.endswith(b"\n"):
            os.ftruncate(self._file, size - len(tail) + tail.rfind(b"\n") + 1)


def redirect_output(log: Path) -> None:
    """Send what libraries print, from Python and from C, to the run's log from now on."""
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)


def bound_log() -> None:
    """Once the log has reached its limit, say so in it and drop the rest."""
    status = os.fstat(2)
    if stat.S_ISREG(status.st_mode) and status.st_size > LOG_LIMIT:
        os.write(2, b"\n[finetutor: the log is full; further output is dropped]\n")
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, 1)
        os.dup2(nothing, 2)
        os.close(nothing)
