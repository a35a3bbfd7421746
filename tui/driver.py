"""The terminal driver of the app: a terminal that has gone away must not hold the app up.

Textual's output thread dies of the first write that fails, and the next thirty block the app for good: it would
neither tell its worker nor let go of the learner's home when its window is closed. And at every SIGCONT, which comes
with the hang-up of a window, Textual begins anew without an end: the thread that read the keys so far reads on, takes
its share of them, and may never be told to stop.
"""

import os
import signal
import sys
from io import FileIO
from typing import Any

from textual.driver import Driver


class UntilGone:
    """The part of a file that Textual's drivers write with; once a write has failed, the rest is dropped."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._gone = False

    def write(self, data: str | bytes) -> None:
        """Write, unless the terminal has gone."""
        self._do(self._file.write, data)

    def flush(self) -> None:
        """Flush, unless the terminal has gone."""
        self._do(self._file.flush)

    def fileno(self) -> int:
        """The file's own number."""
        return int(self._file.fileno())

    def _do(self, what: Any, *arguments: str | bytes) -> None:
        if self._gone:
            return
        try:
            what(*arguments)
        except OSError:
            self._gone = True


def outliving_its_terminal(driver: type[Driver]) -> type[Driver]:
    """``driver``, made to do without its window where it is the one for a Unix terminal or for a browser."""
    if sys.platform == "win32":
        return driver
    from textual.drivers.linux_driver import LinuxDriver

    if driver is LinuxDriver:

        class TerminalDriver(LinuxDriver):
            def __init__(self, *arguments: Any, **options: Any) -> None:
                super().__init__(*arguments, **options)
                self._file: Any = UntilGone(self._file)

            def _sigcont_application(self, *arguments: Any) -> None:
                at_work = not self._must_signal_resume  # no stop of ours came before
                if self._auto_restart and at_work:
                    self.suspend_application_mode()
                super()._sigcont_application(*arguments)

        return TerminalDriver
    if driver.__module__ != "textual.drivers.web_driver":
        return driver
    from textual.drivers.web_driver import WebDriver

    class WindowDriver(WebDriver):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            self._write: Any = UntilGone(FileIO(self.fileno, "wb", closefd=False)).write

        def run_input_thread(self) -> None:
            super().run_input_thread()
            if not self.exit_event.is_set():
                # The server has died without a word: no terminal will hang up here, so do what one would.
                os.kill(os.getpid(), signal.SIGHUP)

    return WindowDriver
