"""Runs of n equal words between texts: the benchmark-contamination test of GPT-3 (8 to 13 words), for both scripts.

A word is a run of Latin letters or digits, or one Han character. An n-gram that occurs in more than ten of the
indexed rows is boilerplate and does not count, as in Brown et al. (2020), appendix C; nor does one that overlaps it
by half.
"""

import re
from array import array
from typing import Any

import msgspec

from labs.data.errors import DataError

_TOKEN = re.compile(r"[^\W_\u3400-\u9fff]+|[\u3400-\u9fff]")
_COMMON = 10


class Shared(msgspec.Struct, frozen=True):
    """A run of words that two rows share: the indexed row's key, the run, the share of the row's n-grams found."""

    key: int
    text: str
    share: float


class NgramIndex:
    """n-grams of the rows added, to be looked for in others. 12 bytes an n-gram in memory once ``freeze`` was called.

    Args:
        n: words a run, 8 to 13.
    """

    def __init__(self, n: int = 13) -> None:
        if not 8 <= n <= 13:
            raise DataError(
                "leak.ngram", f"n-grams of {n} words: 8 to 13 are of use", hint="13 is GPT-3's choice"
            )
        try:
            import numpy as np
        except ImportError as error:
            raise DataError(
                "leak.needs-numpy", "n-grams need numpy", hint="pip install 'finetutor[labs]'"
            ) from error
        self._np = np
        self.n = n
        self._words: dict[str, int] = {}
        random = np.random.default_rng(7)
        self._powers = random.integers(1, 2**63, n, dtype=np.uint64) | np.uint64(1)
        self._values = random.integers(1, 2**63, 1 << 20, dtype=np.uint64)
        self._hashes: list[Any] = []
        self._owners = array("I")
        self._keys: list[int] = []
        self._sorted: Any = None
        self._common: Any = None
        self._sorted_owner: Any = None

    def insert(self, text: str, key: int) -> None:
        """Add the n-grams of ``text`` under ``key``."""
        hashes, _ = self._ngrams(text)
        if hashes is None:
            return
        unique = self._np.unique(hashes)
        self._hashes.append(unique)
        self._owners.extend([len(self._keys)] * unique.size)
        self._keys.append(key)

    def freeze(self) -> None:
        """Sort what was added and drop boilerplate; ``find`` works from then on."""
        np = self._np
        if not self._hashes:
            return
        hashes = np.concatenate(self._hashes)
        order = np.argsort(hashes, kind="stable")
        hashes, owners = hashes[order], np.frombuffer(self._owners, np.uint32)[order]
        unique, first, counts = np.unique(hashes, return_index=True, return_counts=True)
        rare = counts <= _COMMON
        self._sorted, self._sorted_owner = unique[rare], owners[first[rare]]
        self._common = unique[~rare]
        self._hashes, self._owners = [], array("I")

    def find(self, text: str) -> Shared | None:
        """The indexed row with which ``text`` shares most runs, with the first run shown."""
        np = self._np
        hashes, spans = self._ngrams(text)
        if hashes is None or self._sorted is None or not self._sorted.size:
            return None
        at = np.searchsorted(self._sorted, hashes)
        at[at == self._sorted.size] = 0
        hit = self._sorted[at] == hashes
        if self._common.size and hit.any():
            # A run that is half boilerplate and half chance is no overlap either.
            near = np.convolve(np.isin(hashes, self._common), np.ones(self.n))
            begin = (
                self.n - 1
            ) // 2  # mode "same" gives more values than there are runs, where those are fewer than n
            hit &= near[begin : begin + hit.size] == 0
        if not hit.any():
            return None
        owners, counts = np.unique(self._sorted_owner[at[hit]], return_counts=True)
        owner = int(owners[counts.argmax()])
        mine = np.flatnonzero(hit & (self._sorted_owner[at] == owner))
        first = int(mine[0])
        last = first
        while last + 1 < len(hit) and hit[last + 1]:
            last += 1
        shown = text[spans[first][0] : spans[last + self.n - 1][1]]
        return Shared(self._keys[owner], shown, round(float(hit.mean()), 4))

    def _ngrams(self, text: str) -> tuple[Any, list[tuple[int, int]]]:
        np = self._np
        words, spans = [], []
        number = self._words
        for match in _TOKEN.finditer(text.casefold()):
            words.append(number.setdefault(match.group(), len(number)))
            spans.append(match.span())
        count = len(words) - self.n + 1
        if count < 1:
            return None, spans
        ids = np.array(words, np.uint64)
        values = self._values[ids & np.uint64((1 << 20) - 1)] ^ (ids * np.uint64(0x9E3779B97F4A7C15))
        hashes = np.zeros(count, np.uint64)
        for at in range(self.n):
            hashes += values[at : at + count] * self._powers[at]
        return hashes, spans
