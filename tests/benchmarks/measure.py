"""What a benchmark yields: our time, the peer's in the same run, their ratio, and the promise it is held to."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Row:
    """One measured promise.

    ``ratio`` is what the promise is about; ``bar`` is the promise and ``better`` its direction: ``at_most``
    for "ours over the peer's <= bar", ``at_least`` for "the peer's over ours >= bar".
    """

    name: str
    ours: float
    peer: float
    ratio: float
    bar: float
    better: Literal["at_most", "at_least"]
    unit: str = "s"
    note: str = ""

    @property
    def met(self) -> bool:
        """Whether the promise was kept in this run."""
        return self.ratio <= self.bar if self.better == "at_most" else self.ratio >= self.bar


def best_of(call: Callable[[], object], repeats: int = 3) -> float:
    """Seconds of the fastest of ``repeats`` calls: the least disturbed by the rest of the machine."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return min(seconds)
