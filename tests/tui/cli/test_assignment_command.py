"""``finetutor assignment`` and ``finetutor grade`` before anything is graded: every refusal names its file and the next step."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from labs.grading.store import GradeStore
from tui.cli.main import build_command

ROW = {"messages": [{"role": "user", "content": "2+2?"}, {"role": "assistant", "content": "4"}]}


def run(*words: object) -> Any:
    given = [str(word) for word in words]
    return CliRunner().invoke(build_command(given), given)


@pytest.fixture
def assignment(tmp_path: Path) -> Path:
    """An assignment with one hidden row."""
    (tmp_path / "hidden.jsonl").write_text(json.dumps(ROW) + "\n", encoding="utf-8")
    made = tmp_path / "hw1.toml"
    result = run("assignment", "new", made, "--lab", "first-qlora", "--hidden", tmp_path / "hidden.jsonl")
    assert result.exit_code == 0, result.output
    return made


def test_hidden_rows_that_are_not_there_are_named(tmp_path: Path) -> None:
    hidden = tmp_path / "hidden.jsonl"
    words = ("assignment", "new", tmp_path / "hw1.toml", "--lab", "first-qlora", "--hidden", hidden)
    result = run(*words)
    assert result.exit_code == 2 and not result.stdout
    assert f"{hidden}: there is no such file." in result.stderr and "--hidden" in result.stderr
    result = run("--lang", "zh", *words)
    assert f"{hidden}: 没有这个文件。" in result.stderr


def test_json_is_all_that_pinning_prints(assignment: Path) -> None:
    (assignment.parent / "hidden.jsonl").write_text(f"{json.dumps(ROW)}\n" * 2, encoding="utf-8")
    refused = run("--lang", "zh", "assignment", "check", assignment)
    assert refused.exit_code == 2 and "assignment check --pin" in refused.stderr and "隐藏" in refused.stderr
    result = run("assignment", "check", assignment, "--pin", "--json")
    assert result.exit_code == 0 and json.loads(result.stdout)["hidden_rows"] == 2


def test_a_past_term_that_is_none_is_refused(assignment: Path, tmp_path: Path) -> None:
    result = run("grade", "--assignment", assignment, "--out", tmp_path / "g", "--past", tmp_path / "nowhere")
    assert result.exit_code == 2 and f"{tmp_path / 'nowhere'}: nothing was graded there." in result.stderr


def test_a_folder_that_is_being_graded_is_left_alone(assignment: Path, tmp_path: Path) -> None:
    with GradeStore(tmp_path / "g").held():
        result = run("grade", "--assignment", assignment, "--out", tmp_path / "g")
    assert result.exit_code == 2 and "grading.busy" in result.stderr
    assert not (tmp_path / "g" / "gradebook.csv").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_said_and_not_a_traceback(assignment: Path, tmp_path: Path) -> None:
    out = tmp_path / "g"
    out.mkdir()
    (out / "audit.jsonl").symlink_to("/dev/full")
    result = run("--lang", "zh", "grade", "--assignment", assignment, "--out", out)
    assert result.exit_code == 2 and "磁盘已满" in result.stderr
