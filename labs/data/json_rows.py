"""Rows out of JSON text: JSON lines, and arrays of any size read element by element."""

import codecs
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from labs.data.encodings import Encoding, likely_encodings
from labs.data.lines import MAX_LINE_BYTES, utf8_lines
from labs.data.records import Problem, Record

_decode: Callable[[bytes], Any] = msgspec.json.Decoder().decode
_CHUNK = 1 << 20
_SPACE = re.compile(r"[ \t\r\n]*")
_LONE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB]..)\\u[dD][c-fC-F].."
)


def decode_row(raw: bytes) -> dict[str, Any] | Problem:
    """Decode one JSON object, or say what is wrong with ``raw``. NaN, Infinity and lone surrogates are refused."""
    try:
        value = _decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        return _explain(raw, error)
    if type(value) is not dict:
        name = {list: "an array", str: "a string", type(None): "null", bool: "a boolean"}.get(
            type(value), "a number"
        )
        return Problem("read.not-an-object", f"a row must be a JSON object, this is {name}")
    return value


def _explain(raw: bytes, error: Exception) -> Problem:
    """Name the cause of a failed decode; only broken lines come here, so time does not matter."""
    if isinstance(error, RecursionError):
        return Problem(
            "read.too-deep", "the JSON is nested too deeply", "training rows need two or three levels"
        )
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as bad:
        if (
            b"\xed" <= raw[bad.start : bad.start + 1] <= b"\xed"
            and raw[bad.start + 1 : bad.start + 2] >= b"\xa0"
        ):
            return Problem(
                "read.lone-surrogate", f"half of a surrogate pair at byte {bad.start + 1}", _SURROGATE_HINT
            )
        names = ", ".join(likely_encodings(raw))
        return Problem(
            "read.not-utf8",
            f"byte 0x{raw[bad.start]:02x} at position {bad.start + 1} is not UTF-8",
            f"find out how the file was saved and pass --encoding; it could be {names}",
        )
    if "\0" in text:
        return Problem(
            "read.nul", f"a NUL byte at position {text.index(chr(0)) + 1}", "remove it, or restore the file"
        )
    try:
        json.loads(text, parse_constant=_refuse_constant)
    except _ConstantError as constant:
        return Problem("read.not-json", f"{constant} is not JSON", "use null, or leave the field out")
    except json.JSONDecodeError as bad:
        at_end = not text[bad.pos :].strip()
        cut = at_end or bad.msg.startswith("Unterminated string")
        what = "the line stops in the middle of a value" if cut else f"{bad.msg} at column {bad.colno}"
        hint = "the end of the file may be missing" if cut else _quote_hint(text)
        return Problem("read.truncated" if cut else "read.not-json", what, hint)
    except RecursionError:
        return Problem(
            "read.too-deep", "the JSON is nested too deeply", "training rows need two or three levels"
        )
    except ValueError as bad:  # integers of thousands of digits
        return Problem("read.not-json", str(bad))
    if _LONE.search(raw):
        return Problem(
            "read.lone-surrogate", "an escape such as \\ud83d without its other half", _SURROGATE_HINT
        )
    return Problem("read.not-json", str(error))


_SURROGATE_HINT = "an emoji was cut in two; remove it or restore the text"


class _ConstantError(Exception):
    """NaN or Infinity was found where JSON has no such thing."""


def _refuse_constant(name: str) -> float:
    raise _ConstantError(name)


def _quote_hint(text: str) -> str:
    return "JSON needs double quotes" if text.lstrip().startswith("{'") else ""


def json_lines(path: Path, encoding: Encoding, max_bytes: int = MAX_LINE_BYTES) -> Iterator[Record]:
    """Yield the rows of a JSON-lines file; blank lines are skipped, a broken line is a record with a problem."""
    for number, raw in utf8_lines(path, encoding, max_bytes):
        if raw is None:
            message = f"the line is longer than {max_bytes / 2**20:g} MiB"
            yield Record(
                number, None, Problem("read.too-long", message, "one row a line: is this a JSON array?"), b""
            )
        elif raw and not raw.isspace():
            value = decode_row(raw)
            if type(value) is dict:
                yield Record(number, value, None, raw)
            else:
                yield Record(number, None, value, raw)  # type: ignore[arg-type]


def json_array(path: Path, encoding: Encoding, max_bytes: int = MAX_LINE_BYTES) -> Iterator[Record]:
    """Yield the elements of a JSON array (or the one object) in ``path`` without holding the whole of it.

    After text that is not JSON nothing more can be read: the last record then carries the problem and its line.
    """
    text, line, position = "", 1, 0
    decoder = codecs.getincrementaldecoder(encoding.name)(errors="strict")
    scan = json.JSONDecoder(parse_constant=_refuse_constant).raw_decode
    state, size = "start", _CHUNK
    with path.open("rb") as file:
        file.seek(encoding.mark)
        ended = False

        def more() -> Problem | None:
            """Forget what was read, take the next ``size`` bytes."""
            nonlocal text, position, ended
            chunk = file.read(size)
            ended = not chunk
            try:
                text = text[position:] + decoder.decode(chunk, ended)
            except UnicodeDecodeError as bad:
                names = ", ".join(likely_encodings(chunk))
                return Problem("read.not-utf8", f"{bad.reason}: not {encoding.name}", f"it could be {names}")
            position = 0
            return None

        while True:
            end = _SPACE.match(text, position).end()  # type: ignore[union-attr]
            line += text.count("\n", position, end)
            position = end
            if position == len(text):
                if ended:
                    break
                if problem := more():
                    yield Record(line, None, problem, b"")
                    return
                continue
            mark = text[position]
            if state == "start" and mark == "[":
                state, position = "first", position + 1
            elif mark == "]" and state in ("first", "after"):
                state, position = "done", position + 1
            elif state == "after" and mark == ",":
                state, position = "element", position + 1
            elif state in ("start", "first", "element"):
                try:
                    _, end = scan(text, position)
                    enough = ended or end < len(text)
                except (json.JSONDecodeError, RecursionError, _ConstantError, ValueError) as bad:
                    final = (
                        ended or len(text) - position > max_bytes or not isinstance(bad, json.JSONDecodeError)
                    )
                    if final:
                        yield Record(
                            line, None, _explain(text[position:].encode("utf-8", "replace"), bad), b""
                        )
                        return
                    enough = False
                if not enough:
                    size *= 2  # an element larger than the chunk costs twice its size, not its square
                    if problem := more():
                        yield Record(line, None, problem, b"")
                        return
                    continue
                size = _CHUNK
                # Through the strict decoder once more: one meaning of a row for every kind of file.
                raw = text[position:end].encode("utf-8", "surrogatepass")
                row = decode_row(raw)
                if type(row) is dict:
                    yield Record(line, row, None, raw)
                else:
                    yield Record(line, None, row, raw)  # type: ignore[arg-type]
                line += text.count("\n", position, end)
                position = end
                state = "done" if state == "start" else "after"
            else:
                yield Record(line, None, Problem("read.not-json", f"unexpected {mark!r} in the array"), b"")
                return
    if state in ("first", "after", "element"):
        yield Record(
            line, None, Problem("read.truncated", "the array has no end", "the file may be cut off"), b""
        )


def repeated_keys(record: Record) -> list[str]:
    """Keys that occur twice in one object of ``record``: readers keep the last and say nothing.

    Decoding twice would double the cost of a check. Outside of strings ``":`` ends a key, and inside a string its
    quote would be escaped, so a row with as many ``":`` as keys has no repeated key.
    """
    raw = record.raw
    if not raw or (raw.count(b'":') == _count_keys(record.row) and not _SPACED.search(raw)):
        return []
    found: list[str] = []

    def collect(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        row = dict(pairs)
        if len(row) != len(pairs):
            seen: set[str] = set()
            found.extend(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        return row

    json.loads(raw, object_pairs_hook=collect)
    return found


_SPACED = re.compile(rb'"[ \t\r\n]+:')


def _count_keys(value: Any) -> int:
    if type(value) is dict:
        return len(value) + sum([_count_keys(item) for item in value.values() if type(item) in (dict, list)])
    if type(value) is list:
        return sum([_count_keys(item) for item in value if type(item) in (dict, list)])
    return 0
