"""Exams, plan, weights, items and progress from the command line, as scripts use them."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from quiz_bank.opening import open_progress
from tui.cli.main import build_command
from tui.home import Home

Quiz = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def quiz(home: Home) -> Quiz:
    """Runs ``finetutor --home ... quiz ARGUMENTS``."""

    def run(*arguments: str, code: int = 0, home: Home = home) -> Result:
        argv = ["--home", str(home.root), "quiz", *arguments]
        result = CliRunner().invoke(build_command(argv), argv, env={"LC_ALL": "C.UTF-8"})
        assert result.exit_code == code, (result.output, result.stderr, result.exception)
        return result

    return run


def asked(quiz: Quiz, *arguments: str) -> Any:
    return json.loads(quiz(*arguments, "--json").stdout)


def a_choice_of_a_new_exam(quiz: Quiz) -> str:
    """Start an exam and name an item of it that one number answers."""
    items = asked(quiz, "exam", "start", "--blueprint", "whole-bank", "--seed", "7")["sheet"]["items"]
    return str(next(item["question"] for item in items if item["kind"] == "single"))


def test_an_exam_is_drawn_sat_over_several_commands_and_reported(quiz: Quiz) -> None:
    begun = asked(quiz, "exam", "start", "--blueprint", "ten-minutes", "--seed", "7")
    items = begun["sheet"]["items"]
    assert begun["seed"] == 7 and len(items) >= 4
    assert "still open" in quiz("exam", "start", code=1).stderr
    first = asked(quiz, "exam", "show", "1")
    assert first["id"] == items[0]["question"]
    choices = [item["place"] + 1 for item in items if item["kind"] in ("single", "multi", "boolean")]
    for number in choices[:2]:
        assert asked(quiz, "exam", "answer", str(number), "1")["answer"] is not None
    asked(quiz, "exam", "answer", str(choices[1]), "")
    assert asked(quiz, "exam", "flag", "2") == {"number": 2, "flagged": [2]}
    overview = asked(quiz, "exam", "show")
    assert overview["flagged"] == [2] and choices[0] not in overview["unanswered"]
    assert choices[1] in overview["unanswered"]
    assert 0 < overview["seconds_left"] <= 600
    assert "Time left" in quiz("exam", "show").stdout
    assert "剩余时间" in quiz("exam", "show", "--lang", "zh").stdout
    done = asked(quiz, "exam", "finish")
    assert done["answered"] == 1 and len(done["results"]) == len(items)
    assert asked(quiz, "exam", "report") == done
    assert [one["exam"] for one in asked(quiz, "exam", "history")["exams"]] == [1]
    assert "Study next" in quiz("exam", "report").stdout
    assert "No exam is running" in quiz("exam", "show", code=1).stderr


def test_the_same_seed_draws_the_same_exam_in_another_home(quiz: Quiz, tmp_path: Path) -> None:
    sheets = [
        json.loads(quiz("exam", "start", "--seed", "3", "--json", home=Home(tmp_path / name)).stdout)["sheet"]
        for name in ("one", "two")
    ]
    assert sheets[0] == sheets[1]


def test_blueprints_say_what_is_not_verified(quiz: Quiz) -> None:
    assert {one["id"] for one in asked(quiz, "exam", "blueprints")} >= {
        "acp-fine-tuning",
        "whole-bank",
        "ten-minutes",
    }
    assert "Not officially confirmed" in quiz("exam", "blueprints").stdout
    assert "no blueprint" in quiz("exam", "start", "--blueprint", "nonsense", code=2).stderr


def test_the_plan_needs_a_date_ahead(quiz: Quiz) -> None:
    assert "exam date" in quiz("plan", code=2).stderr
    assert "over" in quiz("plan", "--exam", "2020-01-01", code=2).stderr
    day = (datetime.now(UTC) + timedelta(days=12)).strftime("%Y-%m-%d")
    found = asked(quiz, "plan", "--exam", day, "--minutes", "15")
    assert found["minutes_a_day"] == 15 and len(found["days"]) in (12, 13, 14)
    assert "minutes" in quiz("plan", "--exam", day).stdout


def test_readiness_says_that_there_is_too_little_data(quiz: Quiz) -> None:
    found = asked(quiz, "ready")
    assert found["overall"] is None and all(topic["estimate"] is None for topic in found["topics"])
    assert "too little data" in quiz("ready").stdout
    assert "数据太少" in quiz("ready", "--lang", "zh").stdout


def test_optimise_says_its_limit_plainly(quiz: Quiz) -> None:
    found = asked(quiz, "optimise")
    assert (found["fitted"], found["counted"], found["needed"], len(found["weights"])) == (False, 0, 512, 21)
    assert "512" in quiz("optimise").stdout
    assert "默认参数" in quiz("optimise", "--default", "--lang", "zh").stdout


def test_items_are_counted_and_nothing_is_said_too_early(quiz: Quiz) -> None:
    question = a_choice_of_a_new_exam(quiz)
    quiz("next", "--id", question, "--answer", "1")
    found = asked(quiz, "stats", "--items")
    assert found["responses"] == 1 and found["items"][0]["difficulty"] is None
    assert found["suspicious"] == []
    text = quiz("stats", "--items").stdout
    assert question in text and "Nothing suspicious" in text


def test_progress_moves_to_another_home_whole_or_not_at_all(quiz: Quiz, home: Home, tmp_path: Path) -> None:
    quiz("exam", "start", "--blueprint", "ten-minutes", "--seed", "1")
    quiz("exam", "answer", "1", "1")
    quiz("exam", "finish")
    file, other = tmp_path / "progress.jsonl", Home(tmp_path / "other")
    quiz("progress", "export", str(file))
    assert quiz("progress", "export").stdout.splitlines()[0].startswith('{"type":"finetutor-progress"')
    added = json.loads(quiz("progress", "import", str(file), "--json", home=other).stdout)
    assert added["exams"] == 1 and added["attempts"] == 1
    broken = tmp_path / "broken.jsonl"
    broken.write_bytes(file.read_bytes()[:-30])
    last = len(broken.read_bytes().splitlines())
    third = Home(tmp_path / "third")
    refused = quiz("progress", "import", str(broken), code=1, home=third)
    assert f"broken.jsonl:{last}: " in refused.stderr and "nothing was imported" in refused.stderr
    with open_progress(third.progress_db, third.backups, now=datetime.now(UTC)).store as store:
        assert store.rows("SELECT count(*) FROM exam") == [(0,)]
    missing = quiz("progress", "import", str(tmp_path / "none"), code=1)
    assert "No such file" in missing.stderr


def test_a_home_that_is_in_use_can_be_read_and_not_written(quiz: Quiz, home: Home) -> None:
    with open_progress(home.progress_db, home.backups, now=datetime.now(UTC)).store:
        assert "has your progress open" in quiz("exam", "history").stderr
        assert "read-only" in quiz("exam", "start", code=1).stderr


def test_a_damaged_database_ends_the_command_with_the_next_step(quiz: Quiz, home: Home) -> None:
    home.root.mkdir(parents=True)
    home.progress_db.write_bytes(b"nonsense" * 200)
    result = quiz("exam", "history", code=1)
    assert "damaged" in result.stderr and "start afresh" in result.stderr
    assert home.progress_db.read_bytes() == b"nonsense" * 200


def test_a_damaged_database_is_restored_from_the_newest_good_backup(quiz: Quiz, home: Home) -> None:
    question = a_choice_of_a_new_exam(quiz)
    quiz("next", "--id", question, "--answer", "1")
    quiz("undo")
    quiz("next", "--id", question, "--answer", "1")
    quiz("exam", "show")  # a command after the first answer makes the backup
    assert list(home.backups.glob("*.db"))
    home.progress_db.write_bytes(b"nonsense" * 200)
    assert "restore the backup" in quiz("exam", "history", code=1).stderr
    assert "Restored progress-" in quiz("progress", "restore").stdout
    assert asked(quiz, "exam", "show")["exam"] == 1
    assert len(list(home.root.glob("progress.db.damaged-*"))) >= 1
    assert asked(quiz, "undo")["item"] == question


def test_items_are_suspended_flagged_and_taken_back(quiz: Quiz) -> None:
    question = a_choice_of_a_new_exam(quiz)
    marked = asked(quiz, "mark", question, "--suspend", "--flag", "--note", "the key looks wrong")
    assert marked["suspended"] and marked["flagged"] and marked["note"] == "the key looks wrong"
    assert not asked(quiz, "mark", question, "--resume")["suspended"]
    assert "no item" in quiz("mark", "nonsense", "--flag", code=1).stderr
    assert "nothing to take back" in quiz("undo", code=1).stderr
    quiz("next", "--id", question, "--answer", "1")
    assert asked(quiz, "undo")["item"] == question
    assert asked(quiz, "progress", "mend-clock") == {"future": 0, "changed": 0}
