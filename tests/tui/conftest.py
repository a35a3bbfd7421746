"""An app over a home of its own, a small bank with every kind of item, and helpers to read the screen as a person does."""

import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from quiz_bank.bank import CONTENT
from tui.app import FineTutorApp
from tui.home import Home
from tui.i18n import Language

ROOT = Path(__file__).parent.parent.parent
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Clock:
    """A clock that tests move."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **length: float) -> None:
        self.now += timedelta(**length)


class Seen:
    """The app under a pilot, read as text."""

    def __init__(self, app: FineTutorApp, pilot: Pilot[int], clock: Clock) -> None:
        self.app, self.pilot, self.clock = app, pilot, clock

    def lines(self) -> list[str]:
        """The screen, line by line, without trailing spaces."""
        strips = self.app.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip).rstrip() for strip in strips]

    def text(self) -> str:
        """The screen in one string."""
        return "\n".join(self.lines())

    async def press(self, *keys: str) -> None:
        """Press keys, one after another, letting the app settle after each."""
        for key in keys:
            await self.pilot.press(key)
            await self.pilot.pause()
            await self.pilot.pause()

    async def type(self, text: str) -> None:
        """Type into the field that has the focus."""
        await self.pilot.press(*text)
        await self.pilot.pause()

    async def settle(self) -> None:
        """Wait for threads that read for the page in front."""
        await self.app.workers.wait_for_complete([w for w in self.app.workers if w.group == "behind"])
        await self.pilot.pause()


@pytest.fixture(scope="session")
def content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bank with one item of each kind: the worked examples of the format's documentation, and the real topics."""
    folder = tmp_path_factory.mktemp("content")
    document = (ROOT / "docs" / "content-format.md").read_text(encoding="utf-8")
    for number, block in enumerate(re.findall(r"^```toml\n(.*?)^```", document, flags=re.M | re.S)):
        (folder / f"part-{number:02}.toml").write_text("format_version = 1\n" + block, encoding="utf-8")
    shutil.copy(CONTENT / "topics.toml", folder / "topics.toml")
    (folder / "tables.toml").write_text(
        (CONTENT / "tables.toml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    for kind in ("notes", "cheats"):
        (folder / kind).mkdir()
        for lang, word in (("en", "Scale"), ("zh", "缩放")):
            (folder / kind / f"lora-math.{lang}.md").write_text(
                f"# {word}\n\n$\\frac{{\\alpha}}{{r}}$\n", encoding="utf-8"
            )
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home in which the three questions have been answered."""
    home = Home(tmp_path / "home")
    home.root.mkdir()
    home.settings.write_text("started = true\nnew_cards_a_day = 20\n", encoding="utf-8")
    return home


Open = Callable[..., Any]


@pytest.fixture
def open_app(home: Home, content: Path) -> Open:
    """``async with open_app("en", (80, 24)) as seen:``"""

    @asynccontextmanager
    async def opened(
        lang: Language = "en", size: tuple[int, int] = (80, 24), at: Home = home, clock: Clock | None = None
    ) -> AsyncIterator[Seen]:
        clock = clock or Clock()
        app = FineTutorApp(at, lang, clock)
        app.content = (content,)
        async with app.run_test(size=size) as pilot:
            await app.learner_ready()
            await pilot.pause()
            seen = Seen(app, pilot, clock)
            await seen.settle()
            yield seen
        if app.learner is not None:  # once no clock of a page reads it any more
            app.learner.close()

    return opened


@pytest.fixture
def clock() -> Clock:
    """Noon of a day in November."""
    return Clock()


@pytest.fixture
def until() -> Callable[..., Awaitable[None]]:
    """Wait for something to become true on the screen; a thread or another process takes its time."""

    async def wait(pilot: Pilot[int], condition: Callable[[], bool], seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            await pilot.pause(0.05)
            if condition():
                return
        raise AssertionError(f"it did not become true within {seconds:g} s")

    return wait


class Terminal:
    """A child under a pseudo-terminal: its output, its keys, its end."""

    def __init__(
        self, home: Path, columns: int = 80, rows: int = 24, command: Sequence[str] | None = None
    ) -> None:
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
            command or [sys.executable, "-c", "from tui.cli.main import main; main()"],
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

    def hang_up(self) -> None:
        """Close the window: what the child writes from now on fails."""
        os.close(self.primary)
        self.primary = -1

    def close(self) -> None:
        """Leave nothing behind."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.primary >= 0:
            os.close(self.primary)
        os.close(self.secondary)


@pytest.fixture
def open_terminal() -> Iterator[Callable[..., Terminal]]:
    """``open_terminal(home, columns=80, rows=24, command=None)``: the app, or another command, under a pseudo-terminal."""
    opened: list[Terminal] = []

    def start(*arguments: Any, **options: Any) -> Terminal:
        opened.append(Terminal(*arguments, **options))
        return opened[-1]

    yield start
    for terminal in opened:
        terminal.close()


@pytest.fixture
def started(tmp_path: Path) -> Path:
    """The folder of a home in which the three questions have been answered, in English."""
    (tmp_path / "settings.toml").write_text("started = true\nlanguage = 'en'\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def terminal(open_terminal: Callable[..., Terminal], started: Path) -> Terminal:
    """The app in an 80x24 terminal."""
    return open_terminal(started)
