"""What reading yields: a row, or the problem that stands where a row should be, each with its line."""

from typing import Any

import msgspec

Row = dict[str, Any]
"""One row as its file has it: column or key to value."""


class Problem(msgspec.Struct, frozen=True):
    """Why a row cannot be read: a stable code, a sentence, and what to do next (may be empty)."""

    code: str
    message: str
    hint: str = ""


class Record(msgspec.Struct, gc=False):
    """One row of a file.

    Attributes:
        line: line in the file from 1 where the row starts; the row number for Parquet.
        row: the row, or None when ``problem`` says why there is none.
        problem: None for a readable row.
        raw: the row's JSON as UTF-8; empty for CSV and Parquet.
    """

    line: int
    row: Row | None
    problem: Problem | None
    raw: bytes
