"""One content file into typed parts: what is sound is kept, what is not becomes a problem with its line."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from quiz_bank.blueprints import Blueprint
from quiz_bank.errors import Problem
from quiz_bank.facts import Fact, FactTable
from quiz_bank.questions import Card, Question, QuestionSet
from quiz_bank.topics import Checklist, Topic
from quiz_bank.tree import DecisionTree
from quiz_bank.widen import typed

FORMAT_VERSION = 1
MAX_BYTES = 16 * 1024 * 1024
PARTS: dict[str, Any] = {
    "question": Question,
    "card": Card,
    "set": QuestionSet,
    "fact": Fact,
    "table": FactTable,
    "topic": Topic,
    "checklist": Checklist,
    "tree": DecisionTree,
    "blueprint": Blueprint,
}
"""The tables a content file may hold, and their types."""

_TOP_HEADER = re.compile(r"^\[\[\s*([a-z]+)\s*\]\]")
_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)")
_PATH = re.compile(r"^(.*?)(?: - at `(.*)`)?\Z", re.DOTALL)
_QUOTED = re.compile(r"field `([^`]+)`")


class Placed(msgspec.Struct, frozen=True):
    """A part of the bank and where it stands."""

    table: str
    part: Any
    file: Path
    line: int | None


def read_content(path: Path) -> tuple[list[Placed], list[Problem]]:
    """Read one TOML file.

    A file that is not TOML as a whole is cut at its top-level headers, and each piece is read by itself.
    """
    problems: list[Problem] = []
    text = _text_of(path, problems)
    if text is None:
        return [], problems
    placed: list[Placed] = []
    for raw, first_line in _documents(text, path, problems):
        placed += _parts(raw, text, first_line, path, problems)
    return placed, problems


def _text_of(path: Path, problems: list[Problem]) -> str | None:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            problems.append(
                Problem("too-large", path, None, None, None, f"{size:,} bytes; the limit is {MAX_BYTES:,}")
            )
            return None
        data = path.read_bytes()
    except OSError as error:
        problems.append(Problem("unreadable", path, None, None, None, error.strerror or str(error)))
        return None
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return data.decode(encoding).replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        message = f"not {encoding.removesuffix('-sig').upper()} (byte {error.start}); save the file as UTF-8"
        problems.append(Problem("encoding", path, line, None, None, message))
        return None


def _documents(text: str, path: Path, problems: list[Problem]) -> Iterator[tuple[dict[str, Any], int]]:
    """The whole file, or its sound pieces; each with the line it starts at."""
    try:
        yield tomllib.loads(text), 1
        return
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        whole = _toml_problem(error, text, 1, path)
    pieces = _pieces(text)
    if len(pieces) < 2:
        problems.append(whole)
        return
    for line, piece in pieces:
        try:
            yield tomllib.loads(piece), line
        except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
            problems.append(_toml_problem(error, piece, line, path))


def _pieces(text: str) -> list[tuple[int, str]]:
    lines = text.split("\n")
    starts = [0] + [i for i, line in enumerate(lines) if i and _TOP_HEADER.match(line)]
    ends = [*starts[1:], len(lines)]
    return [(start + 1, "\n".join(lines[start:end])) for start, end in zip(starts, ends, strict=True)]


def _toml_problem(error: Exception, text: str, first_line: int, path: Path) -> Problem:
    at = _AT_LINE.search(str(error))
    line = first_line + int(at.group(1)) - 1 if at else first_line
    if "end of document" in str(error):
        line = first_line
    item = re.search(r'^id\s*=\s*"([^"\n]*)"', text, re.MULTILINE)
    message = f"not TOML: {_AT_LINE.sub('', str(error)).strip()}"
    return Problem("toml", path, line, item.group(1) if item and first_line > 1 else None, None, message)


def _parts(
    raw: dict[str, Any], text: str, first_line: int, path: Path, problems: list[Problem]
) -> Iterator[Placed]:
    version = raw.pop("format_version", FORMAT_VERSION)
    if version != FORMAT_VERSION:
        message = f"format_version {version!r}; this program reads {FORMAT_VERSION}"
        problems.append(Problem("format-version", path, first_line, None, "format_version", message))
        return
    for table, entries in raw.items():
        if table not in PARTS or not isinstance(entries, list):
            message = f"unknown table {table!r}; known are {', '.join(f'[[{name}]]' for name in PARTS)}"
            problems.append(Problem("unknown-table", path, _line_of_key(text, table), None, table, message))
            continue
        blocks = _blocks(text, table, first_line)
        for i, entry in enumerate(entries):
            line, block = blocks[i] if i < len(blocks) else (None, "")
            item = _name_of(entry)
            try:
                yield Placed(table, typed(entry, PARTS[table]), path, line)
            except msgspec.ValidationError as error:
                problems.append(_schema_problem(error, path, line, block, item))
            except RecursionError:
                problems.append(Problem("schema", path, line, item, None, "nested too deeply"))


def _name_of(entry: Any) -> str | None:
    if not isinstance(entry, dict):
        return None
    name = entry.get("id") or entry.get("name") or entry.get("topic")
    return name if isinstance(name, str) else None


def _blocks(text: str, table: str, first_line: int) -> list[tuple[int, str]]:
    """``(line, text)`` of each ``[[table]]`` of the piece that starts at ``first_line``."""
    lines = text.split("\n")
    if first_line > 1:
        end = next((i for i in range(first_line, len(lines)) if _TOP_HEADER.match(lines[i])), len(lines))
        return [(first_line, "\n".join(lines[first_line - 1 : end]))]
    heads = [i for i, line in enumerate(lines) if _TOP_HEADER.match(line)]
    blocks = []
    for position, start in enumerate(heads):
        match = _TOP_HEADER.match(lines[start])
        if match is not None and match.group(1) == table:
            end = heads[position + 1] if position + 1 < len(heads) else len(lines)
            blocks.append((start + 1, "\n".join(lines[start:end])))
    return blocks


def _line_of_key(text: str, key: str) -> int | None:
    for i, line in enumerate(text.split("\n"), start=1):
        if re.match(rf"^\s*(\[+\s*)?{re.escape(key)}\b", line):
            return i
    return None


def _schema_problem(error: Exception, path: Path, line: int | None, block: str, item: str | None) -> Problem:
    match = _PATH.match(str(error))
    assert match is not None
    message, where = match.group(1), (match.group(2) or "").removeprefix("$").lstrip(".")
    named = _QUOTED.search(message)
    field = ".".join(part for part in (where, named.group(1) if named else "") if part) or None
    code = "schema"
    if named and named.group(1) in ("en", "zh") and "missing" in message:
        code = "missing-language"
        message = "English is missing" if named.group(1) == "en" else "Chinese is missing"
    elif "unknown field" in message and field is not None:
        message = f"unknown field `{field}`: misspelt, or below the wrong header"
    return Problem(code, path, line + _offset(block, field) if line else None, item, field, message)


def _offset(block: str, field: str | None) -> int:
    """How many lines below its header the field stands, as near as the path tells; 0 where it cannot be found."""
    lines = block.split("\n")
    at = 0
    for name, index in re.findall(r"([A-Za-z_]+)(?:\[(\d+)\])?", field or ""):
        headers = [i for i, line in enumerate(lines) if re.match(rf"^\s*\[\[[a-z_.]*\b{name}\s*\]\]", line)]
        if index and int(index) < len(headers):
            at = headers[int(index)]
            continue
        found = next(
            (i for i in range(at, len(lines)) if re.match(rf"^\s*\[*[a-z_.]*\b{name}\b", lines[i])), None
        )
        at = at if found is None else found
    return at
