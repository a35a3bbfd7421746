"""Texts and rows made comparable: normalisation, digests, and a rough look at which language a text is in."""

import hashlib
import re
import unicodedata

from labs.data.examples import Example, content_key

_NOISE = re.compile(r"[\W_]+")


def normalise(text: str) -> str:
    """NFKC, case folded, punctuation and runs of white space as one space: two texts equal to a careless reader."""
    return _NOISE.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def digest(text: str) -> bytes:
    """16 bytes of BLAKE2b; two of a million different texts collide with probability 1.5e-27."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def exact_digest(example: Example) -> bytes:
    """Equal for examples with the same content; ids and other columns do not count."""
    return digest(content_key(example))


def normal_digest(example: Example) -> bytes:
    """Equal for examples with the same content after ``normalise``. Borders between turns still count.

    A turn of nothing but punctuation or symbols keeps itself, so that "+" and "-" stay different answers.
    """
    if example.text is not None:
        return digest(normalise(example.text) or example.text)
    parts = [
        f"{turn.role}\x1f{normalise(turn.content) or turn.content.strip()}"
        for side in (example.turns, example.chosen, example.rejected)
        for turn in side
    ]
    return digest("\x1e".join(parts))


_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_KANA_HANGUL = re.compile(r"[\u3040-\u30ff]|[\uac00-\ud7af]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]+")


def language_of(text: str) -> str:
    """``zh``, ``en`` (any language in Latin letters), ``mixed``, ``ja-ko`` or ``other``, by counting scripts.

    A Han character weighs as much as a Latin word: both are about one token of meaning.
    """
    han = len(_HAN.findall(text))
    if len(_KANA_HANGUL.findall(text)) > 0.2 * (han + 1):
        return "ja-ko"
    words = len(_LATIN.findall(text))
    if not han and not words:
        return "other"
    share = han / (han + words)
    return "zh" if share >= 0.7 else "en" if share <= 0.15 else "mixed"
