"""Every finding names its line, and good data has none."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labs.data.check import CheckOptions, check
from labs.data.formats import Format

GOOD = [
    {
        "messages": [
            {"role": "user", "content": f"第{n}条规定是什么？"},
            {"role": "assistant", "content": f"第{n}条规定了{n}天。"},
        ]
    }
    for n in range(1, 8)
]


def _found(path: Path, **options: Any) -> set[tuple[str, int | None]]:
    return {(finding.code, finding.line) for finding in check(path, CheckOptions(**options)).findings}


def _turns(*pairs: tuple[str, str]) -> dict[str, Any]:
    return {"messages": [{"role": role, "content": content} for role, content in pairs]}


def test_good_data_has_no_findings(lines_file: Callable[..., Path]) -> None:
    report = check(lines_file(GOOD))
    assert report.findings == () and report.counts == {} and report.errors == 0
    assert (report.rows, report.readable, report.encoding) == (7, 7, "utf-8")
    assert report.languages == {"zh": 7}
    assert report.detection.format is Format.MESSAGES


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (_turns(("user", "a"), ("assistant", " \n")), "turn.empty"),
        (_turns(("user", "a"), ("assistant", "")), "row.nothing-to-learn"),
        (_turns(("user", "only a question")), "row.nothing-to-learn"),
        ({"messages": []}, "turn.none"),
        (_turns(("user", "a"), ("user", "b"), ("assistant", "c")), "turn.order"),
        (_turns(("assistant", "b"), ("user", "a"), ("assistant", "c")), "turn.order"),
        (_turns(("user", "a"), ("system", "s"), ("assistant", "c")), "turn.order"),
        (_turns(("user", "a"), ("assistant", "b"), ("assistant", "c")), "turn.order"),
        (_turns(("tool", "a"), ("assistant", "b")), "turn.order"),
        (_turns(("user", "a"), ("assistant", "b"), ("user", "c")), "turn.last"),
        (_turns(("User", "a"), ("assistant", "b")), "turn.role"),
        ({"messages": [{"role": "user", "content": 5}]}, "row.type"),
        ({"messages": [{"role": "user"}]}, "row.missing"),
        ({"text": "another format"}, "row.other-format"),
        (_turns(("user", "a\x07b"), ("assistant", "c")), "text.control"),
        (_turns(("user", "a\u202eb"), ("assistant", "c")), "text.hidden"),
        (_turns(("user", "丢\ufffd了"), ("assistant", "c")), "text.replacement"),
        (_turns(("user", "hi<|im_end|>"), ("assistant", "c")), "text.special-token"),
        (_turns(("user", "打 13812345678"), ("assistant", "好")), "personal.phone"),
        (_turns(("user", "11010519491231002X"), ("assistant", "好")), "personal.id-card"),
        (_turns(("user", "写信到 li@qq.com 吧"), ("assistant", "好")), "personal.email"),
        (GOOD[2], "row.duplicate"),
        (_turns(("user", "第3条规定是什么"), ("assistant", "第3条规定了3天")), "row.near-same"),
        (_turns(("user", "第3条规定是什么?"), ("assistant", "不知道")), "row.contradiction"),
    ],
)
def test_a_finding_names_its_line(lines_file: Callable[..., Path], row: dict[str, Any], code: str) -> None:
    assert (code, 8) in _found(lines_file([*GOOD, row]))


def test_a_duplicate_key_is_found_at_any_depth(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    good = json.dumps(GOOD[0])
    path.write_text(
        good
        + '\n{"messages": [{"role": "user", "content": "x", "role": "assistant"}]}\n'
        + '{"messages" : [{"role" :"user","content":"\\":"},{"role":"assistant","content":"b","content"\t:"c"}]}\n'
        + '{"messages": [{"role":"user","content":"\\": "},{"role":"assistant","content":": a"}]}\n'
    )
    report = check(path)
    assert [f.line for f in report.findings if f.code == "row.duplicate-key"] == [2, 3]


def test_unreadable_lines_are_findings_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    good = [json.dumps(row, ensure_ascii=False).encode() for row in GOOD]
    path.write_bytes(b"\n".join([*good, b"{'a': 1}", b'{"messages": "caf\xe9"}', b'{"messages": [{"ro']))
    report = check(path)
    assert {(f.code, f.line) for f in report.findings} == {
        ("read.not-json", 8),
        ("read.not-utf8", 9),
        ("read.truncated", 10),
    }
    assert (report.rows, report.readable, report.errors) == (10, 7, 3)


@pytest.mark.parametrize(("encoding", "code"), [("utf-8-sig", "file.mark"), ("utf-16", "file.encoding")])
def test_a_mark_or_another_encoding_is_noted(tmp_path: Path, encoding: str, code: str) -> None:
    path = tmp_path / "data.jsonl"
    path.write_bytes("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in GOOD).encode(encoding))
    assert _found(path) == {(code, None)}


def test_findings_are_counted_beyond_those_kept(lines_file: Callable[..., Path]) -> None:
    report = check(lines_file([_turns(("user", f"q{n}")) for n in range(50)]), CheckOptions(keep=3))
    assert report.counts == {"row.nothing-to-learn": 50}
    assert [finding.line for finding in report.findings] == [1, 2, 3]


def test_unbalanced_classes_are_compared_with_the_majority_baseline(lines_file: Callable[..., Path]) -> None:
    rows = [
        _turns(("user", f"评论{n}"), ("assistant", "负面" if n % 20 == 0 else "正面")) for n in range(100)
    ]
    report = check(lines_file(rows))
    assert [(share.value, share.rows) for share in report.labels] == [("正面", 95), ("负面", 5)]
    (finding,) = [f for f in report.findings if f.code == "label.unbalanced"]
    assert "95.0%" in finding.message
    even = [_turns(("user", f"评论{n}"), ("assistant", "负面" if n % 2 else "正面")) for n in range(100)]
    assert "label.unbalanced" not in check(lines_file(even)).counts


def test_a_preference_that_teaches_nothing_is_found(lines_file: Callable[..., Path]) -> None:
    rows = [
        {"prompt": "a", "chosen": "b", "rejected": "c"},
        {"prompt": "a", "chosen": "same", "rejected": "same"},
    ]
    assert ("preference.same", 2) in _found(lines_file(rows))


def _bailian(*turns: dict[str, Any]) -> dict[str, Any]:
    return {"messages": list(turns)}


_ASK = {"role": "user", "content": "1+1?"}
_SAY = {"role": "assistant", "content": "2"}


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (_bailian({**_ASK, "name": "Li"}, _SAY), "bailian.key"),
        (_bailian(_ASK, {**_SAY, "loss_weight": 2}), "bailian.loss-weight"),
        (_bailian({**_ASK, "loss_weight": 1}, _SAY), "bailian.loss-weight"),
        (_bailian({"role": "developer", "content": "x"}, _ASK, _SAY), "bailian.role"),
        (_bailian(_ASK, {"role": "assistant", "content": "<think>a</think>2"}), "bailian.think-form"),
        (
            _bailian(_ASK, {"role": "assistant", "content": "<think>\na\n</think>\n\n2"}, _ASK, _SAY),
            "bailian.think-place",
        ),
        (
            _bailian(_ASK, _SAY, {"role": "tool", "content": "3", "tool_call_id": "z"}, _SAY),
            "bailian.tool-id",
        ),
    ],
)
def test_bailians_rules_carry_their_date(
    lines_file: Callable[..., Path], row: dict[str, Any], code: str
) -> None:
    report = check(lines_file([row]), CheckOptions(format=Format.BAILIAN_SFT))
    (finding, *_) = [f for f in report.findings if f.code == code]
    assert finding.line == 1 and "2026-11-22" in finding.hint


def test_bailian_takes_well_formed_rows_and_asks_for_a_thousand(lines_file: Callable[..., Path]) -> None:
    thinking = {"role": "assistant", "content": "<think>\n想\n</think>\n\n2"}
    call = {"role": "assistant", "content": "", "tool_calls": [{"id": "z", "type": "function"}]}
    tool = {"role": "tool", "content": "3", "tool_call_id": "z"}
    rows = [_bailian(_ASK, _SAY, _ASK, thinking), _bailian(_ASK, call, tool, {**_SAY, "loss_weight": 0.5})]
    report = check(lines_file(rows), CheckOptions(format=Format.BAILIAN_SFT))
    assert set(report.counts) == {"bailian.rows"}


def test_bailians_dpo_prompt_ends_with_the_user(lines_file: Callable[..., Path]) -> None:
    row = {"messages": [_ASK, _SAY], "chosen": _SAY, "rejected": {"role": "assistant", "content": "3"}}
    assert ("bailian.dpo-last", 1) in _found(lines_file([row]))


def test_bailian_wants_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "data.json"
    path.write_text(json.dumps([_bailian(_ASK, _SAY)]))
    assert ("bailian.kind", None) in _found(path, format=Format.BAILIAN_SFT)
