"""Undo mojibake in a text file, line by line: blank lines and line order stay, what is lost is counted."""

from collections import Counter
from pathlib import Path

import msgspec

from labs.data.encodings import find_encoding
from labs.data.errors import DataError
from labs.data.lines import utf8_lines
from labs.data.mojibake import SINGLE_BYTE, find_repair, looks_broken, undo
from labs.data.writing import replacing


class RepairReport(msgspec.Struct, frozen=True, kw_only=True):
    """What came back: the wrong reading that was undone, lines changed, characters restored and lost, bytes lost."""

    codec: str
    lines: int
    changed: int
    restored: int
    damaged: int
    lost_bytes: int


def repair_file(source: Path, target: Path, codec: str | None = None, *, force: bool = False) -> RepairReport:
    """Write ``source`` to ``target`` with UTF-8 that was read as ``codec`` put right; U+FFFD stands for what is lost.

    Args:
        source: any text file, JSON lines included; it is read twice and never held whole.
        target: the new file, UTF-8 with LF line ends.
        codec: the wrong reading; by default the one that explains the whole file best.
        force: replace ``target``; never ``source``.

    Raises:
        DataError: a line is not text, there is no mojibake, or the target may not be written.
    """
    encoding = find_encoding(source)
    codec = codec or _likely(source)
    if codec is None:
        raise DataError("repair.nothing", "no line looks like mojibake", path=source)
    done: Counter[str] = Counter()
    with replacing(target, force=force, inputs=(source,)) as file:
        for number, raw in utf8_lines(source, encoding):
            text = _decoded(source, number, raw)
            fixed = undo(text, codec, sure=looks_broken(text)) if codec != "gb18030" else find_repair(text)
            if fixed is not None and fixed.restored + fixed.damaged:
                done.update(changed=1, restored=fixed.restored, damaged=fixed.damaged, lost=fixed.lost_bytes)
                text = fixed.text
            done["lines"] += 1
            file.write(text.encode("utf-8") + b"\n")
    return RepairReport(
        codec=codec,
        lines=done["lines"],
        changed=done["changed"],
        restored=done["restored"],
        damaged=done["damaged"],
        lost_bytes=done["lost"],
    )


def _likely(source: Path) -> str | None:
    """The wrong reading with the most characters explained and the fewest left over, over all broken lines."""
    scores: Counter[str] = Counter()
    for number, raw in utf8_lines(source, find_encoding(source)):
        text = _decoded(source, number, raw)
        if not looks_broken(text) or (found := find_repair(text)) is None:
            continue
        tried = [found] if found.codec == "gb18030" else [undo(text, codec) for codec in SINGLE_BYTE]
        for attempt in tried:
            scores[attempt.codec] += attempt.score
    return max(scores, key=lambda name: scores[name]) if scores else None


def _decoded(source: Path, number: int, raw: bytes | None) -> str:
    if raw is None:
        raise DataError("read.too-long", "the line is too long", path=source, line=number)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(
            "read.not-utf8", str(error), path=source, line=number, hint="this is no mojibake yet"
        ) from error
