"""JSON from students: small, shallow, no key twice, no NaN, and of the type that was asked for."""

import json
import math
import re
from typing import Any, TypeVar

import msgspec

from labs.grading.limits import Limits
from labs.submission.errors import SubmissionError

T = TypeVar("T")
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.S)
_BRACKET = re.compile(rb"[\[\]{}]")


def parse_document(data: bytes, kind: type[T], where: str, limits: Limits) -> T:
    """A file that is one JSON document.

    Raises:
        SubmissionError: ``json.too_large``, ``json.too_deep``, ``json.not_json``, ``json.duplicate_key``,
            ``json.number``, ``json.schema``.
    """
    if len(data) > limits.json_bytes:
        raise SubmissionError(
            "json.too_large", f"{len(data):,} bytes; at most {limits.json_bytes:,}.", where=where
        )
    value: T = _typed(_parse(data, where, limits), kind, where)
    return value


def parse_lines(data: bytes, kind: Any, where: str, limits: Limits) -> list[Any]:
    """A file of one JSON document a line; a torn last line is an error here, unlike in a run that still goes on.

    Raises:
        SubmissionError: as ``parse_document``, with the line's number; ``json.too_many``.
    """
    lines = data.split(b"\n")
    if lines and not lines[-1].strip():
        lines.pop()
    if len(lines) > limits.lines:
        raise SubmissionError(
            "json.too_many", f"{len(lines):,} lines; at most {limits.lines:,}.", where=where
        )
    rows = []
    for number, line in enumerate(lines, 1):
        place = f"{where}:{number}"
        if len(line) > limits.line_bytes:
            raise SubmissionError(
                "json.too_large", f"{len(line):,} bytes; at most {limits.line_bytes:,}.", where=place
            )
        if line.strip():
            rows.append(_typed(_parse(line, place, limits), kind, place))
    return rows


def _parse(data: bytes, where: str, limits: Limits) -> Any:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SubmissionError("json.not_json", f"is not UTF-8 at byte {error.start}.", where=where) from error
    if data.startswith(b"\xef\xbb\xbf"):
        raise SubmissionError("json.not_json", "begins with a byte order mark.", where=where)
    depth = 0
    for bracket in _BRACKET.finditer(_STRING.sub(b"", data)):
        depth += 1 if bracket[0] in b"[{" else -1
        if depth > limits.depth:
            raise SubmissionError("json.too_deep", f"is nested deeper than {limits.depth}.", where=where)

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        table = dict(pairs)
        if len(table) < len(pairs):
            twice = next(key for at, (key, _) in enumerate(pairs) if key in dict(pairs[:at]))
            raise SubmissionError("json.duplicate_key", f"has {twice[:40]!r} twice.", where=where)
        return table

    def refuse(constant: str) -> Any:
        raise SubmissionError("json.number", f"{constant} is no number.", where=where)

    def number(digits: str) -> float:
        value = float(digits)
        return value if math.isfinite(value) else refuse(digits[:20])

    def integer(digits: str) -> int:
        value = int(digits) if len(digits) < 20 else 2**63
        return value if abs(value) < 2**63 else refuse(digits[:24])

    try:
        return json.loads(
            text, object_pairs_hook=unique, parse_constant=refuse, parse_float=number, parse_int=integer
        )
    except json.JSONDecodeError as error:
        raise SubmissionError(
            "json.not_json", f"{error.msg} at character {error.pos}.", where=where
        ) from error


def _typed(value: Any, kind: Any, where: str) -> Any:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise SubmissionError("json.schema", f"{error}.", where=where) from error
    except RecursionError as error:
        raise SubmissionError("json.too_deep", "is nested too deeply.", where=where) from error
