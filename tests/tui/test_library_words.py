"""What the libraries say in English is said in Chinese too: every sentence of their sources has its counterpart."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui.i18n import speak
from tui.library_words import in_words, located

ROOT = Path(__file__).parents[2]
CODE = re.compile(r"[a-z]+\.[a-z-]+")
SEVERITIES = ("error", "warning", "info")


@pytest.fixture(autouse=True)
def _chinese() -> Iterator[None]:
    speak("zh")
    yield
    speak("en")


def sentences(path: Path) -> Iterator[str]:
    """Every message and hint that stands beside a code in a call, its holes filled."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        code, *rest = (filled(part) for part in node.args)
        if isinstance(node.func, ast.Name) and node.func.id == "_cannot":
            code = f"convert.{code}"
        if code is None or not CODE.fullmatch(code):
            code = next((filled(key.value) for key in node.keywords if key.arg == "code"), None)
            rest = []
        if code is None or not CODE.fullmatch(code):
            continue
        named = [filled(key.value) for key in node.keywords if key.arg in ("message", "hint")]
        yield from (
            text
            for text in (*rest, *named)
            if text and text not in SEVERITIES and re.search("[a-z]{3}", text)
        )


def filled(node: ast.expr) -> str | None:
    """The text of a literal, ``7`` in its holes; of ``hint or "…"`` the last."""
    if isinstance(node, ast.BoolOp):
        return filled(node.values[-1])
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        return "".join(str(one.value) if isinstance(one, ast.Constant) else "7" for one in node.values)
    return None


@pytest.mark.parametrize("path", sorted((ROOT / "labs" / "data").glob("*.py")), ids=lambda path: path.stem)
def test_every_sentence_about_data_is_said_in_chinese(path: Path) -> None:
    silent = [said for said in sentences(path) if not re.search(r"[\u4e00-\u9fff]", in_words(said))]
    assert not silent


def test_holes_keep_what_stands_in_them() -> None:
    assert in_words("the same as line 7") == "与第 7 行相同"
    assert in_words("messages is a list in 3 of 4 rows; bailian-sft looks the same") == (
        "4 行里有 3 行有 messages 列表；与 bailian-sft 分不出来"
    )
    assert in_words("no role is called 'mark'") == "没有 'mark' 这个角色"
    assert in_words("should be a list, is a string") == "应为列表，实为字符串"


def test_what_a_conversion_drops_is_named_in_chinese() -> None:
    assert in_words("message weight") == "消息里的 weight"
    assert in_words("loss on earlier assistant turns") == "前面各轮 assistant 的损失"


def test_a_source_keeps_its_names_and_says_the_rest() -> None:
    assert (
        in_words("your own run 20261128-1-rank: events.jsonl") == "你自己的运行 20261128-1-rank：events.jsonl"
    )
    assert in_words("arXiv:2305.11206; Bailian docs, data upload rules") == (
        "arXiv:2305.11206；百炼文档 · 数据上传规则"
    )


def test_what_nobody_has_listed_and_english_stay_as_they_are() -> None:
    assert in_words("Expecting value: line 1") == "Expecting value: line 1"
    speak("en")
    assert in_words("the same as line 7") == "the same as line 7"


# What a student's file says stands behind a code that the reports translate, see ``words.zh.toml``.
TEACHING = [
    *(ROOT / "labs" / "submission").glob("*.py"),
    *(ROOT / "labs" / "grading" / f"{name}.py" for name in ("roster", "marks_csv", "archives", "store", "expectation", "batch")),
    *(ROOT / "tui" / "cli" / f"{name}.py" for name in ("assignment", "grade", "lab_submit", "lab_submit_quiz", "quiz_marker")),
]  # fmt: skip


@pytest.mark.parametrize("path", sorted(TEACHING), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_refusal_of_assignments_and_grading_is_said_in_chinese(path: Path) -> None:
    said = [sentence for sentence in refusals(path) if sentence not in ("rubric.7.questions",)]
    silent = [sentence for sentence in said if not re.search(r"[\u4e00-\u9fff]", located(sentence))]
    assert not silent


def refusals(path: Path) -> Iterator[str]:
    """Every sentence that an error of ``path`` is made with: what ends with a full stop."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and re.fullmatch(
            r"\w*Error|refuse", ast.unparse(node.func).split(".")[-1]
        ):
            texts = (filled(part) for part in node.args)
            yield from (text for text in texts if text and text.endswith(".") and re.search("[a-z]{3}", text))


def test_file_line_and_field_stay_in_front_of_what_is_said() -> None:
    assert located("marks.csv:3: 120 is outside 0..30.") == "marks.csv:3: 120 超出 0..30 的范围。"
    assert located("hw 1.toml: rubric.result: is empty.") == "hw 1.toml: rubric.result: 是空的。"
    assert located("lab.toml: spec.rr: rr: is no field of a run spec.") == (
        "lab.toml: spec.rr: rr: 训练设置里没有这个字段。"
    )
    assert located("x.zip: nobody: has listed this") == "x.zip: nobody: has listed this"
