"""Whoever watches a run pays for no training library: checked in an interpreter of its own."""

import subprocess
import sys
from pathlib import Path

FAKE = Path(__file__).parents[2] / "labs" / "fake_worker.py"
SCRIPT = """
import asyncio, sys
from pathlib import Path
from labs.spec import RunSpec
from tui.app import FineTutorApp
from tui.home import Home
from tui.screens.compare import ComparePage
from tui.screens.run_replay import ReplayPage
from tui.screens.runs_rows import RunShelf

async def main():
    root = Path(sys.argv[1])
    (root / "settings.toml").write_text("started = true")
    app = FineTutorApp(Home(root), "en")
    app.worker_command = [sys.executable, sys.argv[2], "normal", "--steps", "8", "--delay", "0"]
    async with app.run_test(size=(80, 24)) as pilot:
        for page in ("labs", "runs", "data"):
            await app.action_go(page)
            await pilot.pause()
        run = await app.run_monitor.submit(RunSpec(task="t", base_model="Qwen/Qwen3-0.6B"))
        await app.push_screen(ReplayPage(run, app.run_monitor))
        while app.run_monitor.is_busy:
            await pilot.pause(0.05)
        rows = RunShelf(app.home.runs).read()
        await app.push_screen(ComparePage([rows[0], rows[0]]))
        await app.workers.wait_for_complete([one for one in app.workers if one.group == "read"])
        await pilot.pause()
    names = "torch transformers peft trl bitsandbytes accelerate datasets evaluate sklearn scipy".split()
    print("steps", app.run_monitor.current.step, "heavy", *[name for name in names if name in sys.modules])

asyncio.run(main())
"""


def test_a_watched_run_imports_no_training_library(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path), str(FAKE)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.split() == ["steps", "8", "heavy"], done.stderr[-2000:]
