"""Rows out of tables: CSV, TSV and Parquet. Cells of nested columns hold JSON."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from labs.data.encodings import Encoding
from labs.data.errors import DataError
from labs.data.json_rows import decode_row
from labs.data.lines import MAX_LINE_BYTES, utf8_lines
from labs.data.records import Problem, Record, Row


def csv_rows(path: Path, encoding: Encoding, max_bytes: int = MAX_LINE_BYTES) -> Iterator[Record]:
    """Yield the rows of a CSV (or ``.tsv``) file with a header; a quoted cell may run over several lines."""
    csv.field_size_limit(max_bytes)
    last = 0
    bad: dict[int, Problem] = {}

    def lines() -> Iterator[str]:
        nonlocal last
        for number, raw in utf8_lines(path, encoding, max_bytes):
            last = number
            if raw is None:
                bad[number] = Problem("read.too-long", f"the line is longer than {max_bytes / 2**20:g} MiB")
                yield "\n"
                continue
            try:
                text = raw.decode("utf-8")
            except UnicodeDecodeError:
                problem = decode_row(raw)
                assert isinstance(problem, Problem)  # it is not UTF-8
                bad[number] = problem
                text = raw.decode("utf-8", "replace")
            if "\0" in text:
                bad[number] = Problem(
                    "read.nul", f"a NUL byte at position {text.index(chr(0)) + 1}", "remove it"
                )
                text = text.replace("\0", "")
            yield text + "\n"

    reader = csv.reader(lines(), delimiter="\t" if path.suffix.lower() == ".tsv" else ",", strict=True)
    header: list[str] | None = None
    while True:
        start = last + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            cut = "unexpected end of data" in str(error)
            message = "a quoted cell never ends" if cut else str(error)
            yield Record(start, None, Problem("read.truncated" if cut else "read.not-csv", message), b"")
            if cut:
                return
            continue
        if cells is None:
            return
        while start < last and start in bad and not cells:
            start += 1
        problem = next((bad.pop(number) for number in range(start, last + 1) if number in bad), None)
        if header is None:
            if problem is None and not any(cell.strip() for cell in cells):
                continue
            header = [cell.strip() for cell in cells]
            if problem is None:
                problem = _header_problem(header)
            if problem is not None:
                yield Record(start, None, problem, b"")
                return
        elif problem is not None:
            yield Record(start, None, problem, b"")
        elif len(cells) > 1 or (cells and (cells[0].strip() or len(header) == 1)):
            if len(cells) != len(header):
                message = f"{len(cells)} cells where the header has {len(header)}"
                yield Record(start, None, Problem("read.cells", message, "quote cells that hold commas"), b"")
            else:
                row: Row = {name: _value(name, cell) for name, cell in zip(header, cells, strict=True)}
                yield Record(start, row, None, b"")


def _header_problem(header: list[str]) -> Problem | None:
    if "" in header or len(set(header)) != len(header):
        return Problem("read.header", "the header has empty or repeated names", "name every column once")
    return None


_NESTED = frozenset(
    {"messages", "conversations", "chosen", "rejected", "prompt", "completion", "history", "meta"}
)
"""Columns that may hold JSON; a cell of any other column is its text, whatever it looks like."""


def _value(name: str, cell: str) -> Any:
    if name in _NESTED and cell[:2] in ("[{", "[[", '{"', "[]", "{}") and cell[-1:] in ("]", "}"):
        try:
            return msgspec.json.decode(cell)
        except (msgspec.DecodeError, RecursionError, ValueError):
            return cell
    return cell


def parquet_rows(path: Path, batch_rows: int = 1024) -> Iterator[Record]:
    """Yield the rows of a Parquet file, ``batch_rows`` in memory at a time; ``line`` is the row number from 1.

    Raises:
        DataError: pyarrow is not installed, or the file is not Parquet.
    """
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError as error:
        raise DataError(
            "read.needs-pyarrow", "Parquet needs pyarrow", path=path, hint="pip install 'finetutor[labs]'"
        ) from error
    number = 0
    try:
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=batch_rows):
                for row in batch.to_pylist():
                    number += 1
                    # Arrow fills the keys a struct lacks with nulls; in a message they mean "not there".
                    yield Record(
                        number, {key: _without_nulls(value) for key, value in row.items()}, None, b""
                    )
    except (arrow.ArrowException, OSError, UnicodeDecodeError) as error:
        raise DataError(
            "read.not-parquet",
            str(error).split("\n")[0],
            path=path,
            line=number + 1,
            hint="was it copied whole?",
        ) from error


def _without_nulls(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return value
