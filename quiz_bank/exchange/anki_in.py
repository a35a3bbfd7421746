"""Anki packages, in: basic notes become flashcards, cloze notes become cloze questions."""

import re
import sqlite3
import tempfile
import zipfile
from collections import Counter
from pathlib import Path
from typing import IO, Any

from quiz_bank.exchange.drafts import Drafts, ImportFormatError
from quiz_bank.exchange.markup import from_html

MAX_COLLECTION = 512 * 1024 * 1024
_MAX_STEPS = 50_000_000
_CLOZE = re.compile(r"\{\{c(\d+)::(.*?)(?:::(.*?))?\}\}", re.DOTALL)


def read_apkg(path: Path, drafts: Drafts) -> None:
    """Take the notes of a package over; Anki's schedules stay behind.

    Raises:
        ImportFormatError: not a package, or a damaged one.
    """
    with tempfile.TemporaryDirectory(prefix="finetutor-") as folder:
        database = Path(folder) / "collection"
        _extract(path, database)
        try:
            _notes(path, database, drafts)
        except sqlite3.Error as error:
            raise ImportFormatError(path, None, f"the collection inside is damaged: {error}") from error


def _extract(path: Path, target: Path) -> None:
    """The newest form of the collection in the package, into ``target``, never more than the limit."""
    try:
        with zipfile.ZipFile(path) as package:
            names = set(package.namelist())
            for name in ("collection.anki21b", "collection.anki21", "collection.anki2"):
                if name in names:
                    with package.open(name) as source, target.open("wb") as out:
                        _copy(path, _unpacked(source) if name.endswith("b") else source, out)
                    return
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise ImportFormatError(path, None, f"not a readable .apkg: {error}") from error
    raise ImportFormatError(path, None, "there is no Anki collection in it")


def _unpacked(source: IO[bytes]) -> IO[bytes]:
    import zstandard

    return zstandard.ZstdDecompressor(max_window_size=2**27).stream_reader(source)


def _copy(path: Path, source: IO[bytes], out: IO[bytes]) -> None:
    size = 0
    try:
        while chunk := source.read(1 << 20):
            size += len(chunk)
            if size > MAX_COLLECTION:
                raise ImportFormatError(
                    path, None, f"the collection is larger than {MAX_COLLECTION >> 20} MiB"
                )
            out.write(chunk)
    except ImportFormatError:
        raise
    except Exception as error:  # zstandard and zlib raise their own classes for damaged data
        raise ImportFormatError(path, None, f"the collection cannot be unpacked: {error}") from error


def _notes(path: Path, database: Path, drafts: Drafts) -> None:
    db = sqlite3.connect(f"{database.as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        # A package may come from anywhere: no functions from its schema, and an end to every query.
        db.execute("PRAGMA trusted_schema=OFF")
        db.create_collation(
            "unicase", lambda a, b: (a.casefold() > b.casefold()) - (a.casefold() < b.casefold())
        )
        steps = [0]

        def too_long() -> int:
            steps[0] += 10_000
            return int(steps[0] > _MAX_STEPS)

        db.set_progress_handler(too_long, 10_000)
        cards = Counter(dict(db.execute("SELECT nid, count(*) FROM cards GROUP BY nid").fetchall()))
        rows = db.execute("SELECT id, guid, mid, flds FROM notes ORDER BY id")
        for number, (note, guid, _model, fields) in enumerate(rows, start=1):
            if not isinstance(fields, str):
                drafts.refuse(number, str(guid), "the note has no text", broken=True)
                continue
            _note(number, fields.split("\x1f"), cards[note], drafts)
        if not drafts.cards and not drafts.questions and not drafts.refusals:
            raise ImportFormatError(path, None, "there is no note in it")
    finally:
        db.close()


def _note(number: int, fields: list[str], cards: int, drafts: Drafts) -> None:
    front, lost = from_html(fields[0])
    back, more = from_html(fields[1]) if len(fields) > 1 else ("", [])
    # Our own packages keep the item's id in a third field.
    own = fields[2] if len(fields) == 3 and re.fullmatch(r"[a-z0-9]+([._-][a-z0-9]+)*", fields[2]) else None
    if len([field for field in fields[2:] if field.strip()]) > (own is not None):
        lost.append("fields beyond the second")
    before = len(drafts.cards) + len(drafts.questions)
    if _CLOZE.search(front):
        _cloze(number, front, back, own, drafts)
        if len(set(_CLOZE.findall(front))) > 1:
            lost.append("gaps are asked together instead of one by one")
    else:
        drafts.card(number, front, back, own, both=cards > 1)
    if len(drafts.cards) + len(drafts.questions) > before:
        drafts.lose(number, front, lost + more)


def _cloze(number: int, text: str, extra: str, own: str | None, drafts: Drafts) -> None:
    blanks: list[dict[str, Any]] = []
    hints: list[dict[str, str]] = []

    def gap(found: re.Match[str]) -> str:
        name = f"c{found.group(1)}" + (
            f"_{len(blanks)}" if any(b["name"] == f"c{found.group(1)}" for b in blanks) else ""
        )
        blanks.append({"name": name, "answer": found.group(2).strip() or "?", "why": ""})
        if found.group(3):
            hints.append({"text": f"{name}: {found.group(3).strip()}"})
        return f"[[{name}]]"

    prompt = _CLOZE.sub(gap, text)
    if "{{c" in prompt:
        drafts.refuse(number, text, "gaps inside gaps")
        return
    fields: dict[str, Any] = {"kind": "cloze", "prompt": prompt, "blank": blanks, "explain": extra}
    if hints:
        fields["hint"] = hints
    drafts.question(number, fields, own)
