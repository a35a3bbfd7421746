"""``finetutor data`` as scripts use it: results on stdout, the rest on stderr, exit codes that mean something."""

import json
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tui.cli.data import app

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    def call(*words: object) -> Result:
        return CliRunner().invoke(app, [str(word) for word in words], env={"LC_ALL": "C.UTF-8"})

    return call


@pytest.fixture
def train(lines_file: Callable[..., Path], chat: Callable[..., dict[str, Any]]) -> Path:
    rows = [
        chat(f"第{at}条是什么？", f"第{at}条规定了{at}天。", id=f"r{at}", group=f"g{at % 10}")
        for at in range(40)
    ]
    return lines_file(rows, "train.jsonl")


def test_check_tells_good_from_bad_by_its_exit_code(run: Run, train: Path) -> None:
    good = run("check", train)
    assert good.exit_code == 0 and "nothing found" in good.stdout and good.stderr == ""
    train.write_bytes(train.read_bytes() + b'{"messages": [{"ro')
    bad = run("check", train, "--json")
    assert bad.exit_code == 1
    (report,) = json.loads(bad.stdout)
    assert report["errors"] == 1
    assert (report["findings"][0]["code"], report["findings"][0]["line"]) == ("read.truncated", 41)


def test_what_cannot_be_done_is_said_on_stderr_with_code_2(run: Run, tmp_path: Path) -> None:
    missing = run("check", tmp_path / "none.jsonl")
    assert missing.exit_code == 2 and missing.stdout == ""
    assert "none.jsonl" in missing.stderr and missing.stderr.count("\n") == 1
    assert run("report", tmp_path / "none.jsonl", "--loss-on", "half").exit_code == 2


def test_convert_says_what_it_dropped_and_never_overwrites(run: Run, train: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    done = run("convert", train, target, "--to", "bailian-sft", "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["dropped"] == {"id": 40, "group": 40}
    assert run("convert", train, target, "--to", "alpaca").exit_code == 2
    assert run("convert", train, target, "--to", "alpaca", "--force").exit_code == 0
    before = train.read_bytes()
    assert run("convert", train, train, "--to", "alpaca", "--force").exit_code == 2
    assert train.read_bytes() == before


def test_the_way_from_one_file_to_three_without_leaks(run: Run, train: Path, tmp_path: Path) -> None:
    clean = tmp_path / "clean.jsonl"
    assert run("clean", train, clean, "--near", "0.95").exit_code == 0
    parts = tmp_path / "parts"
    split = run("split", clean, parts, "--group", "group", "--shares", "0.6,0.2,0.2", "--json")
    assert split.exit_code == 0 and json.loads(split.stdout)["rows"] == {
        "train": 24,
        "validation": 8,
        "test": 8,
    }
    files = [parts / f"{name}.jsonl" for name in ("train", "validation", "test")]
    honest = run("leakage", *files, "--near", "0.95")
    assert honest.exit_code == 0, honest.stdout
    more = tmp_path / "more.jsonl"
    assert run("augment", files[0], more, "--held-out", files[2]).exit_code == 0
    assert run("augment", files[2], tmp_path / "no.jsonl").exit_code == 2
    leak = run("leakage", clean, files[2], "--json")
    assert leak.exit_code == 1
    assert json.loads(leak.stdout)["counts"]["clean > test"]["exact"] == 8


class _Page(HTMLParser):
    """Collects what would run or load."""

    def __init__(self) -> None:
        super().__init__()
        self.active: list[str] = []
        self.policy = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        loads = {"src", "href", "style", "srcdoc", "action"} & set(names)
        handlers = {name for name in names if name.startswith("on")}
        if tag in {"script", "iframe", "object", "embed", "link", "base", "form", "img"} or loads or handlers:
            self.active.append(f"{tag} {names}")
        if names.get("http-equiv") == "Content-Security-Policy":
            self.policy = names.get("content") or ""


def test_the_web_page_runs_nothing_whatever_the_rows_say(
    run: Run, lines_file: Callable[..., Path], chat: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    nasty = '<script>alert(1)</script><img src=x onerror="alert(2)">\u202e\x1b]52;c;AAAA\x07</style>'
    source = lines_file(
        [chat(nasty, nasty), chat("q", "yes"), {"messages": [{"role": nasty, "content": "x"}]}], "<b>.jsonl"
    )
    page = tmp_path / "look.html"
    done = run("report", source, "--html", page, "--max-length", 40)
    assert done.exit_code == 1, done.stderr
    assert "\x1b" not in done.stdout and "\u202e" not in done.stdout
    text = page.read_text(encoding="utf-8")
    parser = _Page()
    parser.feed(text)
    assert parser.active == []
    assert parser.policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "&lt;script&gt;" in text and "\x1b" not in text and "\u202e" not in text


def test_the_policy_allows_exactly_the_pages_own_style(run: Run, train: Path, tmp_path: Path) -> None:
    import base64
    import hashlib
    import re

    page = tmp_path / "look.html"
    assert run("report", train, "--html", page).exit_code == 0
    text = page.read_text(encoding="utf-8")
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.S)
    wanted = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"sha256-{wanted}" in text


def test_repair_says_what_is_lost(run: Run, tmp_path: Path) -> None:
    source = tmp_path / "notes.txt"
    source.write_text("大模型微调".encode().decode("latin-1") + "\n", encoding="utf-8")
    target = tmp_path / "fixed.txt"
    assert run("repair", source, target).exit_code == 0
    assert target.read_text(encoding="utf-8") == "大模型微调\n"
    assert run("repair", target, tmp_path / "again.txt").exit_code == 2


def test_checking_loads_neither_transformers_nor_torch(train: Path) -> None:
    """The app shows these results in the process that draws; tokens are counted there too."""
    script = (
        "import sys; from pathlib import Path\n"
        "from labs.data.report import LookOptions, look; from labs.data.tokens import RowTokenizer\n"
        "from labs.pocket import MODEL_DIR\n"
        f"found = look(Path({str(train)!r}), LookOptions(max_length=64), tokenizer=RowTokenizer(MODEL_DIR))\n"
        "assert found.masks and found.lengths\n"
        "print(sorted({'torch', 'transformers', 'datasets', 'numpy', 'pandas', 'pyarrow'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_root_command_reaches_the_group(train: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from tui.cli.main import main; main()",
            "data",
            "check",
            str(train),
            "--json",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0 and json.loads(done.stdout)[0]["rows"] == 40


def test_a_file_that_cannot_be_read_does_not_hide_the_others(run: Run, train: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_bytes(b"")
    done = run("check", empty, train)
    assert done.exit_code == 2
    assert "empty.jsonl" in done.stderr and f"{train}: 40 rows" in done.stdout
    listed = run("check", train, empty, "--json")
    assert listed.exit_code == 2
    assert [report["rows"] for report in json.loads(listed.stdout)] == [40]


def test_every_command_speaks_chinese_when_asked(run: Run, train: Path, tmp_path: Path) -> None:
    zh = ("--lang", "zh")
    page = tmp_path / "look.html"
    report = run("report", train, "--html", page, *zh)
    assert "有效批大小 = 8 x 1 = 8" in report.stdout and "没有发现问题" in report.stdout
    text = page.read_text(encoding="utf-8")
    assert '<html lang="zh">' in text and "哪些 token 参与学习" in text and "Findings" not in text
    repeated = tmp_path / "repeated.jsonl"
    repeated.write_bytes(train.read_bytes() * 2)
    assert "第 41 行：完全重复的行（row.duplicate）" in run("check", repeated, *zh).stdout
    cleaned = tmp_path / "cleaned.jsonl"
    assert "删除：完全重复 40 行" in run("clean", repeated, cleaned, *zh).stdout
    assert "没有丢失任何内容" in run("convert", train, tmp_path / "a.json", "--to", "alpaca", *zh).stdout
    parts = tmp_path / "parts"
    assert "train：" in run("split", cleaned, parts, "--group", "group", *zh).stdout
    assert "完全相同 40" in run("leakage", train, cleaned, *zh).stdout
    assert "新增" in run("augment", parts / "train.jsonl", tmp_path / "more.jsonl", *zh).stdout
