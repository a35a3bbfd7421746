"""Find the terms of a word list in any disguise (Aho and Corasick, 1975): one pass whatever the list's size."""

from __future__ import annotations

from typing import Any

import msgspec

from metrics.errors import MetricError, require
from metrics.safety.folding import CASE, FULL_WIDTH, HOMOGLYPH, Folded, fold
from metrics.safety.words import WordList

_WIDEST_GAP = 3
"""Separators between two letters of one word beyond which they are two words."""


class Hit(msgspec.Struct, frozen=True):
    """One term found: where in the original text (``text[start:end]``), and how it was disguised."""

    category: str
    term: str
    start: int
    end: int
    found: str
    disguises: tuple[str, ...] = ()


class _Term(msgspec.Struct, frozen=True):
    category: str
    term: str
    gaps: frozenset[int]
    """Positions in the folded term that a separator precedes: the spaces of "credit card number"."""
    spaced: bool
    """Whether it is written in letters that words are separated by: needs a word's edges around it."""


class Scanner:
    """A word list compiled for scanning.

    Latin terms match whole words only, as written, with the spaces left out, or with every letter set
    apart ("b-o-m-b"); Chinese terms match anywhere, also with separators inside, but not across the end of
    a sentence.

    Raises:
        MetricError: ``bad-word-list`` for a term without a letter or digit.
    """

    def __init__(self, words: WordList) -> None:
        self.words = words
        self._automaton: Any = require("ahocorasick", "scanning for words").Automaton()
        by_key: dict[str, list[_Term]] = {}
        for category, terms in words.terms.items():
            for term in terms:
                folded = fold(term)
                if not folded.text:
                    raise MetricError("bad-word-list", f"{term!r} in {category} has no letter to look for")
                gaps = frozenset(i for i, gap in enumerate(folded.gap) if gap and i)
                by_key.setdefault(folded.text, []).append(_Term(category, term, gaps, folded.text.isascii()))
        for key, entries in by_key.items():
            self._automaton.add_word(key, (len(key), entries))
        self._automaton.make_automaton()

    def scan(self, text: str) -> list[Hit]:
        """All hits in order of position; a hit inside a longer one of its category is left out."""
        folded = fold(text)
        found = []
        for last, (length, entries) in self._automaton.iter(folded.text):
            first = last - length + 1
            for entry in entries:
                disguise = _disguise(folded, first, last, entry)
                if disguise is None:
                    continue
                start, end = folded.start[first], folded.start[last] + 1
                if text[start:end] == entry.term:
                    disguise = ()
                found.append(Hit(entry.category, entry.term, start, end, text[start:end], disguise))
        found.sort(key=lambda hit: (hit.start, -hit.end))
        kept: list[Hit] = []
        reach: dict[str, int] = {}
        for hit in found:
            if hit.end > reach.get(hit.category, -1):
                kept.append(hit)
                reach[hit.category] = hit.end
        return kept


def _disguise(folded: Folded, first: int, last: int, term: _Term) -> tuple[str, ...] | None:
    """Which disguises the match wears, or None where it is no match for a reader."""
    inside = range(first + 1, last + 1)
    observed = frozenset(i - first for i in inside if folded.gap[i])
    if term.spaced:
        if not (_edge(folded, first) and (last + 1 == len(folded.text) or _edge(folded, last + 1))):
            return None
        spread = len(observed) == last - first
        if observed and observed != term.gaps and not spread:
            return None
    if any(folded.gap[i] > _WIDEST_GAP for i in inside):
        return None
    if any(folded.broken[i] for i in inside) and not term.spaced:
        return None
    flags = 0
    for i in range(first, last + 1):
        flags |= folded.changed[i]
    names = [
        name
        for name, worn in (
            ("spacing", observed != term.gaps),
            ("zero-width", any(folded.hidden[i] for i in inside)),
            ("full-width", bool(flags & FULL_WIDTH)),
            ("homoglyph", bool(flags & HOMOGLYPH)),
            ("case", bool(flags & CASE)),
        )
        if worn
    ]
    return tuple(names)


def _edge(folded: Folded, i: int) -> bool:
    """Whether a word of spaced letters can begin at ``i``: a separator, or another script, before it."""
    return i == 0 or folded.gap[i] > 0 or not (folded.text[i - 1].isascii() and folded.text[i].isascii())
