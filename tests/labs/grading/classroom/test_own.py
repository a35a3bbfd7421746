"""Each student's own seed, rows and questions: in the handout, in the run, in the grade; nobody else's will do."""

import datetime
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from labs.errors import LabsError
from labs.grading.batch import grade_folder
from labs.grading.executor import LocalExecutor
from labs.grading.expectation import expectation_of
from labs.grading.grade import Gradebook
from labs.grading.own import own_findings
from labs.grading.store import GradeStore
from labs.rows import read_rows_of
from labs.runs import Run
from labs.submission.assignment import Assignment
from labs.submission.assignment_file import load_assignment
from labs.submission.handout import Handout, handout_for
from labs.submission.own import Draws
from labs.submission.pack import pack
from tui.cli.lab_submit_quiz import SubmitQuiz, submit_quiz
from tui.cli.main import build_command
from tui.cli.quiz_marker import BankMarker

QUESTIONS = ("lora.count-one-matrix", "lora.keep-the-scale", "lora.both-zero")
SHORT = {
    "max_steps": 2, "eval_steps": 1, "train_rows": 24, "test_rows": 4, "warmup_steps": 1, "max_new_tokens": 4,
    "per_device_train_batch_size": 8,
}  # fmt: skip


@pytest.fixture(scope="session")
def own_class(classroom: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An assignment whose students have rows and questions of their own."""
    root = tmp_path_factory.mktemp("own")
    text = (classroom.root / "hw1.toml").read_text(encoding="utf-8")
    for old, new in (
        ("per_student_seed = false", "per_student_seed = true"),
        ("split_share = 0  ", "split_share = 0.5"),
        ('file = "hidden.jsonl"', 'file = ""'),
        ("drop_hidden.perplexity", "drop_public.perplexity"),
    ):
        assert old in text
        text = text.replace(old, new)
    before, spec = text.split("[spec]\n", 1)
    values = "\n".join(f"{name} = {value}" for name, value in SHORT.items())
    text = f"{before}[spec]\n{values}\n\n{spec[spec.index('[data]') :]}"
    asked = msgspec.json.encode(QUESTIONS).decode()
    text += f'[[rubric]]\nid = "quiz"\npoints = 10\nkind = "quiz"\nquestions = {asked}\ndraw = 2\ntitle.en = "Quiz"\ntitle.zh = "测验"\n'
    (root / "hw.toml").write_text(text, encoding="utf-8")
    (root / "roster.csv").write_text("id\ns1\ns2\n", encoding="utf-8")
    return root


@pytest.fixture(scope="session")
def assignment(own_class: Path) -> Assignment:
    return load_assignment(own_class / "hw.toml")


def _handout(assignment: Assignment, student: str) -> Handout:
    return handout_for(assignment, student, Draws(assignment).of(student))


def test_a_handout_gives_rows_and_questions_of_ones_own_and_no_secret(assignment: Assignment) -> None:
    from labs.lab import find_lab

    handouts = [_handout(assignment, f"s{number}") for number in range(12)]
    assert len({one.spec["split_seed"] for one in handouts}) == len({one.seed for one in handouts}) == 12
    assert all(one.seed != one.spec["split_seed"] for one in handouts)
    assert {one.questions for one in handouts} == {
        (QUESTIONS[0], QUESTIONS[1]), (QUESTIONS[0], QUESTIONS[2]), (QUESTIONS[1], QUESTIONS[2]),
    }  # fmt: skip
    assert all(assignment.secret not in msgspec.json.encode(one).decode() for one in handouts)
    trained = []
    for one in handouts[:2]:
        rows = read_rows_of(find_lab(assignment.lab).run_spec("", one.run_fields))
        assert one.split == {name: rows.digests[name] for name in ("train_split", "validation_split")}
        assert len(rows.train) == 24 and len(rows.validation) == 50
        trained.append({row.id for row in rows.train})
    assert trained[0] != trained[1]
    # Rows stay on their side: what is validated on is never trained on.
    whole = read_rows_of(find_lab(assignment.lab).run_spec())
    assert trained[0] <= {row.id for row in whole.train}
    assert not trained[0] & {row.id for row in whole.validation}


def test_the_same_student_draws_the_same_again_and_another_secret_draws_other_rows(
    assignment: Assignment,
) -> None:
    assert _handout(assignment, "s1") == _handout(assignment, "s1")
    other = msgspec.structs.replace(assignment, secret="another secret of 16+")
    assert _handout(other, "s1").split != _handout(assignment, "s1").split


def test_rows_that_changed_since_the_assignment_was_made_stop_the_grading(assignment: Assignment) -> None:
    changed = msgspec.structs.replace(assignment, data={**assignment.data, "train": "0" * 64})
    with pytest.raises(LabsError) as caught:
        expectation_of(changed)
    assert caught.value.code == "assignment.data_changed" and "train" in caught.value.message
    changed = msgspec.structs.replace(
        assignment, base=msgspec.structs.replace(assignment.base, digests={"model.safetensors": "0" * 64})
    )
    with pytest.raises(LabsError) as caught:
        expectation_of(changed)
    assert caught.value.code == "assignment.base_changed"


@pytest.mark.trains
def test_only_ones_own_rows_are_graded_as_ones_own(
    assignment: Assignment, train_run: Callable[[Path, dict[str, Any]], Run], tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    runs = {
        student: train_run(tmp_path / "runs", _handout(assignment, student).run_fields)
        for student in ("s1", "s2")
    }
    own = {student: _handout(assignment, student).own for student in runs}
    data = {student: _manifest(run)["data"] for student, run in runs.items()}
    assert list(own_findings(runs["s1"].spec, data["s1"], own["s1"])) == []
    # The right seed in the spec, but a log of other rows.
    found = own_findings(runs["s1"].spec, data["s2"], own["s1"])
    assert [one.code for one in found] == ["data.other_split"] * 2

    pack(runs["s1"], tmp_path / "in", student="s1")
    pack(runs["s1"], tmp_path / "in", student="s2")  # handed on to a friend
    book = grade_folder(
        assignment, tmp_path / "in", GradeStore(tmp_path / "out"), LocalExecutor(log=tmp_path / "worker.log"),
        now=lambda: datetime.datetime.now(datetime.UTC),
    )  # fmt: skip
    assert _codes(book, "s1") == set()
    assert _codes(book, "s2") == {"spec.seed", "spec.split_seed", "data.other_split"}
    states = {grade.student: grade.tiers["arithmetic"] for grade in book.grades}
    assert states == {"s1": "passed", "s2": "failed"}


def _codes(book: Gradebook, student: str) -> set[str]:
    grade = next(one for one in book.grades if one.student == student)
    return {finding.code for finding in grade.findings}


def _manifest(run: Run) -> Any:
    return json.loads((run.folder / "manifest.json").read_bytes())


@pytest.fixture
def home(real_runs: dict[str, Run], tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "runs").symlink_to(real_runs["good"].folder.parent)
    return tmp_path / "home"


def _handouts(own_class: Path, out: Path) -> Path:
    words = ("assignment", "handout", str(own_class / "hw.toml"), "--roster", str(own_class / "roster.csv"))
    done = CliRunner().invoke(build_command(words), [*words, "--out", str(out)])
    assert done.exit_code == 0, done.output
    return out / "s1.json"


@pytest.mark.trains
def test_answers_are_read_before_they_are_handed_in_and_earn_what_is_right(
    assignment: Assignment, own_class: Path, real_runs: dict[str, Run], home: Path, tmp_path: Path
) -> None:
    handout = _handouts(own_class, tmp_path / "handouts")
    given = msgspec.json.decode(handout.read_bytes(), type=Handout)
    seed, asked = given.quiz_seed, given.questions
    assert len(asked) == 2

    def submit(answers: dict[str, str]) -> Any:
        (tmp_path / "answers.json").write_text(json.dumps(answers), encoding="utf-8")
        words = (
            "lab", "submit", real_runs["good"].id, "--handout", str(handout), "--out", str(tmp_path / "out"),
            "--answers", str(tmp_path / "answers.json"), "--json",
        )  # fmt: skip
        return CliRunner().invoke(build_command(words), ["--home", str(home), *words])

    refused = submit({"lora.nothing": "a"})
    assert refused.exit_code == 2 and "lora.nothing" in refused.stderr
    refused = submit({asked[0]: "that is no answer"})
    assert refused.exit_code == 2 and asked[0] in refused.stderr

    right = {question: _right(question, seed) for question in asked}
    done = submit({asked[0]: right[asked[0]]})
    assert done.exit_code in (0, 1) and asked[1] in done.stderr  # said: one is without an answer
    done = submit(right)
    assert "quiz.json" in json.loads(done.stdout)["bundle"]["files"]
    marker = BankMarker()
    assert [marker.mark(question, right[question], seed) for question in asked] == [1.0, 1.0]
    numeric = QUESTIONS[0]
    other = _right(numeric, assignment.seed_of("s2"))
    assert _right(numeric, assignment.seed_of("s1")) != other
    assert marker.mark(numeric, other, assignment.seed_of("s1")) == 0.0  # a neighbour's number


def test_questions_are_asked_one_by_one_and_no_answer_is_lost(
    assignment: Assignment,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = _handout(assignment, "s1")
    kept = tmp_path / "answers" / "s1.json"
    first, second = given.questions
    right = {question: _right(question, given.quiz_seed) for question in given.questions}

    monkeypatch.setattr("sys.stdin", io.StringIO(f"that is no answer\n{right[first]}\n"))
    with pytest.raises(EOFError):  # the terminal is closed at the second question
        SubmitQuiz(given, kept).ask()
    shown = capsys.readouterr().out
    assert first in shown and second in shown
    again = submit_quiz(given, None, kept, interactive=False)
    assert {one.question: one.answer for one in again} == {first: right[first]}
    assert second in capsys.readouterr().err

    monkeypatch.setattr("sys.stdin", io.StringIO(f"\n{right[second]}\n"))
    answers = submit_quiz(given, None, kept, interactive=True)
    assert [(one.question, one.answer) for one in answers] == list(right.items())
    assert capsys.readouterr().err == ""


def _right(question: str, seed: int) -> str:
    """What earns all points, as a student types it."""
    from quiz_bank.bank import CONTENT, load_bank
    from quiz_bank.variants import present

    bank = load_bank([CONTENT])
    variant = present(bank.question(question), seed, bank)
    if variant.choices:
        return next(choice.key for choice in variant.choices if choice.correct)
    return repr(variant.number)
