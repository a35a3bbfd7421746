"""A small catalogue, a home, and the app with a scripted worker: what the lab pages are driven with."""

import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from tui.app import FineTutorApp
from tui.home import Home

FAKE = Path(__file__).parents[2] / "labs" / "fake_worker.py"
LAB = """
format_version = 1
id = "tiny"
order = 1
minutes = 5
difficulty = 1
title.en = "A tiny lab"
title.zh = "小实验"
summary.en = "Learn the answers."
summary.zh = "学会回答。"
objectives = [{ en = "Read a curve.", zh = "读懂曲线。" }]
hints = [{ en = "Look at the curve.", zh = "看曲线。" }, { en = "It flattens.", zh = "它变平了。" }]
reflection = [{ en = "What surprised you?", zh = "什么让你意外？" }]
[reference]
en = "The memory of the libraries."
zh = "运行库占的内存。"
[spec]
base_model = "Qwen/Qwen2.5-0.5B-Instruct"
train_file = "TRAIN"
validation_file = "TRAIN"
test_file = "TRAIN"
num_train_epochs = 4
eval_steps = 5
metrics = ["bleu", "exact_match"]
[[hyperparameters]]
name = "r"
low = 1
high = 64
note.en = "Rank of the update."
note.zh = "更新量的秩。"
[[checks]]
id = "better"
points = 3
expression = "gain.bleu > 20"
title.en = "BLEU rises by 20"
title.zh = "BLEU 提高 20"
hint.en = "Look at the learning rate."
hint.zh = "看学习率。"
"""
ROWS = 100


def write_tiny_lab(parent: Path) -> Path:
    """One lab over a hundred rows below ``parent``; returns the catalogue's folder."""
    train = parent / "train.jsonl"
    row = {
        "messages": [
            {"role": "user", "content": "How long?"},
            {"role": "assistant", "content": "Six months."},
        ]
    }
    train.write_bytes((msgspec.json.encode(row) + b"\n") * ROWS)
    folder = parent / "catalog" / "tiny"
    folder.mkdir(parents=True)
    (folder / "lab.toml").write_text(LAB.replace("TRAIN", str(train)), encoding="utf-8")
    (folder / "guide.en.md").write_text(
        "# Tiny\n\nRead `this` first.\n\n## Steps\n\nThen that.\n", encoding="utf-8"
    )
    (folder / "guide.zh.md").write_text("# 小实验\n\n先读这里。\n\n## 步骤\n\n再读那里。\n", encoding="utf-8")
    return folder.parent


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    """One lab over a hundred rows."""
    return write_tiny_lab(tmp_path)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home whose learner has been here before."""
    root = tmp_path / "home"
    root.mkdir()
    (root / "settings.toml").write_text("started = true\n", encoding="utf-8")
    return Home(root)


@pytest.fixture
def make_app(catalog: Path, home: Home) -> Callable[..., FineTutorApp]:
    """The app in one language; ``worker`` are arguments of the scripted worker."""

    def make(*worker: str, lang: str = "en") -> FineTutorApp:
        app = FineTutorApp(home, "zh" if lang == "zh" else "en")
        app.lab_catalog = catalog
        app.worker_command = [
            sys.executable,
            str(FAKE),
            *(worker or ("normal", "--steps", "20", "--delay", "0")),
        ]
        return app

    return make


@pytest.fixture
def seen() -> Callable[[FineTutorApp], str]:
    """Everything on the screen as text, line by line."""

    def read(app: FineTutorApp) -> str:
        strips = app.screen._compositor.render_strips()
        return "\n".join(strip.text for strip in strips)

    return read
