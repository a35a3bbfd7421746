"""What the outputs look like by themselves: how often they repeat (distinct-n) and how long they are."""

from __future__ import annotations

from collections.abc import Sequence

from metrics.errors import MetricError
from metrics.generation.tokens import Tokenize, choose, tokenizer
from metrics.generation.words import ngrams
from metrics.score import Score
from metrics.signature import signature
from metrics.statistics import DEFAULT_RESAMPLES, DEFAULT_SEED, RowStatistics, ratio_statistics
from metrics.texts import References, check_pairs, check_texts, input_warnings


def distinct_n(texts: Sequence[str], n: int = 2, *, tokenize: Tokenize = "auto") -> Score:
    """Distinct-n (Li et al., 2016): different n-grams over all n-grams of the whole corpus, 0-1.

    It falls as the corpus grows, so compare only corpora of one size; it has no interval because a
    resampled corpus repeats rows by construction.

    Raises:
        MetricError: ``too-short`` where no text has n tokens, or see :func:`metrics.texts.check_texts`.
    """
    checked = check_texts(texts)
    if n < 1:
        raise MetricError("unknown-option", f"n={n} is no n-gram order", "Take 1, 2 or 3")
    tokenize, unsuited = choose(tokenize, checked)
    split = tokenizer(tokenize)
    total = 0
    seen: set[object] = set()
    for text in checked:
        tokens = split(text)
        grams: Sequence[object] = tokens if n == 1 else ngrams(tokens, n)
        total += len(grams)
        seen.update(grams)
    if not total:
        raise MetricError("too-short", f"no text has {n} tokens", "Take a smaller n")
    return Score(
        name=f"distinct_{n}",
        value=len(seen) / total,
        scale="0-1",
        n=len(checked),
        signature=signature(f"distinct_{n}", tok=tokenize, case="mixed", level="corpus"),
        parts={"distinct": float(len(seen)), "total": float(total)},
        warnings=input_warnings(checked, "texts") + unsuited,
    )


def length_ratio(
    hypotheses: Sequence[str],
    references: References,
    *,
    tokenize: Tokenize = "auto",
    resamples: int = DEFAULT_RESAMPLES,
    seed: int = DEFAULT_SEED,
) -> Score:
    """Tokens of the hypotheses over tokens of the (first) references; 1 means as long as they should be.

    Raises:
        MetricError: see :func:`metrics.texts.check_pairs`.
    """
    return length_ratio_statistics(hypotheses, references, tokenize=tokenize).score(
        resamples=resamples, seed=seed
    )


def length_ratio_statistics(
    hypotheses: Sequence[str], references: References, *, tokenize: Tokenize = "auto"
) -> RowStatistics:
    """(hypothesis tokens, reference tokens) a row."""
    hyps, refs = check_pairs(hypotheses, references)
    tokenize, unsuited = choose(tokenize, (row[0] for row in refs))
    split = tokenizer(tokenize)
    return ratio_statistics(
        "length_ratio",
        [len(split(hyp)) for hyp in hyps],
        [len(split(row[0])) for row in refs],
        signature("length_ratio", tok=tokenize, refs="first"),
        scale="ratio",
        warnings=input_warnings(hyps) + unsuited,
    )
