"""The app against a blank Textual app on the same machine: first paint in a pseudo-terminal, key to paint, large homes."""

import fcntl
import os
import pty
import select
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.benchmarks.measure import Row

ROOT = Path(__file__).parents[2]
_STARTS = 9
_KEYS = 120
BLANK = """
from textual.app import App
from textual.widgets import Static
class Blank(App):
    presses = 0
    def compose(self):
        yield Static("FineTutor")
    def on_key(self):
        self.presses += 1
        self.query_one(Static).update(f"FineTutor {self.presses}")
Blank().run()
"""
OURS = "from tui.cli.main import main; main()"


def measurements() -> Iterator[Row]:
    """First paint, key to paint at the 95th percentile, Home with a hundred times the cards."""
    yield _first_paint()
    yield _key_to_paint()
    yield _large_home()


def _first_paint() -> Row:
    """From starting Python to the app's name on the screen, blank and ours in turn."""
    with tempfile.TemporaryDirectory() as folder:
        _settle_home(Path(folder))
        ours, blank = [], []
        for _ in range(_STARTS):
            blank.append(_until([sys.executable, "-c", BLANK], folder, b"FineTutor"))
            ours.append(_until([sys.executable, "-c", OURS], folder, b"FineTutor"))
    mine, peer = min(ours), min(blank)
    return Row(
        "first paint, over a blank Textual app's", mine, peer, mine / peer, 1.3, "at_most", note="best of 9"
    )


def _key_to_paint() -> Row:
    """From a key to the first byte of its paint; ours on the study menu, the blank one counts its keys."""
    with tempfile.TemporaryDirectory() as folder:
        _settle_home(Path(folder))
        mine = _paint_times(
            [sys.executable, "-c", OURS], folder, ((b"new items", b"s"), (b"Flashcards", b""))
        )
        peer = _paint_times([sys.executable, "-c", BLANK], folder, ((b"FineTutor", b""),))
    ours, blank = (statistics.quantiles(times, n=20)[-1] for times in (mine, peer))
    return Row("key to paint p95, over a blank Textual app's", ours, blank, ours / blank, 1.5, "at_most")


def _large_home() -> Row:
    """From start to the next step on Home, with 100,000 cards kept and with 1,000."""
    sizes = (100_000, 1_000)
    took: dict[int, list[float]] = {count: [] for count in sizes}
    with tempfile.TemporaryDirectory() as folder:
        for count in sizes:
            home = Path(folder) / str(count)
            home.mkdir()
            _settle_home(home)
            _fill_store(home, count)
        for _ in range(5):
            for count in sizes:
                took[count].append(_until([sys.executable, "-c", OURS], f"{folder}/{count}", b"Review"))
    large, small = (min(took[count]) for count in sizes)
    name = "Home with 100,000 cards, over Home with 1,000"
    return Row(name, large, small, large / small, 1.5, "at_most", note="best of 5")


def _settle_home(home: Path) -> None:
    (home / "settings.toml").write_text("started = true\nlanguage = 'en'\n", encoding="utf-8")


def _fill_store(home: Path, count: int) -> None:
    """Cards of the learner's own, all due: they need no content file, so only the store grows."""
    from quiz_bank.store import Store

    before = datetime.now(UTC) - timedelta(days=3)
    content = '{"id":"x","topic":"data","front":{"en":"a","zh":"a"},"back":{"en":"b","zh":"b"},"source":"s"}'
    with Store.open(home / "progress.db", now=before) as store, store.transaction():
        for number in range(count):
            store.add_generated(f"own.{number}", "data", content, before)


class _Child:
    """A program in an 80x24 pseudo-terminal."""

    def __init__(self, command: list[str], home: str) -> None:
        self.primary, self._secondary = pty.openpty()
        fcntl.ioctl(self._secondary, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color", "FINETUTOR_HOME": home}
        self.began = time.perf_counter()
        self._process = subprocess.Popen(
            command,
            stdin=self._secondary,
            stdout=self._secondary,
            stderr=self._secondary,
            env=environment,
            cwd=ROOT,
            start_new_session=True,
        )
        self.output = b""

    def until(self, wanted: bytes) -> float:
        """Seconds from the start to ``wanted`` in the output."""
        start = len(self.output)
        while wanted not in self.output[start:]:
            if time.perf_counter() - self.began > 60:
                raise TimeoutError(f"{wanted!r} did not come: {self.output[-500:]!r}")
            if select.select([self.primary], [], [], 0.5)[0]:
                self.output += os.read(self.primary, 65536)
        return time.perf_counter() - self.began

    def quiet(self) -> None:
        """Read until nothing has come for a tenth of a second."""
        while select.select([self.primary], [], [], 0.1)[0]:
            self.output += os.read(self.primary, 65536)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self.primary)
        os.close(self._secondary)


def _until(command: list[str], home: str, wanted: bytes) -> float:
    child = _Child(command, home)
    try:
        return child.until(wanted)
    finally:
        child.close()


def _paint_times(command: list[str], home: str, way: tuple[tuple[bytes, bytes], ...]) -> list[float]:
    """Go the ``way`` (wait for this, press that), then press arrows and time each one's paint."""
    child = _Child(command, home)
    times = []
    try:
        for wanted, key in way:
            child.until(wanted)
            if key:
                os.write(child.primary, key)
        child.quiet()
        for number in range(_KEYS):
            began = time.perf_counter()
            os.write(child.primary, b"\x1b[B" if number % 2 == 0 else b"\x1b[A")
            if select.select([child.primary], [], [], 1.0)[0]:
                times.append(time.perf_counter() - began)
            child.quiet()
    finally:
        child.close()
    return times
