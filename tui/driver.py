"""The terminal driver of the app: a terminal that has gone away must not hold the app up.

Textual's output thread dies of the first write that fails, and the next thirty block the app for good: it would
neither tell its worker nor let go of the learner's home when its window is closed.
"""

import sys
from typing import IO, Any

from textual.driver import Driver


class UntilGone:
    """The part of a text file that Textual's output thread uses; once a write has failed, the rest is dropped."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._gone = False

    def write(self, text: str) -> None:
        """Write, unless the terminal has gone."""
        self._do(self._file.write, text)

    def flush(self) -> None:
        """Flush, unless the terminal has gone."""
        self._do(self._file.flush)

    def fileno(self) -> int:
        """The file's own number."""
        return self._file.fileno()

    def _do(self, what: Any, *arguments: str) -> None:
        if self._gone:
            return
        try:
            what(*arguments)
        except OSError:
            self._gone = True


def outliving_its_terminal(driver: type[Driver]) -> type[Driver]:
    """``driver``, writing through ``UntilGone`` where it is the one for a Unix terminal."""
    if sys.platform == "win32":
        return driver
    from textual.drivers.linux_driver import LinuxDriver

    if driver is not LinuxDriver:
        return driver

    class TerminalDriver(LinuxDriver):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            self._file: Any = UntilGone(self._file)

    return TerminalDriver
