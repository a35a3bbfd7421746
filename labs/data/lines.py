"""Lines of a file, one at a time, whatever its encoding and line ends, and never more than a limit in memory."""

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from labs.data.encodings import Encoding

MAX_LINE_BYTES = 64 * 2**20
"""A longer line is reported and skipped. A row of this size holds about 16 million tokens."""

_CHUNK = 1 << 20


def utf8_lines(
    path: Path, encoding: Encoding, max_bytes: int = MAX_LINE_BYTES
) -> Iterator[tuple[int, bytes | None]]:
    """Yield ``(line number from 1, line as UTF-8 bytes without its end)``; None stands for a line over the limit.

    A file in another encoding is decoded and encoded again, so that all readers see UTF-8. Bytes that cannot be
    decoded are passed on as they are in UTF-8 files, and as lone surrogates (which are not valid UTF-8 either)
    in others: the reader of the line names it.
    """
    with path.open("rb") as file:
        file.seek(encoding.mark)
        if encoding.name == "utf-8":
            yield from _byte_lines(file, max_bytes)
        else:
            yield from _decoded_lines(file, encoding.name, max_bytes)


def _byte_lines(file: IO[bytes], max_bytes: int) -> Iterator[tuple[int, bytes | None]]:
    number = 0
    readline = file.readline
    while line := readline(max_bytes + 1):
        number += 1
        if len(line) > max_bytes and not line.endswith(b"\n"):
            while (rest := readline(_CHUNK)) and not rest.endswith(b"\n"):
                pass
            yield number, None
        else:
            yield number, line.rstrip(b"\r\n")


def _decoded_lines(file: IO[bytes], name: str, max_bytes: int) -> Iterator[tuple[int, bytes | None]]:
    errors = "surrogatepass" if name.startswith("utf-") else "surrogateescape"
    decoder = codecs.getincrementaldecoder(name)(errors)
    number = 0
    pending: list[bytes] = []
    size = 0
    over = False
    final = False
    while not final:
        chunk = file.read(_CHUNK)
        final = not chunk
        try:
            text = decoder.decode(chunk, final)
        except UnicodeDecodeError:  # half a code unit at the end of the file
            text = "\ud800"
        *whole, rest = text.encode("utf-8", "surrogatepass").split(b"\n")
        for piece in whole:
            number += 1
            if over or size + len(piece) > max_bytes:
                yield number, None
            else:
                yield number, b"".join((*pending, piece)).rstrip(b"\r")
            pending, size, over = [], 0, False
        size += len(rest)
        over = over or size > max_bytes
        pending = [] if over else [*pending, rest]
    if over or size:
        yield number + 1, None if over else b"".join(pending).rstrip(b"\r")
