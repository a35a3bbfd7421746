"""CSV that a spreadsheet takes for data: nothing a student wrote is read as a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

from metrics.clean import clean

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""Starts that make a cell a formula or a command (OWASP, CSV Injection), full-width ones included."""
Cell = str | float | int | None


def text_cell(text: str) -> str:
    """One line of clean text; ``'`` before it where it would begin a formula, also after leading spaces."""
    guard = "'" if text[:1] in _FORMULA else ""
    plain = clean(text, one_line=True)
    return "'" + plain if guard or plain.startswith(_FORMULA) else plain


def number_cell(value: float) -> str:
    """A number as short as it can be said: ``12``, ``12.5``, ``-0.25``."""
    shown = f"{round(value, 4) + 0.0:.4f}".rstrip("0").rstrip(".")
    return shown or "0"


def csv_bytes(rows: Iterable[Sequence[Cell]]) -> bytes:
    """UTF-8 without a byte order mark, LF at the ends of lines. Texts are guarded, None is an empty cell."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return out.getvalue().encode()


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    return text_cell(value) if isinstance(value, str) else number_cell(value)
