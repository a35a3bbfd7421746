"""Rows of one's own: a share of a file, drawn by a seed, so that no two students of a class train on the same rows.

The draw is within the training file and within the validation file, never across them: what a task keeps apart (the
phrasings of one fact, the pages of one document) stays apart for everybody.
"""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from labs.rows import Row


def drawn(rows: Sequence["Row"], seed: int, share: float) -> list["Row"]:
    """The ``share`` of the rows whose SHA-256 of seed and id comes first, in that order; at least one.

    It depends on ids alone, so it is the same on every machine and with every version of every library.
    """
    ranked = sorted(rows, key=lambda row: hashlib.sha256(f"{seed}\0{row.id}".encode()).digest())
    return ranked[: drawn_count(len(rows), share)]


def drawn_count(rows: int, share: float) -> int:
    """How many rows of a file ``drawn`` gives."""
    return min(rows, max(1, round(share * rows)))


def split_digest(rows: Sequence["Row"]) -> str:
    """SHA-256 of drawn rows, text and order."""
    return hashlib.sha256(msgspec.json.encode(rows, order="deterministic")).hexdigest()
