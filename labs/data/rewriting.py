"""Changes to the strings inside a row: tidy, repair mojibake, mask personal data. The row itself is left alone."""

import re
import unicodedata
from collections import Counter
from typing import Any

from labs.data.mojibake import find_repair, looks_broken, undo
from labs.data.personal import mask_personal
from labs.data.records import Row

_CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufeff\U000e0000-\U000e007f]"
)
_KEEP = frozenset({"id", "lang", "group", "role", "from"})
"""Keys whose strings are names, not text."""

_ENDS = frozenset({"content", "value", "instruction", "input", "output"})
"""Keys whose text may lose white space at its ends; a completion's leading space is part of its first token."""


class Rewriter:
    """Rewrites rows and counts, by kind of change, how many rows were changed."""

    def __init__(self, *, tidy: bool, repair: str | None, mask_personal: bool) -> None:
        self.changed: Counter[str] = Counter()
        self._tidy = tidy
        self._repair = repair
        self._mask = mask_personal
        self._now: set[str] = set()

    def rewrite(self, row: Row) -> Row:
        """A row with its texts rewritten; the same object where nothing is to be done."""
        if not (self._tidy or self._repair or self._mask):
            return row
        self._now.clear()
        new = {key: value if key in _KEEP else self._value(value, key) for key, value in row.items()}
        self.changed.update(self._now)
        return new

    def _value(self, value: Any, name: str) -> Any:
        if isinstance(value, str):
            return self._text(value, name in _ENDS)
        if isinstance(value, list):
            return [self._value(item, name) for item in value]
        if isinstance(value, dict):
            return {key: item if key in _KEEP else self._value(item, key) for key, item in value.items()}
        return value

    def _text(self, text: str, strip: bool) -> str:
        if self._repair and looks_broken(text):
            fixed = find_repair(text) if self._repair == "auto" else undo(text, self._repair)
            if fixed is not None and fixed.restored:
                self._now.add("repaired, with losses" if fixed.damaged else "repaired")
                text = fixed.text
        if self._tidy:
            tidied = tidy_text(text).strip() if strip else tidy_text(text)
            if tidied != text:
                self._now.add("tidied")
                text = tidied
        if self._mask:
            text, finds = mask_personal(text)
            if finds:
                self._now.add("masked")
        return text


def tidy_text(text: str) -> str:
    """``text`` in NFC, with LF line ends, no control or invisible direction characters."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", _CONTROL.sub("", text))
