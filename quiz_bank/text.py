"""Text in both languages, and what may be in it: English and Simplified Chinese side by side."""

import re
import unicodedata
from typing import Literal

import msgspec

Lang = Literal["en", "zh"]
LANGUAGES: tuple[Lang, Lang] = ("en", "zh")

_STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 but tab and newline, DEL, C1
    "\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069"  # bidi marks, embeddings, overrides, isolates
    "\u2028\u2029\ufeff\ufff9-\ufffb"  # line separators, BOM, interlinear anchors
    "\U000e0000-\U000e007f"  # tag characters: invisible text
    "\ud800-\udfff]"  # lone surrogates cannot be encoded
)


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One piece of prose in English and in Chinese.

    In a content file it is ``prompt.en = "..."`` and ``prompt.zh = "..."``; a plain string stands for both
    where there is nothing to translate (code, a number, a name) and in a learner's own decks.
    """

    en: str
    zh: str

    def __getitem__(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en

    @classmethod
    def same(cls, text: str) -> "Text":
        """The same string in both languages."""
        return cls(text, text)


def harmless(text: str) -> str:
    """``text`` in NFC without characters that steer a terminal or hide text, line ends as ``\\n``.

    Says the same as ``metrics.clean.clean`` (a test holds the two together): this package may not import that one.
    """
    return unicodedata.normalize("NFC", _STEERING.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))
