"""Near-duplicates: MinHash over character 5-grams, banded for lookup, every candidate confirmed by its exact Jaccard.

Broder (1997) for MinHash, Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets" 3.4 for the bands. Character
5-grams treat Chinese and English alike. The signatures of a row are made in one numpy expression, which is what
makes 200,000 rows a matter of seconds rather than minutes.
"""

from typing import Any

import msgspec

from labs.data.errors import DataError
from labs.data.normalise import normalise

SHINGLE = 5
_HASHES = 120
_MAX_MISS = 0.005
_MAX_CANDIDATES = 64


class Near(msgspec.Struct, frozen=True):
    """The earlier text that is nearest. ``key`` is what it was added with; ``similarity`` its Jaccard index, 0-1."""

    key: int
    similarity: float


def bands_for(threshold: float) -> tuple[int, int]:
    """Bands and rows a band such that a pair at ``threshold`` is missed with probability below 0.5 %.

    A pair of similarity s shares a band with probability 1 - (1 - s**rows)**bands.
    """
    for rows in (8, 7, 6, 5, 4, 3, 2):
        bands = _HASHES // rows
        if (1 - threshold**rows) ** bands <= _MAX_MISS:
            return bands, rows
    return _HASHES, 1


class NearIndex:
    """Texts added so far, to be asked for one that resembles a new text.

    Args:
        threshold: Jaccard index of 5-gram sets from which two texts count as near-duplicates, 0-1.
        seed: of the hash functions.

    About 3 kB a text in memory, mostly the band table. At most 64 candidates a text are compared exactly.
    """

    def __init__(self, threshold: float = 0.85, seed: int = 1) -> None:
        if not 0.1 <= threshold <= 1:
            raise DataError("near.threshold", f"a threshold of {threshold} is outside 0.1 to 1")
        try:
            import numpy as np
        except ImportError as error:
            raise DataError(
                "near.needs-numpy", "near-duplicates need numpy", hint="pip install 'finetutor[labs]'"
            ) from error
        self._np = np
        self.threshold = threshold
        self._bands, self._rows = bands_for(threshold)
        count = self._bands * self._rows
        random = np.random.default_rng(seed)
        self._a = random.integers(0, 2**32, (count, 1), dtype=np.uint32) | np.uint32(1)
        self._b = random.integers(0, 2**32, (count, 1), dtype=np.uint32)
        self._fold = random.integers(1, 2**63, self._rows, dtype=np.uint64) | np.uint64(1)
        self._salt = random.integers(1, 2**63, self._bands, dtype=np.uint64)
        self._powers = random.integers(1, 2**63, SHINGLE, dtype=np.uint64) | np.uint64(1)
        self._buckets: dict[int, int | list[int]] = {}
        self._texts: list[bytes] = []
        self._keys: list[int] = []

    def __len__(self) -> int:
        return len(self._keys)

    def find(self, text: str) -> Near | None:
        """The most similar of the added texts at or over the threshold."""
        plain = normalise(text)
        shingles = self._shingles(plain)
        return self._find(shingles, self._band_keys(shingles))

    def add(self, text: str, key: int) -> Near | None:
        """Return the nearest earlier text, or add ``text`` under ``key`` when there is none."""
        plain = normalise(text)
        shingles = self._shingles(plain)
        bands = self._band_keys(shingles)
        near = self._find(shingles, bands)
        if near is None:
            self._insert(plain, key, bands)
        return near

    def insert(self, text: str, key: int) -> None:
        """Add ``text`` under ``key``, whatever it resembles."""
        plain = normalise(text)
        self._insert(plain, key, self._band_keys(self._shingles(plain)))

    def _insert(self, plain: bytes, key: int, bands: list[int]) -> None:
        at = len(self._keys)
        self._keys.append(key)
        self._texts.append(plain)
        buckets = self._buckets
        for band in bands:
            there = buckets.setdefault(band, at)
            if isinstance(there, list):
                if len(there) < _MAX_CANDIDATES:
                    there.append(at)
            elif there != at:
                buckets[band] = [there, at]

    def _find(self, shingles: Any, bands: list[int]) -> Near | None:
        hits: dict[int, int] = {}
        for band in bands:
            there = self._buckets.get(band)
            if there is None:
                continue
            for at in (there,) if isinstance(there, int) else there:
                hits[at] = hits.get(at, 0) + 1
        if not hits:
            return None
        np = self._np
        mine = np.unique(shingles)
        best: Near | None = None
        for at in sorted(hits, key=lambda item: (-hits[item], item))[:_MAX_CANDIDATES]:
            theirs = np.unique(self._shingles(self._texts[at]))
            shared = np.intersect1d(mine, theirs, assume_unique=True).size
            similarity = shared / (mine.size + theirs.size - shared)
            if similarity >= self.threshold and (best is None or similarity > best.similarity):
                best = Near(self._keys[at], float(similarity))
        return best

    def _shingles(self, plain: bytes) -> Any:
        """32-bit hashes of the 5-grams of ``plain``, repeats included; a shorter text is one shingle, ``(n,)``."""
        np = self._np
        codes = np.frombuffer(
            plain.decode("utf-8", "surrogatepass").encode("utf-32-le", "surrogatepass"), np.uint32
        )
        codes = codes.astype(np.uint64)
        if codes.size < SHINGLE:
            codes = np.concatenate((codes, np.zeros(SHINGLE - codes.size, np.uint64)))
        count = codes.size - SHINGLE + 1
        mixed = np.zeros(count, np.uint64)
        for at in range(SHINGLE):
            mixed += codes[at : at + count] * self._powers[at]
        mixed ^= mixed >> np.uint64(32)
        mixed *= np.uint64(0x9E3779B97F4A7C15)
        return (mixed >> np.uint64(32)).astype(np.uint32)

    def _band_keys(self, shingles: Any) -> list[int]:
        np = self._np
        # a*x + b modulo 2**32 with odd a permutes the 32-bit numbers; its least value samples the set.
        hashed = self._a * shingles
        hashed += self._b
        signature = hashed.min(axis=1).astype(np.uint64)
        folded = (signature.reshape(self._bands, self._rows) * self._fold).sum(
            axis=1, dtype=np.uint64
        ) + self._salt
        keys: list[int] = (folded ^ (folded >> np.uint64(29))).tolist()
        return keys
