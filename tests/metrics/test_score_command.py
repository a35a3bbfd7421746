"""``finetutor score`` as a person runs it: tables, JSON, comparison, explanation, errors on stderr."""

import json
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

import tui
from metrics import bleu
from metrics.laboratory.definitions import WHY
from metrics.laboratory.disagreements import HINTS
from tui.cli.main import build_command


@pytest.fixture
def files(tmp_path, chinese):
    paths = tmp_path / "pred.txt", tmp_path / "ref.jsonl"
    paths[0].write_text("".join(f"{hyp}\n" for hyp, _ in chinese), encoding="utf-8")
    paths[1].write_text(
        "".join(json.dumps({"reference": ref}) + "\n" for _, ref in chinese), encoding="utf-8"
    )
    return [str(path) for path in paths]


def _run(*arguments):
    return CliRunner().invoke(build_command(["score"]), ["score", *arguments])


def test_a_table_with_signatures(files):
    result = _run(*files, "--lang", "en")
    assert result.exit_code == 0
    assert "rougeLsum" in result.stdout and "tok:zh" in result.stdout and "Read with care" in result.stdout


def test_what_is_wrong_in_a_file_is_said_in_chinese_behind_its_line(files, tmp_path):
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"prediction": 5}\n', encoding="utf-8")
    result = _run(str(bad), files[1], "--lang", "zh")
    assert result.exit_code == 2 and not result.stdout
    assert result.stderr == f"{bad} 第 1 行：prediction 是 int，不是文本。请写成字符串。\n"


def test_json_is_the_scores(files, chinese):
    result = _run(*files, "--json", "-m", "bleu", "-m", "json_field_f1")
    assert result.exit_code == 2 and "not JSON" in result.stderr
    result = _run(*files, "--json", "-m", "bleu")
    found = json.loads(result.stdout)
    expected = bleu([hyp for hyp, _ in chinese], [ref for _, ref in chinese])
    assert found["bleu"]["value"] == expected.value
    assert found["bleu"]["signature"] == expected.signature


def test_one_predictions_file_of_a_run_holds_both_systems(tmp_path):
    path = tmp_path / "predictions.jsonl"
    rows = [
        {
            "id": k,
            "prompt": "q",
            "reference": f"answer number {k}",
            "base": "no idea",
            "tuned": f"answer number {k}",
        }
        for k in range(30)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    both = [str(path), str(path), "--field", "tuned", "--against", str(path), "--against-field", "base"]
    result = _run(*both, "--json", "-m", "chrf", "-m", "exact_match")
    found = json.loads(result.stdout)
    assert [row["verdict"] for row in found] == ["b_better", "b_better"]
    assert found[1]["difference"] == 1.0
    text = _run(*both, "--lang", "zh").stdout
    assert "预测更好" in text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_explanations_in_both_languages(files, lang):
    result = _run(*files, "--explain", "--lang", lang)
    assert result.exit_code == 0, result.stderr
    assert {"en": "13a splits at spaces", "zh": "13a 只在空格"}[lang] in result.stdout
    found = json.loads(_run(*files, "--explain", "--json").stdout)
    assert {row["why"] for row in found["definitions"]} <= set(WHY)


def test_every_reason_has_words_in_both_languages():
    for lang in ("en", "zh"):
        texts = tomllib.loads((Path(tui.__file__).parent / "locale" / lang / "score.toml").read_text("utf-8"))
        for code, english in (WHY | {}).items():
            assert texts[f"why-{code}"] == english if lang == "en" else texts[f"why-{code}"]
        for code, english in HINTS.items():
            assert texts[f"hint-{code}"] == english if lang == "en" else texts[f"hint-{code}"]


def test_faults_go_to_stderr_with_file_and_line(files, tmp_path):
    bad = tmp_path / "bad.jsonl"
    bad.write_text('"a"\n{"oops": 1}\n', encoding="utf-8")
    result = _run(str(bad), files[1])
    assert result.exit_code == 2 and result.stdout == ""
    assert "bad.jsonl, line 2" in result.stderr
    for extra in (["--metric", "magic"], ["--against", files[0], "--test", "magic"]):
        assert _run(*files, *extra).exit_code == 2


def test_terminal_sequences_in_outputs_are_not_shown(tmp_path):
    pred, ref = tmp_path / "p.txt", tmp_path / "r.txt"
    pred.write_text("\x1b]52;c;ZXZpbA==\x07 hello \u202eworld\n", encoding="utf-8")
    ref.write_text("hello world\n", encoding="utf-8")
    shown = _run(str(pred), str(ref), "--explain", "--lang", "en").stdout
    assert "\x1b" not in shown and "\u202e" not in shown and "hello" in shown
