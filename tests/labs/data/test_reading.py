"""Fault 22: whatever the bytes, reading gives the same rows, or an error that names file and line."""

import codecs
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labs.data.errors import DataError
from labs.data.reading import records, rows
from labs.data.writing import Writer

TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
ROW = st.dictionaries(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=8),
    st.one_of(TEXT, st.integers(-(2**53), 2**53), st.booleans(), st.none(), st.lists(TEXT, max_size=3)),
    min_size=1,
    max_size=4,
)
ROWS = st.lists(ROW, min_size=1, max_size=8)


def _lines(found: list[dict[str, Any]], end: str = "\n") -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + end for row in found)


@settings(max_examples=60)
@given(
    found=ROWS,
    end=st.sampled_from(["\n", "\r\n", "\n\n", "\r\n \r\n"]),
    mark=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]),
    last_end=st.booleans(),
)
def test_marks_line_ends_and_blank_lines_give_the_same_rows(
    tmp_path: Path, found: list[dict[str, Any]], end: str, mark: str, last_end: bool
) -> None:
    path = tmp_path / "data.jsonl"
    text = _lines(found, end)
    path.write_bytes((text if last_end else text.rstrip("\r\n ")).encode(mark))
    assert [row for _, row in rows(path)] == found


@settings(max_examples=60)
@given(found=ROWS, mark=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]), indent=st.sampled_from([None, 1]))
def test_a_json_array_gives_the_same_rows_as_json_lines(
    tmp_path: Path, found: list[dict[str, Any]], mark: str, indent: int | None
) -> None:
    path = tmp_path / "data.json"
    path.write_bytes(json.dumps(found, ensure_ascii=False, indent=indent).encode(mark))
    assert [row for _, row in rows(path)] == found


@settings(max_examples=150)
@given(
    data=st.binary(min_size=0, max_size=200), name=st.sampled_from(["a.jsonl", "a.json", "a.csv", "a.txt"])
)
def test_any_bytes_are_rows_or_an_error_with_a_place(tmp_path: Path, data: bytes, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    try:
        for record in records(path):
            assert record.line >= 1
            assert (record.row is None) != (record.problem is None)
    except DataError as error:
        assert error.code == "read.empty"
        assert str(path) in str(error)


@settings(max_examples=100)
@given(found=ROWS, cut=st.integers(1, 400), extra=st.binary(max_size=6), at=st.integers(0, 400))
def test_damage_never_changes_the_rows_before_it(
    tmp_path: Path, found: list[dict[str, Any]], cut: int, extra: bytes, at: int
) -> None:
    """Cut the end off and push bytes in: rows on untouched lines come out as they were."""
    path = tmp_path / "data.jsonl"
    good = _lines(found).encode()
    bad = good[:-cut] if cut < len(good) else good[:1]
    at = min(at, len(bad))
    path.write_bytes(bad[:at] + extra + bad[at:])
    whole = min(good[:at].count(b"\n"), bad[:at].count(b"\n"))
    if whole and not bad.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        read = [record.row for record in records(path)]
        assert read[:whole] == found[:whole]


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        (b'{"a":1}\n{"a":"caf\xe9 cr\xe8me"}\n', "read.not-utf8", 2),
        (b'{"a":1}\n{"a":"x\x00y"}\n', "read.nul", 2),
        (b'{"a":1}\n{"a":"\\ud83d"}\n', "read.lone-surrogate", 2),
        (b'{"a":1}\n{"a":"\xed\xa0\xbd"}\n', "read.lone-surrogate", 2),
        (b'{"a":1}\n\n{"a":"cut', "read.truncated", 3),
        (b'{"a":1}\n[1, 2]\n', "read.not-an-object", 2),
        (b"{'a': 1}\n", "read.not-json", 1),
        (b'{"a":1}\n{"a":NaN}\n', "read.not-json", 2),
        (b'{"a":' + b"[" * 100_000 + b"\n", "read.too-deep", 1),
        (b'{"a":1}{"a":2}\n', "read.not-json", 1),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, data: bytes, code: str, line: int) -> None:
    path = tmp_path / "data.jsonl"
    path.write_bytes(data)
    with pytest.raises(DataError) as caught:
        list(rows(path))
    assert (caught.value.code, caught.value.line) == (code, line)
    assert str(caught.value).startswith(f"{path}:{line}: ")


def test_lines_after_a_broken_one_are_still_read(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_bytes(b'{"a":1}\nbroken\n{"a":3}\n')
    assert [record.row for record in records(path)] == [{"a": 1}, None, {"a": 3}]


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.csv", "a.txt"])
@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"\n\r\n \n"])
def test_an_empty_file_is_an_error(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(DataError, match="no rows") as caught:
        list(records(path))
    assert caught.value.path == path


def test_a_gb18030_file_is_refused_with_a_hint_and_read_when_told(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_bytes('{"text": "大模型微调需要高质量的数据。"}\n'.encode("gb18030"))
    with pytest.raises(DataError, match="gb18030") as caught:
        list(rows(path))
    assert caught.value.line == 1
    assert next(rows(path, "gb18030"))[1] == {"text": "大模型微调需要高质量的数据。"}


def test_a_line_of_40_mb_is_read_and_a_longer_one_than_allowed_is_named(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    long = "x" * 40_000_000
    path.write_text(f'{{"a":"{long}"}}\n{{"a":"short"}}\n')
    read = list(rows(path))
    assert [line for line, _ in read] == [1, 2]
    assert read[0][1]["a"] == long
    found = list(records(path, max_bytes=1_000_000))
    assert found[0].problem is not None and found[0].problem.code == "read.too-long" and found[0].line == 1
    assert found[1].row == {"a": "short"} and found[1].line == 2


def test_a_long_line_of_utf_16_is_bounded_too(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_bytes(('{"a":"' + "长" * 2_000_000 + '"}\n{"a":"short"}\n').encode("utf-16"))
    found = list(records(path, max_bytes=1_000_000))
    assert found[0].problem is not None and found[0].problem.code == "read.too-long"
    assert found[1].row == {"a": "short"}


@pytest.mark.parametrize("name", ["big.jsonl", "big.json"])
def test_reading_holds_a_small_part_of_the_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with Writer(path) as writer:
        for number in range(20_000):
            writer.write({"id": number, "text": f"{number} " * 100})
    tracemalloc.start()
    read = sum(1 for _ in records(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert read == 20_000
    assert peak < 12 * 2**20 < path.stat().st_size * 1.2


def test_an_element_larger_than_the_read_buffer_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "data.json"
    found = [{"a": "é" * 3_000_000}, {"a": 2}]
    path.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    assert [row for _, row in rows(path)] == found


def test_lines_are_counted_inside_a_json_array(tmp_path: Path) -> None:
    path = tmp_path / "data.json"
    path.write_text('[\n {"a": 1},\n\n {"a":\n 2},\n {"a": "cut')
    found = list(records(path))
    assert [(record.line, record.row) for record in found[:2]] == [(2, {"a": 1}), (4, {"a": 2})]
    assert found[2].line == 6 and found[2].problem is not None and found[2].problem.code == "read.truncated"


@pytest.mark.parametrize(
    "text", ['[{"a": 1}', '[{"a": 1},', '[{"a": 1},]', '[{"a": 1}] x', '[{"a": 1} {"a": 2}]']
)
def test_an_array_that_is_no_json_ends_in_a_problem(tmp_path: Path, text: str) -> None:
    path = tmp_path / "data.json"
    path.write_text(text)
    found = list(records(path))
    assert found[0].row == {"a": 1}
    assert found[-1].problem is not None


def test_json_lines_in_a_json_file_are_read(tmp_path: Path) -> None:
    path = tmp_path / "data.json"
    path.write_text('{"a": 1}\n{"a": 2}\n')
    assert [row for _, row in rows(path)] == [{"a": 1}, {"a": 2}]


def test_csv_cells_over_several_lines_keep_their_line(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes('\ufeffprompt,completion\r\n"a\r\nb",c\r\nonly one\r\nd,"e ""f"""\r\n'.encode())
    found = list(records(path))
    assert [(record.line, record.row) for record in found] == [
        (2, {"prompt": "a\nb", "completion": "c"}),
        (4, None),
        (5, {"prompt": "d", "completion": 'e "f"'}),
    ]
    assert found[1].problem is not None and found[1].problem.code == "read.cells"


def test_csv_without_a_closing_quote_names_where_the_cell_began(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text('prompt,completion\na,b\n"c,d\ne,f\n')
    last = list(records(path))[-1]
    assert last.line == 3 and last.problem is not None and last.problem.code == "read.truncated"


def test_a_truncated_parquet_file_is_named(tmp_path: Path) -> None:
    whole = tmp_path / "whole.parquet"
    with Writer(whole) as writer:
        writer.write({"text": "a"})
    path = tmp_path / "cut.parquet"
    path.write_bytes(whole.read_bytes()[:-20])
    with pytest.raises(DataError, match=r"cut\.parquet") as caught:
        list(records(path))
    assert caught.value.code == "read.not-parquet"


def test_a_missing_file_and_an_unknown_kind_are_errors(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No such file"):
        list(records(tmp_path / "none.jsonl"))
    with pytest.raises(DataError, match="no such kind of file"):
        list(records(tmp_path / "none.docx"))
