"""Which script a text is in, because a tokenizer made for spaces gives Chinese a silent 0.0."""

import re
from collections.abc import Iterable
from typing import Literal

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
"""Han ideographs as the inside of a character class."""
UNSPACED = "\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9d\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
"""Kana, Thai, Lao, Burmese, Khmer: scripts that put no spaces between words either."""

Script = Literal["spaced", "zh", "unspaced"]

_HAN = re.compile(f"[{HAN}]")
_UNSPACED = re.compile(f"[{UNSPACED}]")
_LATIN_WORD = re.compile(r"[A-Za-z]+")


def script_of(texts: Iterable[str]) -> Script:
    """The script that decides the tokenizer: one row that is mostly Chinese is enough for ``zh``.

    The zh tokenizers treat Latin words as the Western ones do, so little is lost on English rows, while
    one Chinese row under a Western tokenizer counts as a single huge word.
    """
    found: Script = "spaced"
    for text in texts:
        if text.isascii():
            continue
        latin = len(_LATIN_WORD.findall(text))
        if len(_UNSPACED.findall(text)) > latin:
            return "unspaced"
        if len(_HAN.findall(text)) > latin:
            found = "zh"
    return found
