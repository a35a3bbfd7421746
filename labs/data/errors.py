"""The one error of this package: what is wrong, where (file, line, field), and what to do next."""

from pathlib import Path

from labs.errors import LabsError


class DataError(LabsError):
    """Something in a data file, or in what was asked of it, that cannot be worked with.

    Attributes:
        code: stable id such as ``"read.not-json"``; the app translates by it.
        path: the file, when there is one.
        line: line number in the file, from 1; for Parquet the row number. None when the whole file is meant.
        field: where inside the row, such as ``messages[1].content``.
        hint: what to do next; may be empty.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        path: Path | None = None,
        line: int | None = None,
        field: str = "",
        hint: str = "",
    ) -> None:
        super().__init__(code, message, hint)
        self.path = path
        self.line = line
        self.field = field

    def __str__(self) -> str:
        place = "" if self.path is None else str(self.path)
        if self.line is not None:
            place = f"{place}:{self.line}" if place else f"line {self.line}"
        parts = [part for part in (place, self.field, self.message) if part]
        return ": ".join(parts) + (f" ({self.hint})" if self.hint else "")
