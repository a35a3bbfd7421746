"""Handing in: the same run gives the same bytes, an unfinished one is refused, and a student sees what the grader will."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from labs.runs import Run
from labs.submission.bundle import QuizAnswer, bundle_name
from labs.submission.errors import SubmissionError
from labs.submission.pack import pack
from tui.cli.main import build_command

pytestmark = pytest.mark.trains
Invoke = Callable[..., Any]


@pytest.fixture
def invoke(real_runs: dict[str, Run], tmp_path: Path) -> Invoke:
    """Run ``finetutor`` on a home that holds the real runs."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "runs").symlink_to(real_runs["good"].folder.parent)

    def run(*words: str) -> Any:
        return CliRunner().invoke(build_command(words), ["--home", str(tmp_path / "home"), *words])

    return run


def test_the_same_run_gives_the_same_bytes(real_runs: dict[str, Run], tmp_path: Path) -> None:
    options: dict[str, Any] = {
        "student": "s1",
        "name": "张三",
        "reflections": ["因为"],
        "quiz": [QuizAnswer(question="q", answer="a")],
    }
    one, two = (pack(real_runs["good"], tmp_path / name, **options) for name in ("a", "b"))
    assert one.path.name == two.path.name == bundle_name("s1", "first-qlora", real_runs["good"].id)
    assert one.path.read_bytes() == two.path.read_bytes() and one.sha256 == two.sha256
    assert pack(real_runs["good"], tmp_path / "a", **{**options, "student": "s2"}).sha256 != one.sha256


@pytest.mark.parametrize(
    ("student", "name"),
    [("../../etc/passwd", "etcpasswd"), ("a_b c", "abc"), ("学号一", "学号一"), ("///", "x")],
)
def test_a_bundles_name_stays_in_its_folder(student: str, name: str) -> None:
    assert bundle_name(student, "lab", "run") == f"{name}_lab_run.zip"


def test_a_run_that_did_not_complete_is_refused_unless_told(
    real_runs: dict[str, Run], tmp_path: Path
) -> None:
    import shutil

    stopped = Run(tmp_path / real_runs["weak"].id)
    shutil.copytree(real_runs["weak"].folder, stopped.folder)
    log = stopped.events_file.read_bytes()
    stopped.events_file.write_bytes(log.replace(b'"outcome":"completed"', b'"outcome":"cancelled"'))
    with pytest.raises(SubmissionError) as caught:
        pack(stopped, tmp_path / "out", student="s1")
    assert caught.value.code == "submit.unfinished"
    assert pack(stopped, tmp_path / "out", student="s1", unfinished=True).outcome == "cancelled"
    with pytest.raises(SubmissionError) as caught:
        pack(real_runs["good"], tmp_path / "out", student="  ")
    assert caught.value.code == "submit.no_student"


def test_submit_says_what_the_grader_will_find(
    invoke: Invoke, classroom: Any, real_runs: dict[str, Run], tmp_path: Path
) -> None:
    handouts = tmp_path / "handouts"
    made = invoke(
        "assignment",
        "handout",
        str(classroom.root / "hw1.toml"),
        "--roster",
        str(classroom.root / "roster.csv"),
        "--out",
        str(handouts),
    )
    assert made.exit_code == 0, made.output
    handout = handouts / "s01-good.json"
    assert classroom.assignment.secret not in handout.read_text() and "hidden" not in json.loads(
        handout.read_text()
    )
    done = invoke(
        "lab",
        "submit",
        real_runs["good"].id,
        "--student",
        "s01-good",
        "--out",
        str(tmp_path),
        "--handout",
        str(handout),
        "--json",
    )
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["findings"] == [] and set(said["bundle"]["files"]) >= {
        "spec.json",
        "adapter/adapter_model.safetensors",
    }
    narrow = json.loads(handout.read_text())
    narrow["allowed"]["learning_rate"] = {"high": 1e-4}
    handout.write_text(json.dumps(narrow))
    found = invoke(
        "lab",
        "submit",
        real_runs["good"].id,
        "--student",
        "s01-good",
        "--out",
        str(tmp_path),
        "--handout",
        str(handout),
        "--lang",
        "zh",
    )
    assert "评分程序会发现" in found.stdout and "spec.not_allowed" in found.stdout


def test_an_assignment_is_made_checked_and_pinned(invoke: Invoke, tmp_path: Path) -> None:
    hidden, file = tmp_path / "hidden.jsonl", tmp_path / "hw.toml"
    row = {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}
    hidden.write_bytes(msgspec.json.encode(row) + b"\n")
    assert (
        invoke("assignment", "new", str(file), "--lab", "first-qlora", "--hidden", str(hidden)).exit_code == 0
    )
    assert invoke("assignment", "new", str(file), "--lab", "first-qlora").exit_code == 2  # never overwritten
    checked = invoke("assignment", "check", str(file), "--json")
    assert json.loads(checked.stdout)["hidden_rows"] == 1
    hidden.write_bytes(hidden.read_bytes() * 2)
    refused = invoke("assignment", "check", str(file))
    assert refused.exit_code == 2 and "hidden_changed" in refused.stderr
    assert invoke("assignment", "check", str(file), "--pin").exit_code == 0
    seeds = invoke("assignment", "seeds", str(file), "--roster", str(_roster(tmp_path)), "--json")
    assert len(set(json.loads(seeds.stdout).values())) == 3


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('lab = "first-qlora"', 'lab = "nothing"', "nothing"),
        ("low = 1e-5", "loww = 1e-5", "loww"),
        ('expression = "tier.arithmetic"', 'expression = "claimed.bleu > 1"', "claimed.bleu"),
        ('expression = "tier.arithmetic"', 'expression = "tier."', "expression"),
        ("# at = 2026-12-01T23:59:00+08:00", "at = 2026-12-01T23:59:00", "offset"),
        ("floor_percent = 50", "floor_percent = 500", "floor_percent"),
        ('id = "reflection"', 'id = "result"', "twice"),
        ("[allowed.r]", "[allowed.rank]", "rank"),
    ],
)  # fmt: skip
def test_a_wrong_assignment_is_refused_with_its_field(
    invoke: Invoke, tmp_path: Path, old: str, new: str, field: str
) -> None:
    file = tmp_path / "hw.toml"
    assert invoke("assignment", "new", str(file), "--lab", "first-qlora").exit_code == 0
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    refused = invoke("assignment", "check", str(file))
    assert refused.exit_code == 2 and field in refused.stderr


def _roster(folder: Path) -> Path:
    (folder / "roster.csv").write_text("学号,姓名\n1,一\n2,二\n3,三\n", encoding="utf-8")
    return folder / "roster.csv"
