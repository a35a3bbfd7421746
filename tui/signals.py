"""SIGTERM, SIGHUP and SIGINT end the app as its own quit does: children told, progress flushed, terminal restored.

Textual alone leaves the alternate screen and mouse reporting on after SIGTERM and SIGHUP.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable

Leave = Callable[[int], Awaitable[None]]


def leave_on_signals(leave: Leave) -> None:
    """From now on ``leave(128 + n)`` runs on signal n; a second signal while it runs changes nothing.

    Must be called in the event loop's thread, after the driver has set its own handlers. Where the platform has no
    such handlers (Windows, a loop in another thread), signals keep their meaning.
    """
    loop = asyncio.get_running_loop()
    leaving: list[asyncio.Future[None]] = []

    def begin(number: int) -> None:
        if not leaving:
            leaving.append(asyncio.ensure_future(leave(128 + number)))

    for name in ("SIGTERM", "SIGHUP", "SIGINT"):
        number = getattr(signal, name, None)
        if number is None:
            continue
        try:
            loop.add_signal_handler(number, begin, int(number))
        except (NotImplementedError, RuntimeError, ValueError):
            return
