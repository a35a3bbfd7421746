"""Every generation metric by name: for tables, for comparing two systems, for the command line."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from metrics.errors import MetricError
from metrics.generation.bleu import bleu_statistics
from metrics.generation.chrf import chrf_statistics, without_words
from metrics.generation.diversity import distinct_n, length_ratio_statistics
from metrics.generation.exact import exact_match, exact_match_statistics
from metrics.generation.meteor import meteor_statistics
from metrics.generation.rouge import ROUGE_TYPES, rouge_statistics
from metrics.generation.structured import json_field_statistics
from metrics.generation.ter import ter_statistics
from metrics.generation.tokens import remembering
from metrics.meaning.tfidf import tfidf_statistics
from metrics.score import Score
from metrics.statistics import DEFAULT_RESAMPLES, DEFAULT_SEED, RowStatistics
from metrics.texts import References

Maker = Callable[[Sequence[str], References], RowStatistics]


def _rouge(name: str) -> Maker:
    return lambda hyps, refs: rouge_statistics(hyps, refs, types=(name,))[name]


STATISTICS: dict[str, Maker] = {
    "exact_match": exact_match_statistics,
    "bleu": bleu_statistics,
    "chrf": chrf_statistics,
    "chrf++": lambda hyps, refs: chrf_statistics(hyps, refs, word_order=2),
    "ter": ter_statistics,
    **{name: _rouge(name) for name in ROUGE_TYPES},
    "meteor": meteor_statistics,
    "length_ratio": length_ratio_statistics,
    "tfidf": tfidf_statistics,
    "json_field_f1": json_field_statistics,
}
"""Metrics that have per-row statistics, and so can be resampled and compared."""

GENERATION = (
    "exact_match",
    "bleu",
    "chrf",
    "chrf++",
    "ter",
    *ROUGE_TYPES,
    "meteor",
    "length_ratio",
    "distinct_1",
    "distinct_2",
)
"""What :func:`generation_scores` computes by default."""


def statistics_of(name: str, hypotheses: Sequence[str], references: References) -> RowStatistics:
    """Per-row statistics of a metric by name.

    Raises:
        MetricError: ``unknown-metric``, or what the metric raises.
    """
    maker = STATISTICS.get(name)
    if maker is None:
        raise MetricError(
            "unknown-metric", f"no metric {name!r} to compare with", f"Take {', '.join(STATISTICS)}"
        )
    return maker(hypotheses, references)


def generation_scores(
    hypotheses: Sequence[str],
    references: References,
    *,
    names: Sequence[str] = GENERATION,
    resamples: int = DEFAULT_RESAMPLES,
    seed: int = DEFAULT_SEED,
) -> dict[str, Score]:
    """Scores by name, in the order asked for; what several metrics need is computed once.

    A metric that has no value on this input (distinct-2 of one-word answers) is left out and every other
    score says so in its warnings.

    Raises:
        MetricError: ``unknown-metric``, or see :func:`metrics.texts.check_pairs`.
    """
    with remembering():
        return _scores(hypotheses, references, names, resamples, seed)


def _scores(
    hypotheses: Sequence[str], references: References, names: Sequence[str], resamples: int, seed: int
) -> dict[str, Score]:
    made: dict[str, Score] = {}
    rouge_types = [name for name in names if name.startswith("rouge")]
    if rouge_types:
        for name, statistics in rouge_statistics(hypotheses, references, types=rouge_types).items():
            made[name] = statistics.score(resamples=resamples, seed=seed)
    if {"chrf", "chrf++"} <= set(names) and all(isinstance(row, str) for row in references):
        with_words = chrf_statistics(hypotheses, references, word_order=2)
        made["chrf++"] = with_words.score(resamples=resamples, seed=seed)
        made["chrf"] = without_words(with_words).score(resamples=resamples, seed=seed)
    missing = []
    for name in names:
        if name in made:
            continue
        if name.startswith("distinct_") and name.removeprefix("distinct_").isdigit():
            try:
                made[name] = distinct_n(hypotheses, int(name.removeprefix("distinct_")))
            except MetricError as error:
                if error.code != "too-short":
                    raise
                missing.append(f"{name} has no value: {error.message}")
        elif name == "exact_match":
            made[name] = exact_match(hypotheses, references)
        else:
            made[name] = statistics_of(name, hypotheses, references).score(resamples=resamples, seed=seed)
    return {name: _warned(made[name], missing) for name in names if name in made}


def _warned(score: Score, warnings: Sequence[str]) -> Score:
    if not warnings:
        return score
    from msgspec.structs import replace

    return replace(score, warnings=(*score.warnings, *warnings))
