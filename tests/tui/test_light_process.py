"""The process that draws stays light: what Home, Study and a session load, in a fresh interpreter."""

import subprocess
import sys
from pathlib import Path

HEAVY = [
    "torch",
    "transformers",
    "peft",
    "trl",
    "bitsandbytes",
    "datasets",
    "evaluate",
    "sklearn",
    "scipy",
    "numpy",
    "pandas",
    "sacrebleu",
    "rouge_score",
    "jieba",
    "genanki",
    "accelerate",
    "tokenizers",
    "safetensors",
    "textual_serve",
    "tomlkit",
]
SCRIPT = """
import asyncio, sys
from pathlib import Path
from tui.app import FineTutorApp
from tui.home import Home

async def walk(root):
    app = FineTutorApp(Home(root), "zh")
    async with app.run_test(size=(80, 24)) as pilot:
        learner = await app.learner_ready()
        await pilot.pause()
        await app.workers.wait_for_complete([one for one in app.workers if one.group == "behind"])
        for key in ("s", "down", "enter", "space", "3", "escape", "escape", "x", "escape", "l", "escape"):
            await pilot.press(key)
            await pilot.pause()
    learner.close()

asyncio.run(walk(Path(sys.argv[1])))
print(",".join(name for name in sys.argv[2:] if name in sys.modules))
"""


def test_home_study_exam_and_labs_load_nothing_heavy(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("started = true\n", encoding="utf-8")
    command = [sys.executable, "-c", SCRIPT, str(tmp_path), *HEAVY]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == ""
