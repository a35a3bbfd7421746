"""SIGTERM, SIGHUP and SIGINT end the app as its own quit does: children told, progress flushed, terminal restored.

Textual alone leaves the alternate screen and mouse reporting on after SIGTERM and SIGHUP. And a window that is
closed sends SIGHUP and SIGCONT together: Textual answers the second by beginning anew on a terminal that is no more,
its writer dies of that, and the app would wait for the writer for ever, unseen.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from types import FrameType

Leave = Callable[[int], Awaitable[None]]


def leave_on_signals(leave: Leave) -> None:
    """From now on ``leave(128 + n)`` runs on signal n; a second signal while it runs changes nothing.

    Must be called in the event loop's thread, after the driver has set its own handlers. Where the platform has no
    such handlers (Windows, a loop in another thread), signals keep their meaning.
    """
    loop = asyncio.get_running_loop()
    leaving: list[asyncio.Task[None]] = []
    had_terminal = _has_terminal()

    def begin(number: int) -> None:
        if not leaving:
            leaving.append(loop.create_task(_left(leave, 128 + number, had_terminal)))

    for name in ("SIGTERM", "SIGHUP", "SIGINT"):
        number = getattr(signal, name, None)
        if number is None:
            continue
        try:
            loop.add_signal_handler(number, begin, int(number))
        except (NotImplementedError, RuntimeError, ValueError):
            return
    if had_terminal:
        _go_on_only_with_a_terminal()


def _has_terminal() -> bool:
    """Whether what the app draws on is a terminal, and still there."""
    return sys.__stderr__ is not None and os.isatty(sys.__stderr__.fileno())


def _go_on_only_with_a_terminal() -> None:
    """SIGCONT means what the driver made of it, unless the terminal is gone."""
    go_on = signal.getsignal(signal.SIGCONT)

    def handle(number: int, frame: FrameType | None) -> None:
        if callable(go_on) and _has_terminal():
            go_on(number, frame)

    signal.signal(signal.SIGCONT, handle)


async def _left(leave: Leave, code: int, had_terminal: bool) -> None:
    await leave(code)
    if had_terminal and not _has_terminal():
        os._exit(code)  # all is flushed, and there is no terminal to restore: waiting for it would not end
