"""Predictions and references from files: the same rows whatever wrote them, or an error with file and line."""

import json

import pytest

from metrics import MetricError
from metrics.reading import PREDICTION_FIELDS, REFERENCE_FIELDS, pair, read_rows

ROWS = ["一个答案", "", "second, with a tab\t", "ｆｕｌｌ"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("last", [True, False])
def test_text_files(tmp_path, end, bom, last):
    path = tmp_path / "p.txt"
    path.write_bytes(bom + (end.join(ROWS) + (end if last else "")).encode())
    assert [row.text for row in read_rows(path, PREDICTION_FIELDS)] == ROWS


def test_json_lines_in_all_their_forms(tmp_path):
    path = tmp_path / "p.jsonl"
    lines = [
        '"plain"',
        "",
        '{"id": 7, "prediction": "by name"}',
        '{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "last"}]}',
        '{"output": "\\u4f60\\u597d"}',
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    rows = read_rows(path, PREDICTION_FIELDS)
    assert [row.text for row in rows] == ["plain", "by name", "last", "你好"]
    assert [row.line for row in rows] == [1, 3, 4, 5]
    assert rows[1].id == "7"


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "is empty"),
        (b"\n\n", "blank lines only"),
        (b'"a"\n{"x": 1', "line 2: not JSON"),
        (b'"a"\n{"x": 1}', "line 2: none of the fields"),
        (b'"a"\n\n{"prediction": null}', "line 3: prediction is null"),
        (b'{"prediction": 3}', "line 1: prediction is int"),
        (b'"\xe4\xbd"', "line 1: not UTF-8"),
        ('"你"'.encode("utf-16"), "is UTF-16"),
        (b"[" * 100_000, "line 1: not JSON"),
        (b'"a"\ntrunc', "line 2: not JSON"),
    ],
)
def test_faults_name_file_and_line(tmp_path, content, part):
    path = tmp_path / "p.jsonl"
    path.write_bytes(content)
    with pytest.raises(MetricError) as caught:
        read_rows(path, PREDICTION_FIELDS)
    assert caught.value.code == "bad-file"
    assert part in caught.value.message and "p.jsonl" in caught.value.message


def test_a_missing_file(tmp_path):
    with pytest.raises(MetricError) as caught:
        read_rows(tmp_path / "none.txt", PREDICTION_FIELDS)
    assert caught.value.code == "bad-file"


def _write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_rows_with_ids_are_joined_by_id(tmp_path):
    hyps = read_rows(
        _write(tmp_path / "h.jsonl", [{"id": k, "text": f"h{k}"} for k in (2, 1)]), PREDICTION_FIELDS
    )
    refs = read_rows(
        _write(tmp_path / "r.jsonl", [{"id": k, "text": f"r{k}"} for k in (1, 2)]), REFERENCE_FIELDS
    )
    assert pair(hyps, refs) == (["h2", "h1"], ["r2", "r1"])


def test_what_does_not_belong_together(tmp_path):
    one = read_rows(_write(tmp_path / "a.jsonl", [{"id": "x", "text": "a"}]), PREDICTION_FIELDS)
    other = read_rows(_write(tmp_path / "b.jsonl", [{"id": "y", "text": "b"}]), REFERENCE_FIELDS)
    two = read_rows(_write(tmp_path / "c.jsonl", ["a", "b"]), REFERENCE_FIELDS)
    several = read_rows(_write(tmp_path / "d.jsonl", [["a", "b"]]), REFERENCE_FIELDS)
    for hyps, refs, code in (
        (one, other, "ids-differ"),
        (one, two, "lengths-differ"),
        (several, one, "bad-file"),
    ):
        with pytest.raises(MetricError) as caught:
            pair(hyps, refs)
        assert caught.value.code == code
    assert pair(one, several) == (["a"], [["a", "b"]])


def test_an_id_that_is_missing_or_twice_is_named_with_its_line(tmp_path):
    refs = read_rows(
        _write(tmp_path / "r.jsonl", [{"id": k, "text": "r"} for k in (1, 2, 3)]), REFERENCE_FIELDS
    )
    for ids, said in (
        ((1, 2), "references, line 3: id '3' is not in predictions"),
        ((1, 2, 2), "predictions, line 3: id '2' is also that of line 2"),
        ((3, 2, 1, 4), "predictions, line 4: id '4' is not in references"),
    ):
        path = _write(tmp_path / "h.jsonl", [{"id": k, "text": f"h{k}"} for k in ids])
        with pytest.raises(MetricError) as caught:
            pair(read_rows(path, PREDICTION_FIELDS), refs)
        assert caught.value.message == said and caught.value.hint
    same = read_rows(_write(tmp_path / "s.jsonl", [{"id": 0, "text": k} for k in "ab"]), PREDICTION_FIELDS)
    assert pair(same, same)[0] == ["a", "b"], (
        "where both files say the same ids in the same order, they agree"
    )
