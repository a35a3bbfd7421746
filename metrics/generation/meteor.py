"""METEOR (Banerjee and Lavie, 2005) with its exact and stem modules only, and labelled so.

The full metric also matches WordNet synonyms, which needs a download and knows no Chinese. Values equal
NLTK's with an empty WordNet on the same tokens. Chinese is matched by character, where stems do nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

from metrics.generation.tokens import Tokenize, choose, tokenizer
from metrics.generation.words import porter
from metrics.score import Score
from metrics.signature import signature
from metrics.statistics import DEFAULT_RESAMPLES, DEFAULT_SEED, RowStatistics, mean_statistics
from metrics.texts import References, check_pairs, input_warnings

ALPHA, BETA, GAMMA = 0.9, 3.0, 0.5
"""Weight of precision against recall, and exponent and weight of the fragmentation penalty; NLTK's defaults."""


def meteor(
    hypotheses: Sequence[str],
    references: References,
    *,
    tokenize: Tokenize = "auto",
    resamples: int = DEFAULT_RESAMPLES,
    seed: int = DEFAULT_SEED,
) -> Score:
    """Mean over rows of METEOR exact+stem, 0-1.

    Args:
        hypotheses: one output a row.
        references: one reference a row, or a list a row (the best counts).
        tokenize: as in :func:`metrics.generation.bleu.bleu`; tokens are lowercased.
        resamples: bootstrap resamples for the interval; 0 leaves it out.
        seed: of the resampling.

    Raises:
        MetricError: see :func:`metrics.texts.check_pairs`.
    """
    return meteor_statistics(hypotheses, references, tokenize=tokenize).score(resamples=resamples, seed=seed)


def meteor_statistics(
    hypotheses: Sequence[str], references: References, *, tokenize: Tokenize = "auto"
) -> RowStatistics:
    """METEOR of each row."""
    hyps, refs = check_pairs(hypotheses, references)
    tokenize, unsuited = choose(tokenize, (text for row in refs for text in row))
    split, stem = tokenizer(tokenize), porter()

    def words(text: str) -> list[str]:
        return [word.lower() for word in split(text)]

    values = [
        max(meteor_of_tokens(words(hyp), words(ref), stem) for ref in row)
        for hyp, row in zip(hyps, refs, strict=True)
    ]
    made = signature(
        "meteor",
        libraries=("nltk",),
        refs=max(map(len, refs)),
        modules="exact+stem",
        tok=tokenize,
        case="lc",
        alpha=ALPHA,
        beta=BETA,
        gamma=GAMMA,
        average="mean-of-rows",
    )
    return mean_statistics("meteor_exact_stem", values, made, warnings=input_warnings(hyps) + unsuited)


def meteor_of_tokens(hyp: Sequence[str], ref: Sequence[str], stem: Callable[[str], str]) -> float:
    """METEOR of one pair of token lists that are lowercased already; 0 where nothing matches."""
    matches, hyp_left, ref_left = _match(list(enumerate(hyp)), list(enumerate(ref)))
    if hyp_left and ref_left:
        by_stem, _, _ = _match([(i, stem(w)) for i, w in hyp_left], [(j, stem(w)) for j, w in ref_left])
        matches += by_stem
    if not matches:
        return 0.0
    matches.sort()
    precision, recall = len(matches) / len(hyp), len(matches) / len(ref)
    mean = (precision * recall) / (ALPHA * precision + (1 - ALPHA) * recall)
    chunks = 1 + sum(
        1 for (i, j), (next_i, next_j) in itertools.pairwise(matches) if (next_i, next_j) != (i + 1, j + 1)
    )
    penalty: float = GAMMA * (chunks / len(matches)) ** BETA
    return (1 - penalty) * mean


Indexed = list[tuple[int, str]]


def _match(hyp: Indexed, ref: Indexed) -> tuple[list[tuple[int, int]], Indexed, Indexed]:
    """Pair equal words from the end backwards; (pairs, unmatched of hyp, unmatched of ref)."""
    positions: dict[str, list[int]] = {}
    for j, (_, word) in enumerate(ref):
        positions.setdefault(word, []).append(j)
    pairs = []
    left = []
    taken = set()
    for i, word in reversed(hyp):
        free = positions.get(word)
        if free:
            j = free.pop()
            taken.add(j)
            pairs.append((i, ref[j][0]))
        else:
            left.append((i, word))
    left.reverse()
    return pairs, left, [entry for j, entry in enumerate(ref) if j not in taken]
