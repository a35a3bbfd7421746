"""Read predictions and references from ``.txt`` (one a line) and ``.jsonl``; a fault names its file and line."""

import codecs
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from metrics.errors import MetricError

PREDICTION_FIELDS = ("prediction", "hypothesis", "tuned", "output", "response", "answer", "text")
REFERENCE_FIELDS = ("reference", "references", "target", "answer", "output", "completion", "text")
_BOMS = {codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16"}


class Row(msgspec.Struct, frozen=True):
    """One line: its text (or several references), its id where it has one, its line number from 1."""

    text: str | list[str]
    id: str | None
    line: int


def read_rows(path: Path, fields: Sequence[str], field: str | None = None) -> list[Row]:
    """Read a file by its suffix.

    ``.txt``: each line is a row, empty lines too. ``.jsonl``: a string, a list of strings, or an object with
    one of ``fields``, or with ``messages`` (the last assistant message); blank lines are skipped.

    Args:
        path: the file, UTF-8 with or without BOM, any line ends.
        fields: where an object's text may be, in order of preference.
        field: the one field to take instead.

    Raises:
        MetricError: ``bad-file`` with file and line.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise MetricError("bad-file", f"{path} cannot be read: {error.strerror}", "Check the path") from error
    for bom, name in _BOMS.items():
        if raw.startswith(bom):
            raise MetricError("bad-file", f"{path} is {name}", "Save it as UTF-8")
    lines = raw.removeprefix(codecs.BOM_UTF8).replace(b"\r\n", b"\n").split(b"\n")
    if lines and not lines[-1]:
        lines.pop()
    if not lines:
        raise MetricError("bad-file", f"{path} is empty", "There is nothing to score")
    as_json = path.suffix.lower() in {".jsonl", ".ndjson", ".json"}
    rows = []
    for number, line in enumerate(lines, 1):
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError as error:
            raise MetricError(
                "bad-file", f"{path}, line {number}: not UTF-8 at byte {error.start + 1}", "Save it as UTF-8"
            ) from error
        if as_json:
            if text.strip():
                rows.append(_json_row(text, path, number, fields, field))
        else:
            rows.append(Row(text, None, number))
    if not rows:
        raise MetricError("bad-file", f"{path} holds blank lines only", "There is nothing to score")
    return rows


def _json_row(line: str, path: Path, number: int, fields: Sequence[str], field: str | None) -> Row:
    where = f"{path}, line {number}"
    try:
        value = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise MetricError(
            "bad-file", f"{where}: not JSON ({error})", "Each line is one JSON value"
        ) from error
    if not isinstance(value, dict):
        return Row(_text(value, where, "the line"), None, number)
    identity = value.get("id")
    key = str(identity) if isinstance(identity, str | int) else None
    if field is not None:
        if field not in value:
            raise MetricError(
                "bad-file", f"{where}: no field {field!r}", f"It has {', '.join(map(str, value))}"
            )
        return Row(_text(value[field], where, field), key, number)
    for name in fields:
        if name in value:
            return Row(_text(value[name], where, name), key, number)
    messages = value.get("messages")
    if isinstance(messages, list):
        for turn in reversed(messages):
            if isinstance(turn, dict) and turn.get("role") == "assistant":
                return Row(_text(turn.get("content"), where, "the last assistant message"), key, number)
    raise MetricError(
        "bad-file",
        f"{where}: none of the fields {', '.join(fields)}",
        "Name the field with --field or --reference-field",
    )


def _text(value: Any, where: str, what: str) -> str | list[str]:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return list(value)
    kind = "null" if value is None else type(value).__name__
    raise MetricError("bad-file", f"{where}: {what} is {kind}, not text", "Write it as a string")


def pair(
    predictions: Sequence[Row],
    references: Sequence[Row],
    names: tuple[str, str] = ("predictions", "references"),
) -> tuple[list[str], list[str | list[str]]]:
    """Hypotheses and references row by row: by id where every row of both has one, else by position.

    Raises:
        MetricError: ``lengths-differ`` or ``ids-differ``, naming what is missing or twice, and where.
    """
    hyps = []
    for row in predictions:
        if not isinstance(row.text, str):
            raise MetricError("bad-file", f"{names[0]}, line {row.line}: a list; a prediction is one text")
        hyps.append(row.text)
    ids, wanted = [row.id for row in predictions], [row.id for row in references]
    if None not in ids and None not in wanted and ids != wanted:
        _refuse_strangers(predictions, set(wanted), *names)
        _refuse_strangers(references, set(ids), *reversed(names))
    if len(predictions) != len(references):
        raise MetricError(
            "lengths-differ",
            f"{names[0]} has {len(predictions)} rows but {names[1]} has {len(references)}",
            "Row by row they must belong together",
        )
    if None in ids or None in wanted or ids == wanted:
        return hyps, [row.text for row in references]
    by_id = {row.id: row.text for row in references}
    return hyps, [by_id[name] for name in ids]


def _refuse_strangers(rows: Sequence[Row], others: set[str | None], file: str, other: str) -> None:
    """Refuse an id that ``other`` lacks, or that is there twice: by position, such rows would be scored against others."""
    seen: dict[str | None, int] = {}
    for row in rows:
        where = f"{file}, line {row.line}"
        if row.id not in others:
            raise MetricError(
                "ids-differ", f"{where}: id {row.id!r} is not in {other}", "Score the same rows"
            )
        if row.id in seen:
            raise MetricError(
                "ids-differ",
                f"{where}: id {row.id!r} is also that of line {seen[row.id]}",
                "Leave one row an id",
            )
        seen[row.id] = row.line
