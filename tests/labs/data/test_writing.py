"""Files appear whole or not at all, and the input is never touched."""

from pathlib import Path
from typing import Any

import pytest

from labs.data.errors import DataError
from labs.data.reading import rows
from labs.data.writing import Writer

ROWS = [
    {"prompt": "问题,一\n二", "completion": 'a "b" c'},
    {"prompt": "=1+1", "completion": "[1, 2]"},
    {"prompt": "", "completion": "🙂 e\u0301"},
]


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".csv", ".tsv", ".parquet"])
def test_what_is_written_is_read_back(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"data{suffix}"
    with Writer(path) as writer:
        for row in ROWS:
            writer.write(row)
    assert [row for _, row in rows(path)] == ROWS
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".csv", ".parquet"])
def test_messages_are_read_back(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"data{suffix}"
    row: dict[str, Any] = {
        "id": "a",
        "messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "答"}],
    }
    with Writer(path) as writer:
        writer.write(row)
    assert [found for _, found in rows(path)] == [row]


def test_a_failure_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), Writer(path, force=True) as writer:
        writer.write({"a": 1})
        1 / 0  # noqa: B018
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_columns_that_come_late_are_an_error_not_a_loss(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"data{suffix}"
    with pytest.raises(DataError, match="write JSONL"), Writer(path) as writer:
        for _ in range(5000):
            writer.write({"a": "x"})
        writer.write({"a": "x", "b": "late"})
    assert not path.exists()


def test_columns_within_the_first_parquet_batch_may_differ(tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    with Writer(path) as writer:
        writer.write({"a": "x"})
        writer.write({"a": "y", "b": "here"})
    assert [row for _, row in rows(path)] == [{"a": "x", "b": None}, {"a": "y", "b": "here"}]


def test_an_existing_file_needs_force(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text("old")
    with pytest.raises(DataError, match="--force"), Writer(path):
        pass
    assert path.read_text() == "old"


def test_the_input_is_never_overwritten_under_any_name(tmp_path: Path) -> None:
    source = tmp_path / "data.jsonl"
    source.write_text('{"a": 1}\n')
    link = tmp_path / "link.jsonl"
    link.symlink_to(source)
    hard = tmp_path / "hard.jsonl"
    hard.hardlink_to(source)
    for target in (source, link, hard, tmp_path / "." / "data.jsonl"):
        with (
            pytest.raises(DataError, match="overwrite the input"),
            Writer(target, force=True, inputs=(source,)),
        ):
            pass
    assert source.read_text() == '{"a": 1}\n'


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="folder does not exist"), Writer(tmp_path / "none" / "data.jsonl"):
        pass
