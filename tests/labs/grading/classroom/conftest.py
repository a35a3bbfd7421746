"""Three real short runs, and twelve students' bundles made from them."""

import datetime
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from labs.events import Finished, encode
from labs.lab import find_lab
from labs.runs import Run, create_run
from labs.submission.assignment import Assignment
from labs.submission.assignment_file import load_assignment
from labs.submission.assignment_template import new_assignment
from labs.submission.pack import pack
from labs.worker.libraries import quieten

quieten()

LAB = "first-qlora"
NOW = datetime.datetime(2026, 11, 22, 12, tzinfo=datetime.UTC)
SHORT = {
    "max_steps": 8, "eval_steps": 4, "train_rows": 64, "test_rows": 8, "warmup_steps": 2, "max_new_tokens": 8,
    "per_device_train_batch_size": 8, "lr_scheduler_type": "cosine", "train_file": "train.jsonl",
}  # fmt: skip
RUBRIC = """
[[rubric]]
id = "adds-up"
points = 20
expression = "tier.intake and tier.arithmetic"
title.en = "Adds up"
title.zh = "自洽"
[[rubric]]
id = "honest"
points = 10
expression = "tier.predictions"
title.en = "The adapter says what was handed in"
title.zh = "适配器能复现所交的回答"
[[rubric]]
id = "result"
points = 40
kind = "linear"
expression = "drop_hidden.perplexity"
low = 1.0
high = 1.5
title.en = "Hidden perplexity falls"
title.zh = "隐藏集困惑度下降"
[[rubric]]
id = "predicted"
points = 10
kind = "calibration"
title.en = "Predictions"
title.zh = "预测"
[[rubric]]
id = "why"
points = 20
kind = "written"
title.en = "Reflection"
title.zh = "总结"
[[caps]]
id = "other-base"
expression = "found.base_other > 0"
percent = 50
reason.en = "Another base model."
reason.zh = "基座模型不符。"
"""


def assignment_text(hidden: Path) -> str:
    """The template with our short runs, and a rubric of its own."""
    lab = find_lab(LAB)
    text = new_assignment(lab, lab.run_spec("", SHORT), "hw1", hidden=hidden)
    text = text[: text.index("[[rubric]]")].replace("per_student_seed = true", "per_student_seed = false")
    text = text.replace("split_share = 0.8", "split_share = 0  ")  # copies share their rows
    text = text.replace("# at = 2026-12-01T23:59:00+08:00", "at = 2026-11-21T20:00:00+08:00")
    values = "\n".join(f"{name} = {msgspec.json.encode(value).decode()}" for name, value in SHORT.items())
    return text.replace("[data]", f"[spec]\n{values}\n\n[data]") + RUBRIC


class Classroom:
    """A folder of submissions, and what grades them."""

    def __init__(self, root: Path, runs: dict[str, Run]) -> None:
        self.root = root
        self.runs = runs
        self.submissions = root / "submissions"
        self.submissions.mkdir()

    @property
    def assignment(self) -> Assignment:
        """As it stands in its file."""
        return load_assignment(self.root / "hw1.toml")

    def copy_of(self, name: str) -> Run:
        """A run folder of one's own, with what one run made."""
        source = self.runs[name].folder
        target = self.root / "derived" / str(len(list((self.root / "derived").glob("*")))) / source.name
        shutil.copytree(source, target)
        return Run(target)

    def hand_in(self, student: str, run: Run, *, hours: float = -1.0, **options: Any) -> Path:
        """A bundle that came in so many hours after the deadline."""
        options = {"reflections": ["The learning rate was high enough."], **options}
        path = pack(run, self.submissions, student=student, **options).path
        self.date(path, hours)
        return path

    def date(self, path: Path, hours: float) -> None:
        """Let a file have come in so many hours after the deadline."""
        due = self.assignment.deadline.at
        assert due is not None
        moment = (due + datetime.timedelta(hours=hours)).timestamp()
        os.utime(path, (moment, moment))


def _edited(path: Path, change: Callable[[Any], None]) -> None:
    content = msgspec.json.decode(path.read_bytes())
    change(content)
    path.write_bytes(msgspec.json.encode(content))


def fill(room: Classroom) -> None:
    """Twelve students, and what each hands in."""
    from safetensors.torch import load_file, save_file

    room.hand_in("s01-good", room.copy_of("good"))
    room.hand_in("s02-weak", room.copy_of("weak"))
    room.hand_in("s03-late", room.copy_of("other"), hours=30)
    forged = room.copy_of("weak")
    _edited(forged.folder / "scores.json", lambda table: table["tuned"]["exact_match"].update(value=0.97))
    room.hand_in("s04-forged", forged)
    room.hand_in("s05-copy", room.copy_of("good"))
    disguised = room.copy_of("good")
    file = disguised.adapter / "adapter_model.safetensors"
    tensors = load_file(file)
    turn = _rotation(16)
    for name in [name for name in tensors if "lora_A" in name]:
        other = name.replace("lora_A", "lora_B")
        tensors[name] = (turn.T @ tensors[name]).contiguous()
        tensors[other] = (tensors[other] @ turn).contiguous()
    save_file(tensors, file)
    room.hand_in("s06-disguised", disguised)
    leaked = room.copy_of("other")
    _edited(leaked.folder / "manifest.json", lambda table: table["data"].update(train="0" * 64))
    room.hand_in("s07-leak", leaked)
    based = room.copy_of("good")
    _edited(
        based.folder / "manifest.json",
        lambda table: table["base_model"].update({"model.safetensors": "1" * 64}),
    )
    room.hand_in("s08-other-base", based)
    stopped = room.copy_of("weak")
    events = stopped.events()
    events[-1] = msgspec.structs.replace(events[-1], outcome="cancelled", code="stopped")
    stopped.events_file.write_bytes(b"".join(encode(event) for event in events))
    for name in ("predictions.jsonl", "scores.json", "manifest.json"):
        (stopped.folder / name).unlink()
    room.hand_in("s09-unfinished", stopped, unfinished=True)
    good = (
        room.submissions / next(p.name for p in room.submissions.iterdir() if p.name.startswith("s01"))
    ).read_bytes()
    slip = room.submissions / "s10_slip.zip"
    slip.write_bytes(good)
    with zipfile.ZipFile(slip, "a") as archive:
        archive.writestr("../../../tmp/evil.json", "x")
    (room.submissions / "s11_pickle.zip").write_bytes(b"\x80\x04\x95" + bytes(100))
    (room.submissions / "s12_link.zip").symlink_to("/etc/passwd")
    for path in (slip, room.submissions / "s11_pickle.zip"):
        room.date(path, -1)
    lines = ["id,name"] + [f"{name},Student {name}" for name in ROSTER]
    (room.root / "roster.csv").write_text("\n".join(lines) + "\n")


ROSTER = (
    "s01-good", "s02-weak", "s03-late", "s04-forged", "s05-copy", "s06-disguised", "s07-leak", "S08-other-base",
    "s09-unfinished", "s13-missing",
)  # fmt: skip


def _rotation(r: int) -> Any:
    import torch

    torch.manual_seed(3)
    return torch.linalg.qr(torch.randn(r, r))[0]


@pytest.fixture(scope="session")
def real_runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """Three runs of the pocket model, trained here."""
    folder = tmp_path_factory.mktemp("runs")
    return {
        name: train_here(folder, {**SHORT, "learning_rate": rate, "seed": seed})
        for name, rate, seed in (("good", 1e-2, 42), ("weak", 2e-5, 42), ("other", 5e-3, 7))
    }


@pytest.fixture(scope="session")
def train_run() -> Callable[[Path, dict[str, Any]], Run]:
    """Trains in a folder with fields of the lab's spec changed."""
    return train_here


def train_here(folder: Path, fields: dict[str, Any]) -> Run:
    """One run of the lab, in this process, through the code of the worker."""
    from labs.orders import Train
    from labs.training.run import train
    from labs.worker.stream import EventStream

    class Never:
        should_stop = False
        stop_reason = ""

    spec = find_lab(LAB).run_spec("", fields)
    run = create_run(folder, spec, now=NOW, answers={"trainable_parameters": 1})
    stream = EventStream(run.events_file, None)
    ending = train(Train(folder=str(run.folder), spec=spec), Never(), stream)
    stream.say(Finished, seconds=round(stream.seconds(), 3), **ending)
    return run


@pytest.fixture(scope="session")
def classroom(real_runs: dict[str, Run], tmp_path_factory: pytest.TempPathFactory) -> Classroom:
    """The class, with everything handed in."""
    from labs.data import tasks

    root = tmp_path_factory.mktemp("class")
    rows = (
        (Path(tasks.__path__[0]) / "labour-law-qa" / "validation.jsonl")
        .read_bytes()
        .splitlines(keepends=True)
    )
    (root / "hidden.jsonl").write_bytes(b"".join(rows[:8]))
    (root / "hw1.toml").write_text(assignment_text(root / "hidden.jsonl"), encoding="utf-8")
    room = Classroom(root, real_runs)
    fill(room)
    return room
