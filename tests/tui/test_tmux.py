"""Wide, joined, combining and right-to-left text in a terminal that lays it out itself: tmux, where there is one."""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.cells import cell_len

ROOT = Path(__file__).parents[2]
TMUX = shutil.which("tmux")
APP = """
import sys
from pathlib import Path
from tui.app import FineTutorApp
from tui.home import Home
app = FineTutorApp(Home(Path(sys.argv[1])), "en")
app.content = (Path(sys.argv[1]) / "content",)
app.run()
"""
FRONT = r"👩\u200d👩\u200d👧 🇨🇳 ❤\ufe0f e\u0301 שלום \u202egnol\u202c \u2066x\u2069 "
TOPIC = """
format_version = 1
[[topic]]
id = "data"
code = "T1"
title = "Data"
short = "Data"
summary = "Rows."
objective = [{ en = "Clean.", zh = "会清洗。", bloom = "apply" }]
"""

Pane = Callable[..., list[str]]


@pytest.fixture
def pane(started: Path) -> Iterator[Pane]:
    """``pane(wanted, *keys)``: press keys, wait until ``wanted`` is on the screen, and give its lines."""
    if TMUX is None:
        pytest.skip("no tmux here: apt-get install tmux")
    (started / "content").mkdir()
    (started / "content" / "topics.toml").write_text(TOPIC, encoding="utf-8")
    (started / "decks").mkdir()
    (started / "decks" / "wide.toml").write_text(
        f'format_version = 1\n[[card]]\nid = "mine.wide"\ntopic = "data"\nfront = "{FRONT}{"中文字符宽度" * 12}"\n'
        f'back = "{"字" * 40} tail"\nsource = "me"\n',
        encoding="utf-8",
    )
    socket = ["-S", str(started / "tmux"), "-f", "/dev/null"]

    def tmux(*words: str) -> str:
        return subprocess.run(
            [str(TMUX), "-u", *socket, *words], check=True, capture_output=True, text=True, cwd=ROOT
        ).stdout

    environment = [f"{name}={os.environ[name]}" for name in ("PATH", "HOME") if name in os.environ]
    command = ["env", *environment, "LANG=C.UTF-8", sys.executable, "-c", APP, str(started)]
    tmux("new-session", "-d", "-s", "t", "-x", "80", "-y", "24", *command)

    def shown(wanted: str, *keys: str) -> list[str]:
        if keys:
            tmux("send-keys", "-t", "t", *keys)
        end = time.monotonic() + 30
        while wanted not in (screen := tmux("capture-pane", "-p", "-t", "t")):
            assert time.monotonic() < end, f"{wanted!r} did not come:\n{screen}"
            threading.Event().wait(0.1)
        return screen.splitlines()

    yield shown
    tmux("kill-server")


def test_widths_are_right_and_bidi_controls_are_gone(pane: Pane) -> None:
    pane("new item")
    pane("Flashcards", "s")
    pane("Show answer", "Down", "Enter")
    lines = pane("Again", "Space")
    text = "\n".join(lines)
    assert all(part in text for part in ("שלום", "é", "👩", "tail"))
    assert not {"\u202e", "\u202c", "\u2066", "\u2069"} & set(text)
    assert all(cell_len(line) <= 80 for line in lines)
    # Nothing drawn after or below wide text is pushed aside: clock, ratings and intervals stand in their columns.
    assert cell_len(lines[0][: lines[0].index("◷")]) == 80 - len("◷ 0:00") - 3
    ratings = [line for line in lines if any(word in line for word in ("Again", "Hard", "Good", "Easy"))]
    assert len({line.index(next(w for w in line.split() if w.isalpha())) for line in ratings}) == 1
    assert text.count("字") == 40 + 12, "no half of a wide character is lost at a line's end"
