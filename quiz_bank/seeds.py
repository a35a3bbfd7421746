"""Reproducible draws from a hash: the same on every machine, operating system and Python version.

``random.Random`` promises its sequence only for ``random()``, and its shuffle has changed before. A counter hashed
with SHA-256 has no state to misuse and no version.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import TypeVar

T = TypeVar("T")


class Draws:
    """A stream of draws that depends only on the words it is made from.

    Two streams of the same item (say its numbers and its option order) take different words, so that a change in one
    never shifts the other.
    """

    def __init__(self, *words: str | int) -> None:
        self._seed = "\x1f".join(str(word) for word in words).encode()
        self._count = 0

    def _bits(self) -> int:
        self._count += 1
        return int.from_bytes(sha256(self._seed + b"\x1f" + str(self._count).encode()).digest()[:8], "big")

    def below(self, n: int) -> int:
        """A whole number from 0 to ``n - 1``, every one equally likely."""
        assert n > 0
        limit = 2**64 - 2**64 % n
        while True:
            bits = self._bits()
            if bits < limit:
                return bits % n

    def uniform(self) -> float:
        """A number from 0 (included) to 1 (excluded), with 53 random bits."""
        return (self._bits() >> 11) / 2**53

    def normal(self) -> float:
        """About standard normal: twelve uniforms less six (Irwin-Hall), which needs no libm and so no platform."""
        return sum(self.uniform() for _ in range(12)) - 6.0

    def choice(self, values: Sequence[T]) -> T:
        """One of ``values``."""
        return values[self.below(len(values))]

    def shuffled(self, values: Sequence[T]) -> tuple[T, ...]:
        """``values`` in random order (Fisher-Yates)."""
        order = list(values)
        for i in range(len(order) - 1, 0, -1):
            j = self.below(i + 1)
            order[i], order[j] = order[j], order[i]
        return tuple(order)
