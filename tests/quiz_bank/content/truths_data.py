"""Similarity by real sets, LSH by its own definition over all bands, shares by counting rows."""

from fractions import Fraction
from types import SimpleNamespace as V

import numpy as np
from scipy import stats
from sklearn.metrics import jaccard_score


def jaccard(v: V) -> float:
    size = v.a + v.b - v.both
    first = np.arange(size) < v.a
    second = np.arange(size) >= v.a - v.both
    return float(jaccard_score(first, second))


def candidate_probability(v: V) -> float:
    """At least one success in ``bands`` tries."""
    return float(stats.binom.sf(0, v.bands, np.prod([v.s] * v.rows)))


def scored_share(v: V) -> float:
    labels = np.concatenate([np.full(v.p, -100), np.arange(v.c)])
    return 100 * float(np.mean(labels != -100))


def kept(v: V) -> float:
    lengths = np.repeat([200, 400, 900, 1500, 3000], [v.a, v.b, v.c, v.d, v.e])
    return int((lengths <= 1024).sum())


def seen_wrong(v: V) -> float:
    return 100 * float(stats.binom.sf(0, v.n, v.share / 100))


def corpus_tokens(v: V) -> float:
    per_document = v.chars * Fraction(str(v.ratio))
    return float(sum(per_document for _ in range(v.docs)) / 10**6)


TRUTHS = {
    "data.jaccard": jaccard,
    "data.lsh-probability": candidate_probability,
    "data.tokens-trained": scored_share,
    "data.dropped-rows": kept,
    "data.expected-wrong": seen_wrong,
    "data.cpt-corpus": corpus_tokens,
}
