"""TF-IDF cosine: shared words weighted by rarity. It knows no synonyms; it needs no model and no network."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from metrics.errors import require
from metrics.generation.words import tokenizer
from metrics.score import Score
from metrics.signature import signature
from metrics.statistics import DEFAULT_RESAMPLES, DEFAULT_SEED, RowStatistics, mean_statistics
from metrics.texts import References, check_pairs, input_warnings


def tfidf_similarity(
    hypotheses: Sequence[str],
    references: References,
    *,
    resamples: int = DEFAULT_RESAMPLES,
    seed: int = DEFAULT_SEED,
) -> Score:
    """Mean cosine of TF-IDF vectors, 0-1: lexical overlap, not meaning, and labelled so.

    Words are those of mixed text (Chinese by character and by pair of characters), IDF is fitted on these
    hypotheses and references, so values of two different test sets do not compare.

    Raises:
        MetricError: see :func:`metrics.texts.check_pairs`.
    """
    return tfidf_statistics(hypotheses, references).score(resamples=resamples, seed=seed)


def tfidf_statistics(hypotheses: Sequence[str], references: References) -> RowStatistics:
    """Cosine of each row, with its best reference."""
    hyps, refs = check_pairs(hypotheses, references)
    text = require("sklearn.feature_extraction.text", "TF-IDF similarity")
    words = tokenizer("mixed")

    def features(document: str) -> list[str]:
        tokens = words(document)
        pairs = (a + b for a, b in itertools.pairwise(tokens) if not (a.isascii() or b.isascii()))
        return [*tokens, *pairs]

    flat = [ref for row in refs for ref in row]
    vectorizer = text.TfidfVectorizer(analyzer=features)
    warnings = input_warnings(hyps)
    if not any(words(document) for document in [*hyps, *flat]):
        values = [0.0] * len(hyps)
        warnings += ("no text holds a word: similarity is 0 by convention",)
    else:
        vectorizer.fit([*hyps, *flat])
        of_hyps, of_refs = vectorizer.transform(hyps), vectorizer.transform(flat)
        values = []
        position = 0
        for i, row in enumerate(refs):
            best = of_refs[position : position + len(row)].multiply(of_hyps[i]).sum(axis=1).max()
            values.append(min(float(best), 1.0))
            position += len(row)
    made = signature(
        "tfidf_cosine",
        libraries=("scikit-learn",),
        kind="lexical",
        idf="fitted-on-this-set",
        tok="mixed+han-pairs",
        refs=max(map(len, refs)),
    )
    return mean_statistics("tfidf_cosine", values, made, warnings=warnings)
