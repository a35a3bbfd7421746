"""The app in a real terminal: signals, no terminal at all, sizes nobody expects, two windows on one home."""

import os
import pty
import signal
import subprocess
import sys
import termios
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from quiz_bank.store import Store

ROOT = Path(__file__).parents[2]
START = [sys.executable, "-c", "from tui.cli.main import main; main()"]
RESTORED = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l", b"\x1b[?1003l", b"\x1b[?2004l")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_restores_the_terminal_and_keeps_every_answer(
    terminal: Any, started: Path, number: int
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
    with Store.open(started / "progress.db", now=datetime.now(UTC)) as store:
        assert store.rows("SELECT count(*) FROM review") == [(1,)]


def test_a_window_that_is_closed_ends_the_app(started: Path, open_terminal: Any) -> None:
    own = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"  # as a terminal program gives its shell
    terminal = open_terminal(started, command=[sys.executable, "-c", own + START[2]])
    terminal.read_until(b"new items")
    terminal.keys("l")
    terminal.read_until(b"QLoRA")
    terminal.hang_up()
    assert terminal.process.wait(timeout=20) == 128 + signal.SIGHUP
    with Store.open(started / "progress.db", now=datetime.now(UTC)) as store:
        assert not store.read_only, "nobody holds it any more"


def test_an_app_that_is_told_to_go_on_without_having_been_stopped_draws_anew_and_can_be_left(
    terminal: Any,
) -> None:
    terminal.read_until(b"new items")
    for _ in range(3):
        os.kill(terminal.process.pid, signal.SIGCONT)
        terminal.read_until(b"new items")
        terminal.keys("s")
        terminal.read_until(b"Flashcards")
        terminal.keys("\x1b")
        terminal.read_until(b"new items")
    terminal.keys("\x11")
    assert terminal.end() == 0
    # What is begun and not ended leaves a reader of keys behind, which waits for one that another has read.
    assert terminal.output.count(b"\x1b[?1049l") == terminal.output.count(b"\x1b[?1049h") == 4


def test_a_window_of_one_by_one_and_two_by_five_is_survived(started: Path, open_terminal: Any) -> None:
    terminal = open_terminal(started, columns=1, rows=1)
    terminal.read_until(b"\x1b[?2004h")
    terminal.resize(2, 5)
    terminal.resize(80, 24)
    terminal.read_until(b"new items")
    terminal.keys("\x11")  # ctrl+q
    assert terminal.end() == 0
    assert b"Traceback" not in terminal.output


@pytest.mark.parametrize(
    ("stdin", "term"), [("pipe", "xterm"), ("none", "xterm"), ("terminal", "dumb"), ("terminal", "")]
)
def test_without_a_usable_terminal_it_names_the_plain_commands(tmp_path: Path, stdin: str, term: str) -> None:
    primary, secondary = pty.openpty()
    environment = {**os.environ, "TERM": term, "FINETUTOR_HOME": str(tmp_path)}
    on_terminal = stdin == "terminal"
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
    os.close(primary)
    os.close(secondary)
    assert ended.returncode == 2
    assert b"finetutor quiz next" in ended.stderr
    assert not any(tmp_path.iterdir()), "nothing is made for an app that did not start"


def test_the_refusal_does_not_import_the_app(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom tui.home import Home\nfrom tui.start import run_app\n"
        f"assert run_app(Home(Path({str(tmp_path)!r}))) == 2\nassert 'textual' not in sys.modules"
    )
    subprocess.run(
        [sys.executable, "-c", code], check=True, stdin=subprocess.DEVNULL, capture_output=True, cwd=ROOT
    )


def test_a_second_window_on_the_same_home_says_who_holds_it(
    terminal: Any, started: Path, open_terminal: Any
) -> None:
    terminal.read_until(b"new items")
    second = open_terminal(started)
    assert str(terminal.process.pid).encode() in second.read_until(b"answers are not kept")
    second.keys("\x11")
    assert second.end() == 0
    terminal.keys("\x11")
    assert terminal.end() == 0


def test_a_home_that_cannot_be_made_is_said_and_the_app_works_in_memory(
    tmp_path: Path, open_terminal: Any
) -> None:
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    terminal = open_terminal(tmp_path / "file" / "home")
    terminal.read_until(b"memory")  # one word: where the notice wraps depends on the path's length
    terminal.keys("\x11")
    assert terminal.end() == 0
    assert b"Traceback" not in terminal.output
    assert (tmp_path / "file").read_text(encoding="utf-8") == "not a folder"
