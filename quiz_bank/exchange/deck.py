"""A learner's own deck as a content file: written whole or not at all, read by the same loader as the bank."""

import hashlib
import json
import os
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from quiz_bank.content_files import FORMAT_VERSION
from quiz_bank.questions import Card, Question
from quiz_bank.text import harmless


def deck_slug(name: str) -> str:
    """``name`` as a file name and as the start of ids: ASCII letters, digits and dashes, never empty."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:30].strip("-")
    return slug or "deck-" + hashlib.sha256(name.encode()).hexdigest()[:6]


def stable_id(slug: str, *words: str) -> str:
    """An id that the same content gets at every import, so that history stays with it."""
    return f"{slug}.{hashlib.sha256(chr(31).join(words).encode()).hexdigest()[:10]}"


OPEN, CLOSE = "\x02", "\x03"
"""Around a formula that an importer made itself: these become ``<<`` and ``>>``, foreign ones are escaped."""


def literal(text: str) -> str:
    """Text from elsewhere as content text: harmless, and with no placeholder but the importer's own."""
    pieces = text.replace("<<", "\\<<").replace(OPEN, "<<").replace(CLOSE, ">>")
    return harmless(pieces)


def deck_text(
    title: str, slug: str, topic: str | None, questions: Iterable[Question], cards: Iterable[Card]
) -> str:
    """The deck as TOML.

    Args:
        title: Shown name.
        slug: From ``deck_slug``.
        topic: A topic of the bank; None gives the deck a topic of its own.
        questions: Items; their topic is already set.
        cards: Likewise.
    """
    parts = [f"format_version = {FORMAT_VERSION}\n"]
    if topic is None:
        own = {
            "id": slug,
            "code": "D1",
            "title": title,
            "short": title[:14],
            "summary": title,
            "objective": [],
        }
        parts.append(_table("topic", own))
    parts += [_table("question", _brief(msgspec.to_builtins(one))) for one in questions]
    parts += [_table("card", _brief(msgspec.to_builtins(one))) for one in cards]
    return "\n".join(parts)


def write_whole(path: Path, text: str) -> None:
    """Write beside ``path``, sync, and put it in place in one step: a reader sees the old file or the new one.

    Raises:
        OSError: the folder cannot be written, or there is no room; ``path`` is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with staged.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        staged.replace(path)
    except BaseException:
        staged.unlink(missing_ok=True)
        raise


def _brief(value: Any) -> Any:
    """Texts that say the same in both languages as plain strings; nothing, and what is empty, left out."""
    if isinstance(value, dict):
        if value.keys() == {"en", "zh"} and value["en"] == value["zh"]:
            return value["en"]
        return {key: _brief(part) for key, part in value.items() if part not in (None, [], {}, ())}
    return [_brief(part) for part in value] if isinstance(value, list | tuple) else value


def _table(name: str, fields: dict[str, Any]) -> str:
    lines = [f"[[{name}]]"]
    for key, value in fields.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            lines += [f"{key} = [", *(f"  {_value(part)}," for part in value), "]"]
        else:
            lines.append(f"{key} = {_value(value)}")
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    """A TOML value; strings are JSON strings, which are TOML basic strings but for DEL."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list):
        return f"[{', '.join(_value(part) for part in value)}]"
    assert isinstance(value, dict)
    return "{ " + ", ".join(f"{_key(key)} = {_value(part)}" for key, part in value.items()) + " }"


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key, ensure_ascii=False)
