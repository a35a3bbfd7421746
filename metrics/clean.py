"""Make text from files, models and students safe to show: no control bytes, no bidi overrides.

Terminals obey what they are sent: ESC starts sequences that can set the title, write the clipboard
(OSC 52) or move the cursor, C1 bytes do the same, and bidi overrides make a line read as another.
"""

import re
import unicodedata

_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 but tab and newline, DEL, C1
    "\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069"  # bidi marks, embeddings, overrides, isolates
    "\u2028\u2029\ufeff\ufff9-\ufffb"  # line separators, BOM, interlinear anchors
    "\U000e0000-\U000e007f"  # tag characters: invisible text
    "\ud800-\udfff]"  # lone surrogates cannot be encoded
)


def clean(text: str, *, one_line: bool = False) -> str:
    """Return ``text`` without characters that steer a terminal or hide text.

    Zero-width joiners stay: emoji and several scripts need them. CR LF becomes LF first, so a Windows
    file keeps its lines. With ``one_line`` newlines and tabs become single spaces, for cells and titles.
    """
    text = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    if one_line:
        text = re.sub(r"\s+", " ", text).strip()
    return unicodedata.normalize("NFC", text)
