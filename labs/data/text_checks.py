"""Checks of what is said: control characters, replacement characters, mojibake, special tokens, personal data."""

import re
from collections import Counter

from labs.data.examples import Example, visible_text
from labs.data.findings import Collector
from labs.data.mojibake import SINGLE_BYTE, Repair, find_repair, looks_broken, undo
from labs.data.personal import find_personal

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")  # U+0085 ends lines in some systems
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")
_SPECIAL = re.compile(r"<\|[a-z_]{2,30}\|>|<(?:s|/s|unk|pad|bos|eos)>|\[/?INST\]")


class TextChecks:
    """Runs over the rows one by one; what needs the whole file is said at the end by ``finish``."""

    def __init__(self, into: Collector, *, personal: bool, special_tokens: tuple[str, ...] = ()) -> None:
        self._into = into
        self._personal = personal
        self._special = _SPECIAL
        if special_tokens:
            self._special = re.compile("|".join((_SPECIAL.pattern, *map(re.escape, special_tokens))))
        self._broken: list[Repair] = []
        self._sums = {codec: Counter[str]() for codec in (*SINGLE_BYTE, "gb18030")}
        self._broken_rows = 0

    def check(self, example: Example, line: int) -> str:
        """Look at one row; return its visible text, which the caller needs too."""
        text = visible_text(example)
        into = self._into
        if (found := _CONTROL.search(text)) is not None:
            into.add(
                "text.control",
                "warning",
                f"control character U+{ord(found.group()):04X}",
                line=line,
                hint="finetutor data clean removes it",
            )
        if not text.isascii():
            if (found := _DIRECTION.search(text)) is not None:
                into.add(
                    "text.hidden",
                    "warning",
                    f"invisible character U+{ord(found.group()):04X} changes how it reads",
                    line=line,
                    hint="finetutor data clean removes it",
                )
            if "\ufffd" in text:
                into.add(
                    "text.replacement",
                    "warning",
                    f"{text.count(chr(0xFFFD))} characters were lost in an earlier conversion (U+FFFD)",
                    line=line,
                    hint="go back to the source",
                )
            if looks_broken(text):
                self._mojibake(text, line)
        # Rows that carry the chat template's own marks would be wrapped twice.
        if (
            ("<" in text or "[" in text)
            and example.text is None
            and (found := self._special.search(text)) is not None
        ):
            into.add(
                "text.special-token",
                "warning",
                f"the text contains {found.group()}, which the template adds itself",
                line=line,
                hint="remove it, or the model learns to write it",
            )
        if self._personal:
            for find in find_personal(text):
                into.add(
                    f"personal.{find.kind}",
                    "warning",
                    f"{find.kind}: {find.masked(text)}",
                    line=line,
                    hint="finetutor data clean --mask-personal",
                )
        return text

    def _mojibake(self, text: str, line: int) -> None:
        repair = find_repair(text)
        if repair is None:
            return
        self._broken_rows += 1
        code = "text.mojibake"
        if self._into.wants(code):
            sample = repair.text.strip()[:40]
            lost = f"; lost bytes: {repair.lost_bytes}" if repair.lost_bytes else ""
            self._into.add(
                code,
                "error",
                f"UTF-8 that was read as {repair.codec}{lost}; it said: {sample}",
                line=line,
                hint="finetutor data repair, or clean --repair auto",
            )
        else:
            self._into.counts[code] += 1
        tried = [repair] if repair.codec == "gb18030" else [undo(text, codec) for codec in SINGLE_BYTE]
        for attempt in tried:
            self._sums[attempt.codec].update(
                restored=attempt.restored,
                damaged=attempt.damaged,
                lost=attempt.lost_bytes,
                score=attempt.score,
            )

    @property
    def codec(self) -> str | None:
        """The wrong reading that explains the whole file best, or None without mojibake."""
        if not self._broken_rows:
            return None
        return max(self._sums, key=lambda name: self._sums[name]["score"])

    def finish(self) -> None:
        """Say what a repair of the whole file would give and what it could not."""
        if (codec := self.codec) is None:
            return
        sums = self._sums[codec]
        message = (
            f"{self._broken_rows} rows are UTF-8 that was read as {codec}: {sums['restored']} characters can be restored, "
            f"{sums['damaged']} cannot ({sums['lost']} bytes are lost)"
        )
        self._into.add(
            "file.mojibake",
            "error",
            message,
            hint=f"finetutor data repair --codec {codec}, or clean --repair {codec}",
        )
