"""Which encoding a file is in, and how that is known: its byte order mark, its NUL bytes, or nothing at all.

Nothing is guessed between single-byte encodings: every byte string is valid latin-1, so a guess would turn
a broken file into wrong text without a word. Without a mark a file is UTF-8, or an error names its first bad line.
"""

import codecs
from pathlib import Path

import msgspec

from labs.data.errors import DataError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark starts with UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 65_536


class Encoding(msgspec.Struct, frozen=True):
    """How a file's bytes become text.

    Attributes:
        name: Python's codec name.
        mark: length of the byte order mark in bytes, 0 without one.
        evidence: ``"mark"``, ``"nul bytes"``, ``"asked for"`` or ``"assumed"``.
    """

    name: str
    mark: int
    evidence: str


def find_encoding(path: Path, asked: str | None = None) -> Encoding:
    """Return the encoding of ``path``; ``asked`` overrules what the file's first bytes say, but skips a mark.

    Raises:
        DataError: the file cannot be read, or ``asked`` is no codec of Python's.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_SAMPLE)
    except OSError as error:
        raise DataError("read.cannot-open", error.strerror or str(error), path=path) from error
    found = _from_head(head)
    if asked is None:
        return found
    try:
        name = codecs.lookup(asked).name
        "".encode(name)
    except (LookupError, TypeError) as error:
        raise DataError(
            "read.unknown-encoding",
            f"no text encoding is called {asked!r}",
            path=path,
            hint="try utf-8 or gb18030",
        ) from error
    same_family = found.mark and found.name.startswith(name.removesuffix("-sig").rstrip("_"))
    return Encoding(
        found.name if same_family and name != "utf-8" else name.removesuffix("-sig"),
        found.mark if same_family else 0,
        "asked for",
    )


def _from_head(head: bytes) -> Encoding:
    for mark, name in _MARKS:
        if head.startswith(mark):
            return Encoding(name, len(mark), "mark")
    # JSON and CSV start with ASCII, which UTF-16 and UTF-32 pad with NULs in fixed places.
    if len(head) >= 4:
        first = head[:4]
        if first[1:] == b"\0\0\0" and first[0]:
            return Encoding("utf-32-le", 0, "nul bytes")
        if first[:3] == b"\0\0\0" and first[3]:
            return Encoding("utf-32-be", 0, "nul bytes")
        if first[0] and not first[1] and first[2] and not first[3]:
            return Encoding("utf-16-le", 0, "nul bytes")
        if not first[0] and first[1] and not first[2] and first[3]:
            return Encoding("utf-16-be", 0, "nul bytes")
    return Encoding("utf-8", 0, "assumed")


def likely_encodings(data: bytes) -> tuple[str, ...]:
    """Encodings that would decode ``data`` (which is not UTF-8), the likelier first: a hint, never a decision."""
    likely = []
    for name in ("gb18030", "big5", "shift_jis"):
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        beyond = [char for char in text if ord(char) > 127]
        # A chance decoding lands among rare characters; real text is mostly in the common block.
        common = sum(
            "\u4e00" <= char <= "\u9fff" or "\u3000" <= char <= "\u30ff" or char >= "\uff00"
            for char in beyond
        )
        if beyond and common / len(beyond) > 0.9 and len(beyond) > 1:
            likely.append(name)
    return (*likely, "cp1252", "latin-1")
