"""Plain text files as rows: one ``text`` row a line that is not blank."""

from collections.abc import Iterator
from pathlib import Path

from labs.data.encodings import Encoding
from labs.data.json_rows import decode_row
from labs.data.lines import MAX_LINE_BYTES, utf8_lines
from labs.data.records import Problem, Record


def text_lines(path: Path, encoding: Encoding, max_bytes: int = MAX_LINE_BYTES) -> Iterator[Record]:
    """Yield ``{"text": line}`` for every line that is not blank."""
    for number, raw in utf8_lines(path, encoding, max_bytes):
        if raw is None:
            message = f"the line is longer than {max_bytes / 2**20:g} MiB"
            yield Record(number, None, Problem("read.too-long", message), b"")
            continue
        if not raw or raw.isspace():
            continue
        try:
            yield Record(number, {"text": raw.decode("utf-8")}, None, b"")
        except UnicodeDecodeError:
            problem = decode_row(raw)
            assert isinstance(problem, Problem)  # it is not UTF-8
            yield Record(number, None, problem, raw)
