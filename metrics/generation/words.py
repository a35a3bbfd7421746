"""Words for ROUGE and METEOR: rouge_score's own for Western text, per character for Chinese in mixed text.

rouge_score keeps runs of ``[a-z0-9]`` and drops everything else, so two unrelated Chinese sentences that
share "LoRA" score 1.0. The mixed tokenizer keeps those runs and adds every Han (kana, Thai...) character
as a token of its own and every run of other letters, which is rouge_score's list with nothing dropped.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Literal

from metrics.errors import require
from metrics.scripts import HAN, UNSPACED

Words = Literal["rouge_score", "mixed"]

_LATIN = re.compile(r"[a-z0-9]+")
_MIXED = re.compile(rf"[a-z0-9]+|[{HAN}{UNSPACED}]|[^\W\d_a-z{HAN}{UNSPACED}]+")
_OTHER_LETTER = re.compile(r"[^\W\d_A-Za-z\u00aa-\u024f\u1e00-\u1eff\u212a]")
_SENTENCE_END = re.compile(r"([。！？]+[”’」』）】]*)")


def words_kind(texts: Iterable[str]) -> Words:
    """``mixed`` as soon as one text holds a letter outside the Latin script, else rouge_score's rule."""
    for text in texts:
        if not text.isascii() and _OTHER_LETTER.search(text):
            return "mixed"
    return "rouge_score"


def tokenizer(kind: Words, *, stem: bool = False) -> Callable[[str], list[str]]:
    """The function from text to tokens for ``kind``; stems are Porter's, of words longer than 3 letters."""
    split = _mixed_words if kind == "mixed" else _latin_words
    if not stem:
        return split
    stem_of = porter()
    return lambda text: [stem_of(word) if len(word) > 3 else word for word in split(text)]


def _latin_words(text: str) -> list[str]:
    return _LATIN.findall(text.lower())


def _mixed_words(text: str) -> list[str]:
    # NFKC first: full-width letters and digits are the same words to a reader.
    return _MIXED.findall(unicodedata.normalize("NFKC", text).lower())


def sentences(text: str, kind: Words) -> list[str]:
    """Sentences for rougeLsum: lines, as in rouge_score; in mixed text also at 。！？ with closing quotes."""
    if kind == "mixed":
        text = _SENTENCE_END.sub(r"\1\n", text)
    return [line for line in text.split("\n") if line]


@cache
def porter() -> Callable[[str], str]:
    """NLTK's Porter stemmer behind a cache: a corpus has few distinct words and stemming is slow."""
    stemmer = require("nltk.stem.porter", "stemming").PorterStemmer()

    @cache
    def stem(word: str) -> str:
        return str(stemmer.stem(word))

    return stem


def ngrams(tokens: Sequence[str], n: int) -> list[tuple[str, ...]]:
    """All n-grams of ``tokens`` in order."""
    return list(zip(*(tokens[i:] for i in range(n)), strict=False))


def common_count(one: Sequence[object], other: Sequence[object]) -> int:
    """Size of the multiset intersection, by sets first: most n-grams of a short text occur once.

    min(a, b) = 1 + min(a - 1, b - 1) for what occurs in both, so after the sets only repeats are counted.
    """
    one_set, other_set = set(one), set(other)
    common = len(one_set & other_set)
    if not common or len(one_set) == len(one) or len(other_set) == len(other):
        return common
    one_more, other_more = Counter(_repeats(one)), Counter(_repeats(other))
    return common + sum(
        min(count, other_more[item]) for item, count in one_more.items() if item in other_more
    )


def _repeats(items: Sequence[object]) -> list[object]:
    """Every occurrence but the first of each item."""
    seen: set[object] = set()
    add = seen.add
    repeats = []
    for item in items:
        if item in seen:
            repeats.append(item)
        else:
            add(item)
    return repeats
