"""Mojibake: UTF-8 bytes that were once read in another encoding and saved as what they then looked like.

Going back is exact where every byte survived the wrong reading. The Windows code pages leave some bytes
undefined (0x81, 0x8D, 0x8F, 0x90, 0x9D in cp1252), and tools drop those, and soft hyphens (0xAD) too: each one
lost takes a character with it. A UTF-8 lead byte tells how many bytes follow it, so the losses can be counted.
"""

import re
from functools import cache

import msgspec

SINGLE_BYTE = ("cp1252", "cp1254", "latin-1", "cp1250")
"""Wrong readings looked for, the commonest first; all leave ASCII alone."""

_SUSPECT = re.compile(
    "[\u00c2-\u00f4\u011e\u011f\u0130\u0131\u015e\u015f\u0102-\u0111\u0139-\u0165]"
    "[\u0080-\u00bf\u0152-\u017e\u0192\u02c6-\u02dd\u2013-\u203a\u20ac\u2122]"
)
_KUAI = "\u951f\u65a4\u62f7"  # 锟斤拷: two replacement characters in UTF-8, read as GBK


class Repair(msgspec.Struct, frozen=True):
    """What comes back when a wrong reading is undone.

    Attributes:
        codec: the encoding the UTF-8 bytes had been read in.
        text: the repaired text; U+FFFD stands for each character that lost bytes.
        restored: characters that came back whole.
        damaged: characters that did not.
        lost_bytes: bytes missing from those, counted from their lead bytes.
        stray: characters that look like parts of a sequence but follow no lead byte; kept as they are.
    """

    codec: str
    text: str
    restored: int
    damaged: int
    lost_bytes: int
    stray: int

    @property
    def score(self) -> int:
        """How well the wrong reading explains the text; sums over texts may be compared between codecs."""
        return 2 * self.restored + self.damaged - 4 * self.stray

    @property
    def exact(self) -> bool:
        """Whether nothing was lost."""
        return not self.damaged and not self.stray


def looks_broken(text: str) -> bool:
    """A fast sign that ``text`` may be mojibake: a lead byte and a continuation byte as letters, side by side."""
    return not text.isascii() and (
        _SUSPECT.search(text) is not None or _KUAI in text or _as_gbk(text) is not None
    )


def find_repair(text: str) -> Repair | None:
    """Undo the likeliest wrong reading of ``text``; None where it does not look like mojibake."""
    if text.isascii():
        return None
    gbk = _as_gbk(text)
    if gbk is not None:
        return gbk
    if _SUSPECT.search(text) is None:
        return None
    tried = [undo(text, codec) for codec in SINGLE_BYTE]
    best = max(tried, key=lambda repair: repair.score)
    enough = best.restored >= 3 or (best.restored and best.exact)
    return best if enough and best.stray <= best.restored else None


def undo(text: str, codec: str, *, sure: bool = False) -> Repair:
    """Read ``text``'s characters back as bytes of ``codec`` and those as UTF-8, tolerating losses.

    A lead byte without any of the bytes that should follow may be an ordinary accented letter. It counts as damaged
    where longer sequences outnumber such letters, or when the caller is ``sure`` of the wrong reading.
    """
    table = _bytes_of(codec)
    out: list[str] = []
    restored = damaged = lost = stray = at = 0
    lone: list[tuple[int, int]] = []  # place in ``out``, bytes missing
    end = len(text)
    while at < end:
        byte = table.get(text[at], -1)
        if byte < 0x80:  # ASCII, or a character the wrong reading cannot have made
            out.append(text[at])
            at += 1
            continue
        wanted = (
            1 if 0xC2 <= byte <= 0xDF else 2 if 0xE0 <= byte <= 0xEF else 3 if 0xF0 <= byte <= 0xF4 else 0
        )
        if not wanted:
            out.append(text[at])
            stray += 1
            at += 1
            continue
        sequence = bytearray((byte,))
        at += 1
        while at < end and len(sequence) <= wanted and 0x80 <= table.get(text[at], -1) <= 0xBF:
            sequence.append(table[text[at]])
            at += 1
        if len(sequence) == 1:
            lone.append((len(out), wanted))
            out.append(text[at - 1])
            continue
        try:
            out.append(sequence.decode("utf-8"))
            restored += 1
        except UnicodeDecodeError:
            out.append("\ufffd")
            damaged += 1
            lost += wanted + 1 - len(sequence)
    if sure or restored + damaged > len(lone):
        for place, missing in lone:
            out[place] = "\ufffd"
            damaged += 1
            lost += missing
    return Repair(codec, "".join(out), restored, damaged, lost, stray)


@cache
def _bytes_of(codec: str) -> dict[str, int]:
    """Character to byte; a byte that ``codec`` leaves undefined is the control character browsers make of it."""
    table = {}
    for byte in range(256):
        table[bytes((byte,)).decode(codec, "replace").replace("\ufffd", chr(byte))] = byte
    return table


def _as_gbk(text: str) -> Repair | None:
    """UTF-8 read as GBK: possible only if every byte survived, then all but certain."""
    try:
        data = text.encode("gb18030")
        repaired = data.decode("utf-8")
    except UnicodeError:
        return None
    restored = sum(char > "\x7f" for char in repaired)
    # Two GBK characters a stretch can be valid UTF-8 by chance; three characters of Chinese are not.
    return Repair("gb18030", repaired, restored, 0, 0, 0) if restored >= 3 else None
