"""``finetutor quiz`` as a person and as a script use it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from quiz_bank.bank import CONTENT, load_bank
from tui.cli.main import build_command
from tui.cli.output import fitted

Quiz = Callable[..., Result]


@pytest.fixture
def quiz(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Quiz:
    """Runs ``finetutor --home TMP quiz ...``."""
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.delenv("LC_MESSAGES", raising=False)

    def run(*arguments: str, typed: str | None = None) -> Result:
        command = build_command(["quiz"])
        return CliRunner().invoke(
            command, ["--home", str(tmp_path / "home"), "quiz", *arguments], input=typed
        )

    return run


def parsed(result: Result) -> Any:
    return json.loads(result.stdout)


def test_a_question_is_shown_for_scripts_without_its_key_and_graded_from_one_line(quiz: Quiz) -> None:
    asked = parsed(quiz("next", "--id", "lora.both-zero", "--json"))
    assert asked["kind"] == "boolean" and "correct" not in json.dumps(asked)
    graded = quiz("next", "--id", "lora.both-zero", "--answer", "false", "--json")
    assert graded.exit_code == 0
    answer = parsed(graded)
    assert answer["verdict"]["correct"] is True and answer["due"]


def test_asking_in_the_terminal_takes_the_answer_and_explains_in_chinese(quiz: Quiz) -> None:
    result = quiz("next", "--id", "lora.bits-nf4-dq", "--seed", "1", "--lang", "zh", typed="4\n")
    assert result.exit_code == 0
    assert "答错了" in result.stdout and "4 比特只是编码本身" in result.stdout


def test_an_ambiguous_number_is_refused_with_the_reason_and_not_graded(quiz: Quiz) -> None:
    result = quiz("next", "--id", "lora.bits-nf4-dq", "--seed", "1", "--answer", "4,1", "--json")
    assert result.exit_code == 1
    assert parsed(result)["code"] == "comma"


def test_what_was_answered_is_not_asked_next(quiz: Quiz) -> None:
    narrowed = ("next", "--topic", "lora-math", "--kind", "single", "--json")
    first = parsed(quiz(*narrowed))["id"]
    assert quiz("next", "--id", first, "--answer", "1", "--json").exit_code == 0
    assert parsed(quiz(*narrowed))["id"] != first


def test_an_unknown_item_is_named_with_its_neighbours(quiz: Quiz) -> None:
    result = quiz("show", "lora.both-zeros")
    assert result.exit_code == 2
    assert "did you mean lora.both-zero" in result.stderr and result.stdout == ""


def test_show_prints_every_combination_with_its_key(quiz: Quiz) -> None:
    result = quiz("show", "lora.bits-nf4-dq", "--all", "--json")
    numbers = sorted(variant["number"] for variant in parsed(result))
    # 4 + 8/b + 32/(b g) for b in 32, 64 and g in 128, 256.
    assert numbers == sorted(4 + 8 / b + 32 / (b * g) for b in (32, 64) for g in (128, 256))


def test_the_bank_is_counted(quiz: Quiz) -> None:
    counts = parsed(quiz("stats", "--bank", "--json"))
    assert (
        counts["questions"]
        == sum(counts["kinds"].values())
        == sum(t["all"] for t in counts["topics"].values())
    )
    assert counts["problems"] == 0
    assert "lora-math" in quiz("stats", "--bank").stdout


def test_lines_too_wide_for_a_terminal_break_between_words_under_where_they_begin() -> None:
    assert fitted("  1) short", 80) == ["  1) short"]
    assert fitted("  1) one two three four", 14) == ["  1) one two", "     three", "     four"]
    assert fitted("把学习率调大一倍，其余不变。", 10) == ["把学习率调", "大一倍，其", "余不变。"]
    assert fitted("a\n    code = 1", 80) == ["a\n    code = 1"]


def test_lint_says_where_and_exits_1_on_errors(quiz: Quiz, tmp_path: Path) -> None:
    decks = tmp_path / "home" / "decks"
    decks.mkdir(parents=True)
    bad = decks / "bad.toml"
    bad.write_text('[[card]]\nid = "x"\ntopic = "lora-math"\nfront = "f"\n', encoding="utf-8")
    result = quiz("lint", "--file", str(bad), "--json")
    assert result.exit_code == 1
    (found,) = parsed(result)["findings"]
    assert (found["code"], found["line"], found["item"], found["field"]) == ("schema", 1, "x", "back")
    bad.unlink()
    good = decks / "good.toml"
    shutil.copy(CONTENT / "facts.toml", tmp_path / "copy.toml")
    good.write_text(
        '[[card]]\nid = "x"\ntopic = "lora-math"\nfront = "f"\nback = "b"\nsource = "me"\n', encoding="utf-8"
    )
    assert quiz("lint", "--file", str(good)).exit_code == 0


def test_lint_reads_a_file_wherever_it_lies_against_the_bank(quiz: Quiz, tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    card = '[[card]]\nid = "mine.x"\ntopic = "lora-math"\nfront = "f"\nback = "b"\nsource = "me"\n'
    mine.write_text(card, encoding="utf-8")
    good = quiz("lint", "--file", str(mine))
    assert good.exit_code == 0 and "0 questions and 1 cards: 0 errors" in good.stderr
    mine.write_text(card.replace("lora-math", "nope"), encoding="utf-8")
    bad = quiz("lint", "--file", str(mine), "--json")
    assert bad.exit_code == 1
    (found,) = parsed(bad)["findings"]
    assert (found["line"], found["item"], found["field"]) == (1, "mine.x", "topic")
    (taken,) = (one.id for one in load_bank([CONTENT]).questions[:1])
    mine.write_text(card.replace("mine.x", taken), encoding="utf-8")
    assert "duplicate-id" in quiz("lint", "--file", str(mine)).stdout


def test_an_export_of_nothing_is_refused_with_what_there_is(quiz: Quiz, tmp_path: Path) -> None:
    result = quiz("export", str(tmp_path / "x.csv"), "--topic", "nope")
    assert result.exit_code == 2 and "lora-math" in result.stderr and not (tmp_path / "x.csv").exists()


def test_a_deck_goes_out_and_comes_back_and_is_asked(quiz: Quiz, tmp_path: Path) -> None:
    out = tmp_path / "lora.gift"
    exported = parsed(quiz("export", str(out), "--topic", "lora-math", "--kind", "boolean", "--json"))
    assert exported["questions"] >= 1 and out.is_file()
    imported = parsed(quiz("import", str(out), "--name", "My LoRA", "--json"))
    assert Path(imported["deck"]) == tmp_path / "home" / "decks" / "my-lora.toml"
    asked = parsed(quiz("next", "--id", "my-lora.lora.both-zero", "--answer", "false", "--json"))
    assert asked["verdict"]["correct"] is True


def test_a_broken_deck_is_refused_with_line_and_reason(quiz: Quiz, tmp_path: Path) -> None:
    source = tmp_path / "deck.md"
    source.write_text("# One\nback\n---\n# Two\n- a\n- b\n", encoding="utf-8")
    result = quiz("import", str(source))
    assert result.exit_code == 1
    assert "deck.md:4: broken: Two: 0 choices are marked" in result.stdout
    assert "nothing was imported" in result.stdout
    assert not (tmp_path / "home" / "decks").exists()
    xml = tmp_path / "quiz.xml"
    xml.write_text("<quiz><question>", encoding="utf-8")
    assert "quiz.xml:1: not XML" in quiz("import", str(xml)).stderr


def test_nothing_that_is_printed_steers_the_terminal(quiz: Quiz, tmp_path: Path) -> None:
    source = tmp_path / "evil.csv"
    source.write_bytes("\x1b]0;title\x07front,\u202eback\n".encode())
    assert quiz("import", str(source), "--name", "evil").exit_code == 0
    shown = quiz("show", parsed(quiz("import", str(source), "--name", "evil", "--json"))["deck"])
    assert "\x1b" not in shown.stderr + shown.stdout
