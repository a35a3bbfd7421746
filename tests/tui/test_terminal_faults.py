"""The app in a real terminal: signals, no terminal at all, sizes nobody expects, two windows on one home."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from quiz_bank.store import Store

ROOT = Path(__file__).parents[2]
START = [sys.executable, "-c", "from tui.cli.main import main; main()"]
RESTORED = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l", b"\x1b[?1003l", b"\x1b[?2004l")


class Terminal:
    """A child under a pseudo-terminal: its output, its keys, its end."""

    def __init__(self, home: Path, columns: int = 80, rows: int = 24) -> None:
        self.output = b""
        primary, secondary = pty.openpty()
        fcntl.ioctl(secondary, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.before = termios.tcgetattr(secondary)
        environment = {
            **os.environ,
            "TERM": "xterm-256color",
            "FINETUTOR_HOME": str(home),
            "LANG": "en_US.UTF-8",
        }
        self.process = subprocess.Popen(
            START,
            stdin=secondary,
            stdout=secondary,
            stderr=secondary,
            env=environment,
            cwd=ROOT,
            start_new_session=True,
        )
        self.primary, self.secondary = primary, secondary

    def read_until(self, wanted: bytes, seconds: float = 30) -> bytes:
        """Output from now on, up to and with ``wanted``."""
        start, end = len(self.output), time.monotonic() + seconds
        while wanted not in self.output[start:]:
            assert time.monotonic() < end, f"{wanted!r} did not come; last: {self.output[-800:]!r}"
            self._read(0.2)
        return self.output[start:]

    def _read(self, wait: float) -> None:
        ready, _, _ = select.select([self.primary], [], [], wait)
        if ready:
            self.output += os.read(self.primary, 65536)

    def keys(self, text: str) -> None:
        """Type."""
        os.write(self.primary, text.encode())

    def resize(self, columns: int, rows: int) -> None:
        """Change the window's size."""
        fcntl.ioctl(self.secondary, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.kill(self.process.pid, signal.SIGWINCH)

    def end(self, seconds: float = 20) -> int:
        """Wait for the child; its exit code."""
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < end, "the app did not end"
            self._read(0.1)
        while select.select([self.primary], [], [], 0)[0]:
            self.output += os.read(self.primary, 65536)
        return self.process.returncode

    def close(self) -> None:
        """Leave nothing behind."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.primary)
        os.close(self.secondary)


@pytest.fixture
def started(tmp_path: Path) -> Path:
    """A home in which the three questions have been answered."""
    (tmp_path / "settings.toml").write_text("started = true\nlanguage = 'en'\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def terminal(started: Path) -> Iterator[Terminal]:
    """The app in an 80x24 terminal, as soon as Home has counted what waits."""
    terminal = Terminal(started)
    yield terminal
    terminal.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_restores_the_terminal_and_keeps_every_answer(
    terminal: Terminal, started: Path, number: int
) -> None:
    terminal.read_until(b"new items")
    terminal.keys("s")
    terminal.read_until(b"Flashcards")
    terminal.keys("\x1b[B\r")
    terminal.read_until(b"Show answer")
    terminal.keys(" ")
    terminal.read_until(b"Again")
    terminal.keys("3")
    terminal.read_until(b"Undo")
    mark = len(terminal.output)
    os.kill(terminal.process.pid, number)
    assert terminal.end() == 128 + number
    for sequence in RESTORED:
        assert sequence in terminal.output[mark:]
    assert termios.tcgetattr(terminal.secondary) == terminal.before
    from datetime import UTC, datetime

    with Store.open(started / "progress.db", now=datetime.now(UTC)) as store:
        assert store.rows("SELECT count(*) FROM review") == [(1,)]


def test_a_window_of_one_by_one_and_two_by_five_is_survived(started: Path) -> None:
    terminal = Terminal(started, columns=1, rows=1)
    try:
        terminal.read_until(b"\x1b[?2004h")
        terminal.resize(2, 5)
        terminal.resize(80, 24)
        terminal.read_until(b"new items")
        terminal.keys("\x11")  # ctrl+q
        assert terminal.end() == 0
        assert b"Traceback" not in terminal.output
    finally:
        terminal.close()


@pytest.mark.parametrize(
    ("stdin", "term"), [("pipe", "xterm"), ("none", "xterm"), ("terminal", "dumb"), ("terminal", "")]
)
def test_without_a_usable_terminal_it_names_the_plain_commands(tmp_path: Path, stdin: str, term: str) -> None:
    primary, secondary = pty.openpty()
    environment = {**os.environ, "TERM": term, "FINETUTOR_HOME": str(tmp_path)}
    on_terminal = stdin == "terminal"
    began = time.monotonic()
    ended = subprocess.run(
        START,
        input=None if stdin != "pipe" else b"",
        stdin={"pipe": None, "none": subprocess.DEVNULL, "terminal": secondary}[stdin],
        stdout=secondary if on_terminal else subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        cwd=ROOT,
        timeout=20,
    )
    took = time.monotonic() - began
    os.close(primary)
    os.close(secondary)
    assert ended.returncode == 2
    assert b"finetutor quiz next" in ended.stderr
    assert not any(tmp_path.iterdir()), "nothing is made for an app that did not start"
    # The promise is one second on an idle machine; starting Python alone takes a good part of it here.
    blank = time.monotonic()
    subprocess.run([sys.executable, "-c", "import typer"], check=True)
    assert took < max(1.0, 4 * (time.monotonic() - blank))


def test_the_refusal_does_not_import_the_app(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom tui.home import Home\nfrom tui.start import run_app\n"
        f"assert run_app(Home(Path({str(tmp_path)!r}))) == 2\nassert 'textual' not in sys.modules"
    )
    subprocess.run(
        [sys.executable, "-c", code], check=True, stdin=subprocess.DEVNULL, capture_output=True, cwd=ROOT
    )


def test_a_second_window_on_the_same_home_says_who_holds_it(terminal: Terminal, started: Path) -> None:
    terminal.read_until(b"new items")
    second = Terminal(started)
    try:
        seen = second.read_until(str(terminal.process.pid).encode())
        assert b"answers are not kept" in seen
        second.keys("\x11")
        assert second.end() == 0
    finally:
        second.close()
    terminal.keys("\x11")
    assert terminal.end() == 0
