"""A CSV that the instructor wrote or filled in."""

import csv
import io
from pathlib import Path

from labs.errors import LabsError


def read_csv(path: Path, refusal: type[LabsError], code: str) -> "csv.DictReader[str]":
    """Its rows by column; a byte order mark, as spreadsheets leave it, is no part of the first name.

    Raises:
        refusal: ``<code>.unreadable``, ``<code>.encoding`` (not UTF-8).
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise refusal(f"{code}.unreadable", f"{path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise refusal(f"{code}.encoding", f"{path}: is not UTF-8.", "Save it as CSV UTF-8.") from error
    return csv.DictReader(io.StringIO(text, newline=""))
