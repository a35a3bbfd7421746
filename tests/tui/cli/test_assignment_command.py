"""``finetutor assignment`` and ``finetutor grade`` before anything is graded: every refusal names its file and the next step."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from labs.grading.store import GradeStore
from labs.lab import find_lab
from tui.cli.lab_submit import fields_of, not_allowed
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


def test_a_student_reads_before_the_run_what_the_assignment_does_not_allow(
    assignment: Path, tmp_path: Path
) -> None:
    (tmp_path / "roster.csv").write_text("id\ns1\n", encoding="utf-8")
    result = run("assignment", "handout", assignment, "--roster", tmp_path / "roster.csv", "--out", tmp_path)
    handout = tmp_path / "s1.json"
    assert result.exit_code == 0 and handout.is_file()
    fields = fields_of(handout, "first-qlora")
    lab = find_lab("first-qlora")
    assert not_allowed(handout, lab.run_spec("", {**fields, "learning_rate": 0.002, "r": 8})) == []
    said = "\n".join(
        not_allowed(handout, lab.run_spec("", {**fields, "learning_rate": 2.0, "r": 5, "max_steps": 3}))
    )
    assert "learning_rate = 2.0 is not allowed (allowed: 1e-05..0.05)." in said
    assert "r = 5 is not allowed (allowed: 2, 4, 8, 16, 32, 64)." in said
    assert "max_steps = 3 is not allowed (allowed: unset)." in said


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('"hidden.exact_match"', '"hidden.exactmatch"', "rubric.result.expression: hidden.exactmatch is unknown."),
        ('"hidden.exact_match"', '"hidden"', "rubric.result.expression: hidden is unknown."),
        ('"tier.arithmetic"', '"tier.arithmetics"', "There are: tier.arithmetic,"),
        ('"found.base_other > 0"', '"spec.rank > 8"', "caps.other-base.expression: spec.rank is unknown."),
        ('file = "hidden.jsonl"', 'file = ""', "hidden.exact_match needs a hidden test set."),
        ("points = 50", 'points = "x"', "rubric.result.points: Expected `float`, got `str`."),
        ("choices = [2", "choises = [2", "allowed.r: Object contains unknown field `choises`."),
        ("replay_steps = 0", 'metrics = ["blue"]', "evaluation.metrics: 'blue' is unknown."),
    ],
)  # fmt: skip
def test_what_would_cost_the_whole_class_its_points_is_refused_with_its_place(
    assignment: Path, right: str, wrong: str, said: str
) -> None:
    text = assignment.read_text(encoding="utf-8")
    assert right in text
    assignment.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    result = run("assignment", "check", assignment)
    assert result.exit_code == 2 and said in result.stderr and f"{assignment}: " in result.stderr
    spoken = run("--lang", "zh", "assignment", "check", assignment).stderr
    assert any("\u4e00" <= character <= "\u9fff" for character in spoken.removeprefix(str(assignment)))
