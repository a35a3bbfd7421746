"""A run that trains while the app ends, in a real terminal: the worker is told, keeps its adapter, and is gone."""

import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from labs.events import Started
from labs.runs import Run, list_runs

FAKE = Path(__file__).parents[1] / "labs" / "fake_worker.py"
APP = """
import sys
from pathlib import Path
from tui.app import FineTutorApp
from tui.home import Home
app = FineTutorApp(Home(Path(sys.argv[1])), "en")
app.worker_command = [sys.executable, sys.argv[2], "slow", "--steps", "400"]
app.run()
sys.exit(app.return_code or 0)
"""
CTRL_RIGHT = "\x1b[1;5C"


def training(open_terminal: Any, home: Path) -> tuple[Any, Run, int]:
    """An app in a terminal whose lab has begun to train: terminal, run, process id of the worker."""
    terminal = open_terminal(home, command=[sys.executable, "-c", APP, str(home), str(FAKE)])
    terminal.read_until(b"new items")
    for keys, wanted in (
        ("l", b"Your first QLoRA run"),
        ("\r", b"Contents"),
        (CTRL_RIGHT, b"How many parameters"),
        (CTRL_RIGHT, b"learning_rate"),
        ("\r", b"still open"),
        ("\r", b"training"),
    ):
        terminal.keys(keys)
        terminal.read_until(wanted)
    (run,) = list_runs(home / "runs")
    pid = next(event.pid for event in run.events() if isinstance(event, Started))
    os.kill(pid, 0)
    return terminal, run, pid


def gone(pid: int, seconds: float = 15) -> bool:
    """Whether the process ends within that time; a zombie that nobody has collected has ended too."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        threading.Event().wait(0.05)
    return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_tells_the_worker_which_keeps_its_adapter(
    open_terminal: Any, started: Path, number: int
) -> None:
    terminal, run, pid = training(open_terminal, started)
    os.kill(terminal.process.pid, number)
    assert terminal.end() == 128 + number
    assert gone(pid)
    assert run.status().state == "cancelled"
    assert (run.adapter / "adapter_config.json").exists()
    assert b"\x1b[?1049l" in terminal.output


def test_a_killed_app_leaves_no_worker_behind(open_terminal: Any, started: Path) -> None:
    terminal, run, pid = training(open_terminal, started)
    terminal.process.kill()
    assert terminal.end() == -signal.SIGKILL
    assert gone(pid)
    assert run.status().state == "cancelled"
    assert (run.adapter / "adapter_config.json").exists()


def test_a_window_that_is_closed_while_a_run_is_drawn_leaves_nothing_behind(
    open_terminal: Any, started: Path
) -> None:
    terminal, run, pid = training(open_terminal, started)
    seen = run.status().step
    terminal.hang_up()
    # Far more is drawn meanwhile than an output that nobody takes can hold.
    while run.status().step < seen + 40:
        assert Path(f"/proc/{pid}").exists()
        threading.Event().wait(0.2)
    os.kill(terminal.process.pid, signal.SIGHUP)
    assert terminal.process.wait(20) == 128 + signal.SIGHUP
    assert gone(pid)
    assert run.status().state == "cancelled"
    assert (run.adapter / "adapter_config.json").exists()
