"""Questions from one's own run: the same run gives the same ones, and their keys are the run's own numbers."""

import math
import sys
from pathlib import Path

import msgspec
import pytest

from labs.launcher import Launcher
from labs.run_questions import RunFacts, read_facts, run_digest, run_questions
from labs.runs import Run
from labs.schedule import learning_rate_at
from labs.spec import RunSpec

FAKE = Path(__file__).parents[1] / "fake_worker.py"
SPEC = RunSpec(
    lab="tiny", task="t", base_model="Qwen/Qwen2.5-0.5B-Instruct", gradient_accumulation_steps=2,
    lr_scheduler_type="linear", warmup_steps=0.0,
)  # fmt: skip


@pytest.fixture
async def run(tmp_path: Path) -> Run:
    handle = await Launcher(
        tmp_path, [sys.executable, str(FAKE), "normal", "--steps", "24", "--delay", "0"]
    ).start(SPEC)
    await handle.wait()
    return handle.run


@pytest.fixture
def facts(run: Run) -> RunFacts:
    found = read_facts(run)
    assert found is not None
    return found


def by_name(facts: RunFacts) -> dict[str, dict[str, object]]:
    return {question["id"].rpartition(".")[2]: question for question in run_questions(facts, most=99)}


def test_the_same_run_gives_the_same_questions_in_the_same_order(run: Run, facts: RunFacts) -> None:
    again = read_facts(run)
    assert again is not None
    assert run_questions(facts) == run_questions(again)
    assert all(question["id"].startswith(f"run.{run_digest(run)[:10]}.") for question in run_questions(facts))
    assert len(run_questions(facts)) == 6


def test_keys_are_read_off_the_run(facts: RunFacts) -> None:
    questions = by_name(facts)
    # The scripted loss falls all the way, so the last evaluation is the lowest.
    assert questions["lowest-loss"]["answer"] == str(facts.evaluations[-1].step)
    # The scripted worker reports 245,760 trained parameters; twice the rank is twice as many.
    assert questions["twice-the-rank"]["answer"] == str(2 * 245_760)
    # It counts 480 tokens a step over an effective batch of 16: 30 a row.
    assert questions["tokens-a-step"]["answer"] == "30"
    right = [option["key"] for option in questions["curve"]["option"] if option["correct"]]  # type: ignore[attr-defined]
    assert right == ["flattens"]


def test_the_learning_rate_is_asked_only_where_the_formula_gives_what_was_logged(facts: RunFacts) -> None:
    # The script logs lr * (1 - t/T): the linear schedule without warm-up, and no other.
    assert "learning-rate" in by_name(facts)
    # Before the middle, where the two meet, a cosine is higher by more than a percent: then nothing is asked.
    cosine = msgspec.structs.replace(
        facts, spec=msgspec.structs.replace(facts.spec, lr_scheduler_type="cosine"), steps=facts.steps[:8]
    )
    assert "learning-rate" not in by_name(cosine)


def test_a_curve_is_asked_about_only_where_validation_was_measured(facts: RunFacts) -> None:
    assert "curve" in by_name(facts)
    # One evaluation is no curve, and a training loss that rises at its end may have met harder batches.
    assert "curve" not in by_name(msgspec.structs.replace(facts, evaluations=facts.evaluations[:1]))


def test_mistakes_never_equal_the_key(facts: RunFacts) -> None:
    for question in run_questions(facts, most=99):
        for mistake in question.get("mistake", []):
            assert mistake["value"] != question["answer"], question["id"]


def test_both_languages_are_complete(facts: RunFacts) -> None:
    for question in run_questions(facts, most=99):
        for field in ("prompt", "explain"):
            assert question[field]["en"] and question[field]["zh"] != question[field]["en"]


def test_a_run_that_never_trained_has_no_questions(tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    (folder / "spec.json").write_text('{"task": "t"}', encoding="utf-8")
    assert read_facts(Run(folder)) is None


@pytest.mark.parametrize(
    ("schedule", "step", "rate"),
    # content: T = 1000, W = 100, peak 2e-4.
    [("linear", 50, 1e-4), ("linear", 325, 1.5e-4), ("cosine", 325, 1.707e-4), ("cosine", 550, 1e-4), ("cosine", 1000, 0)],
)  # fmt: skip
def test_schedules_follow_the_published_formulas(schedule: str, step: int, rate: float) -> None:
    spec = RunSpec(task="t", learning_rate=2e-4, lr_scheduler_type=schedule)  # type: ignore[arg-type]
    assert math.isclose(learning_rate_at(spec, step, 100, 1000), rate, rel_tol=1e-3, abs_tol=1e-12)
