"""What reaches a worker from outside: the order, commands, SIGTERM, and the end of stdin when its parent is gone."""

import os
import queue
import signal
import threading
from collections.abc import Iterator
from types import FrameType

import msgspec

from labs.orders import Ask, Command, Order, Stop


class Control:
    """Holds whether to stop and why; training looks at it after every step."""

    def __init__(self) -> None:
        self.stop_reason = ""
        """Empty, or ``asked`` (a command or SIGTERM) or ``parent_gone`` (stdin ended)."""
        self.questions: queue.SimpleQueue[Ask | None] = queue.SimpleQueue()
        """Prompts for a chat; None when there will be no more."""

    @property
    def should_stop(self) -> bool:
        """Stop after this step."""
        return bool(self.stop_reason)

    def stop(self, reason: str) -> None:
        """Ask for a stop; the first reason is kept."""
        self.stop_reason = self.stop_reason or reason
        self.questions.put(None)

    def listen_for_sigterm(self) -> None:
        """SIGTERM means: stop after this step, save, say so."""

        def on_terminate(signum: int, frame: FrameType | None) -> None:
            self.stop("asked")

        signal.signal(signal.SIGTERM, on_terminate)

    def wait_for_order(self, stdin: int) -> Order | None:
        """Block until the order comes, then listen for commands in a thread. None: stdin ended first.

        Args:
            stdin: a file descriptor; a buffered file would be locked by the thread when the process ends.

        Raises:
            msgspec.DecodeError: the first line is no order.
        """
        lines = _lines(stdin)
        line = next(lines, b"")
        if not line.strip():
            return None
        order: Order = msgspec.json.decode(line, type=Order)
        threading.Thread(target=self._listen, args=(lines,), daemon=True, name="commands").start()
        return order

    def _listen(self, lines: Iterator[bytes]) -> None:
        for line in lines:
            try:
                command = msgspec.json.decode(line, type=Command)
            except msgspec.DecodeError as error:
                print(f"not a command: {error}")
                continue
            if isinstance(command, Stop):
                self.stop("asked")
            else:
                self.questions.put(command)
        self.stop("parent_gone")


def _lines(descriptor: int) -> Iterator[bytes]:
    rest = b""
    while chunk := os.read(descriptor, 65536):
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
