"""UTF-8 read in the wrong encoding: found, undone, and the losses counted to the byte."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labs.data.check import check
from labs.data.mojibake import find_repair, looks_broken, undo
from labs.data.repair import repair_file

CHINESE = "大模型微调：先准备数据，再选择方法，最后评估效果。✅ 完成本周学习后，你将能够理解原理 📘"
DROPPED = frozenset({0x81, 0x8D, 0x8E, 0x8F, 0x90, 0x9D, 0x9E, 0xAD})
"""Bytes that cp1254 leaves undefined, and the soft hyphen: what the real file of this kind had lost."""


def misread(text: str, codec: str, drop: frozenset[int] = frozenset()) -> tuple[str, int]:
    """``text`` as a program that took its UTF-8 for ``codec`` would save it, and how many bytes were dropped."""
    out, lost = [], 0
    for byte in text.encode("utf-8"):
        if byte in drop:
            lost += 1
        else:
            out.append(bytes((byte,)).decode(codec, "replace").replace("\ufffd", chr(byte)))
    return "".join(out), lost


@pytest.mark.parametrize("codec", ["cp1252", "latin-1", "cp1254"])
def test_a_complete_wrong_reading_is_undone_exactly(codec: str) -> None:
    broken, _ = misread(CHINESE, codec)
    repair = find_repair(broken)
    assert repair is not None
    assert repair.text == CHINESE
    assert repair.exact and repair.lost_bytes == 0


@settings(max_examples=100)
@given(st.text(st.sampled_from(CHINESE + "ABC abc,.\n"), min_size=1, max_size=60))
def test_lost_bytes_are_counted_exactly(text: str) -> None:
    broken, lost = misread(text, "cp1254", DROPPED)
    repair = undo(broken, "cp1254", sure=True)
    assert repair.lost_bytes == lost
    assert len(repair.text) == len(text)
    assert all(now in (was, "\ufffd") for now, was in zip(repair.text, text, strict=True))
    assert repair.damaged == repair.text.count("\ufffd")


def test_a_file_like_the_fifth_seed_is_found_and_repaired(tmp_path: Path) -> None:
    lines = [
        "# 📘 第9周：模型微调与优化",
        "",
        "> **学习目标**：掌握大模型微调技术",
        "",
        "- ✅ 理解模型微调的原理与方法",
        "plain English",
    ]
    broken = [misread(line, "cp1254", DROPPED) for line in lines]
    path = tmp_path / "notes.txt"
    path.write_text("\n".join(line for line, _ in broken) + "\n", encoding="utf-8")
    lost = sum(count for _, count in broken)
    assert lost > 5

    report = check(path)
    whole = next(finding for finding in report.findings if finding.code == "file.mojibake")
    assert "cp1254" in whole.message and f"({lost} bytes are lost)" in whole.message
    assert {finding.line for finding in report.findings if finding.code == "text.mojibake"} == {1, 3, 5}

    target = tmp_path / "repaired.txt"
    done = repair_file(path, target)
    assert (done.codec, done.lost_bytes, done.lines) == ("cp1254", lost, 6)
    repaired = target.read_text(encoding="utf-8").splitlines()
    assert [len(line) for line in repaired] == [len(line) for line in lines]
    assert repaired[5] == "plain English" and repaired[1] == ""
    kept = sum(now == was for now, was in zip("".join(repaired), "".join(lines), strict=True))
    assert kept == len("".join(lines)) - done.damaged


def test_utf8_read_as_gbk_is_undone() -> None:
    text = "微调模型很好"  # an even number of bytes pairs up into GBK characters
    broken = text.encode("utf-8").decode("gb18030")
    assert broken != text
    repair = find_repair(broken)
    assert repair is not None and repair.codec == "gb18030" and repair.text == text


@pytest.mark.parametrize(
    "text",
    [
        CHINESE,
        "naïve café, déjà vu, Ünïcödé, señor",
        "Grüße aus Köln: 5 € für zwei Äpfel",
        "İstanbul'da güneşli bir gün, ağaç ve şehir",
        "Zażółć gęślą jaźń",
        "price: £5 – “quoted” – it’s 100 °C ± 2",
        "π ≈ 3.14, ∑ x², Å, ß",
        "日本語のテキスト、한국어 텍스트",
        "",
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert find_repair(text) is None


@settings(max_examples=100)
@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_any_text_can_be_looked_at(text: str) -> None:
    looks_broken(text)
    repair = find_repair(text)
    assert repair is None or repair.restored >= 1


def test_an_accented_word_beside_mojibake_is_not_damaged() -> None:
    repair = find_repair("café â€™ déjà")
    assert repair is not None and repair.text == "café ’ déjà"
