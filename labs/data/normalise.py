"""Texts and rows made comparable: normalisation, digests, and a rough look at which language a text is in."""

import hashlib
import re
import unicodedata

from labs.data.examples import Example, content_key

_NOISE = b"\t\n\r\v\f.,;:!?\"'()[]{}`_|\\"
_ASCII = bytes.maketrans(_NOISE, b" " * len(_NOISE))
_WIDE = re.compile("[\u00a0-\u00bf\u2000-\u206f\u3000-\u303f\u30fb\ufe10-\ufe6f\uff61-\uff65]+")


def normalise(text: str) -> bytes:
    """``text`` as a careless reader sees it, in UTF-8: NFKC, case folded, punctuation and runs of space as one space.

    Signs that carry meaning stay: ``5 - 3`` is not ``5 + 3``, ``C#`` is not ``C``, and an emoji is a word.
    """
    if not text.isascii():
        text = _WIDE.sub(" ", unicodedata.normalize("NFKC", text))
    return b" ".join(text.casefold().encode("utf-8", "surrogatepass").translate(_ASCII).split())


def digest(data: bytes) -> bytes:
    """16 bytes of BLAKE2b; two of a million different texts collide with probability 1.5e-27."""
    return hashlib.blake2b(data, digest_size=16).digest()


def exact_digest(example: Example) -> bytes:
    """Equal for examples with the same content; ids and other columns do not count."""
    return digest(content_key(example).encode("utf-8", "surrogatepass"))


def normal_digests(example: Example) -> tuple[bytes, bytes]:
    """Digests of the whole content and of the prompt alone, both normalised; borders between turns still count.

    A turn of nothing but punctuation keeps itself, so that "?" and "!" stay different answers.
    """
    if example.text is not None:
        whole = digest(normalise(example.text) or example.text.encode("utf-8", "surrogatepass"))
        return whole, b""
    parts = [
        turn.role.encode("utf-8", "surrogatepass")
        + b"\x1f"
        + (normalise(turn.content) or turn.content.strip().encode("utf-8", "surrogatepass"))
        for side in (example.turns, example.chosen, example.rejected)
        for turn in side
    ]
    if example.chosen or example.rejected:
        # What separates the two answers must count, or swapping them would make the same pair.
        parts.insert(len(example.turns) + len(example.chosen), b"\x1d")
    return digest(b"\x1e".join(parts)), digest(b"\x1e".join(parts[: len(example.prompt)]))


_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_KANA_HANGUL = re.compile(r"[\u3040-\u30ff]|[\uac00-\ud7af]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]+")


def language_of(text: str) -> str:
    """``zh``, ``en`` (any language in Latin letters), ``mixed``, ``ja-ko`` or ``other``, by counting scripts.

    A Han character weighs as much as a Latin word: both are about one token of meaning.
    """
    text = text[:300]  # a paragraph is enough to tell
    if text.isascii():
        return "en" if _LATIN.search(text) else "other"
    han = len(_HAN.findall(text))
    if len(_KANA_HANGUL.findall(text)) > 0.2 * (han + 1):
        return "ja-ko"
    words = len(_LATIN.findall(text))
    if not han and not words:
        return "other"
    share = han / (han + words)
    return "zh" if share >= 0.7 else "en" if share <= 0.15 else "mixed"
