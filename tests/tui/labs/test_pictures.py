"""Four main screens against pictures that were looked at. After a wanted change: FINETUTOR_ACCEPT=1, and look at them."""

import os
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import msgspec
import pytest

from labs.events import Finished
from labs.lab import load_lab
from labs.lab_progress import LabProgress, save_progress
from labs.orders import Train
from labs.runs import Run, create_run
from tui.app import FineTutorApp
from tui.home import Home
from tui.screens.session import SessionPage
from tui.sessions.session import Session
from tui.sessions.sources import Listed

PICTURES = Path(__file__).parents[1] / "pictures"
FAKE = Path(__file__).parents[2] / "labs" / "fake_worker.py"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
CONTENT = """
format_version = 1
[[topic]]
id = "lora-math"
code = "T1"
title = { en = "LoRA arithmetic", zh = "LoRA 计算" }
short = { en = "LoRA maths", zh = "LoRA 计算" }
summary = { en = "Numbers.", zh = "数字。" }
objective = [{ en = "Count.", zh = "会算。", bloom = "apply" }]
[[topic]]
id = "data"
code = "T2"
title = { en = "Data", zh = "数据" }
short = { en = "Data", zh = "数据" }
summary = { en = "Rows.", zh = "样本。" }
objective = [{ en = "Clean.", zh = "会清洗。", bloom = "apply" }]
[[blueprint]]
id = "check"
title = { en = "Two questions", zh = "两道题" }
summary = { en = "A short check.", zh = "小测。" }
items = 2
minutes = 10
pass_mark = 0.6
scoring = "all-or-nothing"
kinds = ["single"]
verified = { shares = false, items = false, minutes = false, pass_mark = false, scoring = false, kinds = false }
source = "This project"
section = [{ title = "LoRA", topics = ["lora-math"], share = 60 }, { title = "Data", topics = ["data"], share = 40 }]
[[card]]
id = "card.rows"
topic = "data"
front = { en = "What is a row?", zh = "什么是一行？" }
back = { en = "One example.", zh = "一个样本。" }
source = "This project"
[[question]]
id = "scale"
topic = "lora-math"
kind = "single"
bloom = "apply"
difficulty = 2
source = "arXiv:2106.09685, section 4.1"
lab = "tiny"
prompt.en = "You double $r$ and leave $\\\\alpha$ alone. What happens to the scale of the update?"
prompt.zh = "$r$ 加倍，$\\\\alpha$ 不变。更新量的缩放会怎样？"
explain.en = "The update is $\\\\frac{\\\\alpha}{r}BA$."
explain.zh = "更新量是 $\\\\frac{\\\\alpha}{r}BA$。"
[[question.option]]
en = "It halves"
zh = "减半"
correct = true
why = { en = "The scale is $\\\\alpha/r$.", zh = "缩放是 $\\\\alpha/r$。" }
[[question.option]]
en = "It doubles"
zh = "加倍"
why = { en = "The matrices grow, the scale does not.", zh = "变大的是矩阵，不是缩放。" }
[[question.option]]
en = "It stays the same"
zh = "不变"
why = { en = "True of a scale that does not know $r$.", zh = "只有缩放与 $r$ 无关时才对。" }
"""
SAID = {"trainable_parameters": 245_760, "total_steps": 15, "warmup_steps": 6, "memory": 420, "curve": 0}

Until = Callable[[Any, Callable[[], bool]], Awaitable[None]]


def shown(picture: str) -> list[str]:
    """Every text of an SVG screenshot with its place and its style: what is drawn, without generated names."""
    styles = dict(re.findall(r"\.[\w-]+-(r\d+) \{([^}]*)\}", picture))
    texts = re.findall(r'<text class="[\w-]+-(r\d+)" x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)</text>', picture)
    return [f"{float(y):7.1f} {float(x):7.1f} {unescape(text)} {styles[name]}" for name, x, y, text in texts]


def check(app: FineTutorApp, name: str) -> None:
    """The screen is the picture that was accepted."""
    picture = re.sub(r"@font-face\s*\{.*?\}", "", app.export_screenshot(title="FineTutor"), flags=re.DOTALL)
    path = PICTURES / f"{name}.svg"
    if os.environ.get("FINETUTOR_ACCEPT"):
        PICTURES.mkdir(exist_ok=True)
        path.write_text(picture, encoding="utf-8")
    assert shown(picture), "an empty picture would prove nothing"
    assert shown(picture) == shown(path.read_text(encoding="utf-8"))


@pytest.fixture
def played(catalog: Path, home: Home) -> Run:
    """A run of the small lab by the scripted worker, with times that do not depend on this machine."""
    lab = load_lab(catalog / "tiny")
    run = create_run(home.runs, lab.run_spec(""), now=NOON, answers=SAID)
    order = msgspec.json.encode(Train(folder=str(run.folder), spec=run.spec)) + b"\n"
    command = [sys.executable, str(FAKE), "normal", "--steps", "20", "--delay", "0"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as worker:
        assert worker.stdin is not None
        worker.stdin.write(order)
        worker.stdin.flush()
        assert worker.wait(30) == 0
    lines = []
    for event in run.events():
        event = msgspec.structs.replace(event, t=float(event.seq))
        if isinstance(event, Finished):
            event = msgspec.structs.replace(event, seconds=54.0)
        lines.append(msgspec.json.encode(event) + b"\n")
    run.events_file.write_bytes(b"".join(lines))
    save_progress(home.root / "labs", "tiny", LabProgress(run_id=run.id))
    return run


async def test_home_and_an_answered_question(home: Home, until: Until, catalog: Path, tmp_path: Path) -> None:
    (tmp_path / "content").mkdir()
    (tmp_path / "content" / "bank.toml").write_text(CONTENT, encoding="utf-8")
    app = FineTutorApp(home, "en", lambda: NOON)
    app.content, app.lab_catalog = (tmp_path / "content",), catalog
    async with app.run_test(size=(100, 30)) as pilot:
        learner = await app.learner_ready()
        await until(pilot, lambda: app.screen.behind is not None)
        await pilot.pause()
        check(app, "home")
        assert not learner.bank.problems
        page = SessionPage(Session(learner, Listed(["scale"])))
        await app.push_screen(page)
        await pilot.pause()
        choices = page.session.question.variant.choices
        await pilot.press(str(next(n for n, choice in enumerate(choices, 1) if not choice.correct)))
        await pilot.pause()
        await pilot.press("f2")
        await pilot.pause()
        check(app, "question")
    learner.close()


async def test_a_run_and_its_results(played: Run, make_app: Any, until: Until) -> None:
    app = make_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await app.learner_ready()
        await app.action_go("labs")
        await pilot.pause()
        await pilot.press("enter")
        await until(
            pilot, lambda: type(app.screen).__name__ == "ResultsStep" and app.screen.outcome is not None
        )
        await pilot.pause()
        check(app, "results")
        await pilot.press("f2", "ctrl+left")
        await until(
            pilot, lambda: type(app.screen).__name__ == "RunStep" and "已完成" in app.export_screenshot()
        )
        await pilot.pause()
        check(app, "run")
    app.learner.close()
