"""Read a data file row by row. Nothing here holds more than one row (or one Parquet batch) at a time.

A row that cannot be read is yielded as a record with its problem, so that one bad line does not hide the rest;
``rows`` is for those who want only good rows and an error at the first bad one.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from labs.data.encodings import Encoding, find_encoding
from labs.data.errors import DataError
from labs.data.json_rows import json_array, json_lines
from labs.data.lines import MAX_LINE_BYTES
from labs.data.records import Record, Row
from labs.data.table_rows import csv_rows, parquet_rows
from labs.data.text_rows import text_lines

Progress = Callable[[int, int | None], None]
"""Called now and then with rows done so far and, where known, rows in all."""

PROGRESS_ROWS = 5_000
"""How many rows lie between two calls of a ``Progress``."""

KINDS = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".txt": "text",
    ".md": "text",
}
"""File kinds by suffix."""


def kind_of(path: Path) -> str:
    """Return ``jsonl``, ``json``, ``csv``, ``parquet`` or ``text`` by the name's suffix; unknown suffixes are an error."""
    kind = KINDS.get(path.suffix.lower())
    if kind is None:
        known = ", ".join(KINDS)
        raise DataError(
            "read.unknown-kind",
            f"no such kind of file: {path.suffix or 'no suffix'}",
            path=path,
            hint=f"rename it to one of {known}",
        )
    return kind


def records(path: Path, encoding: str | None = None, max_bytes: int = MAX_LINE_BYTES) -> Iterator[Record]:
    """Yield every row of ``path``, readable or not, in order.

    Args:
        path: a file with one of the suffixes of ``KINDS``; a text file is read as one ``text`` row a line.
        encoding: a codec name; by default the byte order mark decides, else UTF-8.
        max_bytes: a longer line or array element is reported, not read.

    Raises:
        DataError: the file cannot be opened, is of no known kind, or holds no rows at all.
    """
    kind = kind_of(path)
    if kind == "parquet":
        if not path.is_file():
            raise DataError("read.cannot-open", "No such file", path=path)
        found = parquet_rows(path)
    else:
        used = find_encoding(path, encoding)
        if kind == "text":
            found = text_lines(path, used, max_bytes)
        else:
            found = csv_rows(path, used, max_bytes) if kind == "csv" else _json(path, kind, used, max_bytes)
    empty = True
    for record in found:
        empty = False
        yield record
    if empty:
        raise DataError("read.empty", "the file holds no rows", path=path, hint="is it the right file?")


def _json(path: Path, kind: str, encoding: Encoding, max_bytes: int) -> Iterator[Record]:
    if kind == "json" and _starts_with_array(path, encoding):
        return json_array(path, encoding, max_bytes)
    if kind == "json":
        # Many tools write JSON lines to .json. One object over several lines is read as an array of one.
        first = next(json_lines(path, encoding, max_bytes), None)
        if first is not None and first.row is None:
            return json_array(path, encoding, max_bytes)
    return json_lines(path, encoding, max_bytes)


def _starts_with_array(path: Path, encoding: Encoding) -> bool:
    with path.open("rb") as file:
        file.seek(encoding.mark)
        head = file.read(4096).decode(encoding.name, "ignore")
    return head.lstrip().startswith("[")


def rows(path: Path, encoding: str | None = None) -> Iterator[tuple[int, Row]]:
    """Yield ``(line, row)``; the first unreadable row raises a ``DataError`` that names its line."""
    for record in records(path, encoding):
        if record.row is None:
            raise error_of(path, record)
        yield record.line, record.row


def error_of(path: Path, record: Record) -> DataError:
    """The error that an unreadable record stands for."""
    problem = record.problem
    assert problem is not None
    return DataError(problem.code, problem.message, path=path, line=record.line, hint=problem.hint)
