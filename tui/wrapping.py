"""Line breaks for English and Chinese in one text: at spaces, and between Chinese characters but never where print
would not break either (before ， 。 」, after （ 「), nor inside a grapheme cluster."""

import unicodedata

from rich.cells import cell_len
from textual.content import Content

# Kinsoku: what may not start a line, and what may not end one.
_NO_START = set("、。，．：；！？）】》〉」』〕”’…—·％%)]}!?,.:;")
_NO_END = set("（【《〈「『〔“‘([{$￥")


def wrap(text: Content, width: int) -> list[Content]:
    """``text`` in lines of at most ``width`` cells; newlines are kept, a word that is too long is cut."""
    lines: list[Content] = []
    for paragraph in text.split("\n", allow_blank=True) or [Content("")]:
        cuts = _cuts(paragraph.plain, max(width, 2))
        pieces = paragraph.divide(cuts) if cuts else [paragraph]
        # Spaces at a break hang over the edge; those at the end of a paragraph that fits are kept.
        lines += [
            piece if piece.cell_length <= width and piece is pieces[-1] else piece.rstrip(" ")
            for piece in pieces
        ]
    return lines


def _cuts(text: str, width: int) -> list[int]:
    """Offsets at which new lines start."""
    cuts: list[int] = []
    start = used = 0
    last_break = 0
    clusters = _clusters(text)
    for index, (offset, cluster) in enumerate(clusters):
        cells = cell_len(cluster)
        if index and _may_break(clusters[index - 1][1], cluster):
            last_break = offset
        if used + cells > width and cluster != " ":
            cut = last_break if last_break > start else offset
            if cut > start:
                cuts.append(cut)
                start = cut
                used = cell_len(text[start:offset])
        used += cells
    return cuts


def _may_break(before: str, after: str) -> bool:
    if after == " " or after[0] in _NO_START or before[-1] in _NO_END:
        return False
    if before in (" ", "-", "/"):
        return before != "-" or not after[0].isdigit()
    return _is_wide(before) or _is_wide(after)


def _is_wide(cluster: str) -> bool:
    return unicodedata.east_asian_width(cluster[0]) in "WF"


def _clusters(text: str) -> list[tuple[int, str]]:
    """Characters with what combines with them: accents, joiners, variation selectors, pairs of flags."""
    found: list[tuple[int, str]] = []
    for offset, character in enumerate(text):
        joins = found and (
            unicodedata.category(character) in ("Mn", "Me", "Mc")
            or character == "\u200d"
            or found[-1][1].endswith("\u200d")
            or "\U0001f3fb" <= character <= "\U0001f3ff"
            or (_is_flag(character) and _is_flag(found[-1][1]))
        )
        if joins:
            found[-1] = (found[-1][0], found[-1][1] + character)
        else:
            found.append((offset, character))
    return found


def _is_flag(cluster: str) -> bool:
    return len(cluster) == 1 and "\U0001f1e6" <= cluster <= "\U0001f1ff"
