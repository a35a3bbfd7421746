"""ROUGE-1, 2, L and Lsum (Lin, 2004) by rouge_score's definition, to the last bit, and about a hundred times faster.

For text in Latin letters the values are rouge_score's. As soon as other letters occur, tokens are those
of :mod:`metrics.generation.words` (``tok:mixed`` in the signature) and sentences end at 。！？ too.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from metrics.errors import MetricError
from metrics.generation.lcs import lcs_length, lcs_positions
from metrics.generation.words import Words, common_count, ngrams, sentences, tokenizer, words_kind
from metrics.score import Score
from metrics.signature import signature
from metrics.statistics import DEFAULT_RESAMPLES, DEFAULT_SEED, RowStatistics, mean_statistics
from metrics.texts import References, check_pairs, input_warnings

ROUGE_TYPES = ("rouge1", "rouge2", "rougeL", "rougeLsum")


class Overlap(NamedTuple):
    """Precision, recall and F of one row, 0-1."""

    precision: float
    recall: float
    fmeasure: float


_NOTHING = Overlap(0.0, 0.0, 0.0)


def rouge(
    hypotheses: Sequence[str],
    references: References,
    *,
    types: Sequence[str] = ROUGE_TYPES,
    stem: bool = False,
    words: Words | Literal["auto"] = "auto",
    resamples: int = DEFAULT_RESAMPLES,
    seed: int = DEFAULT_SEED,
) -> dict[str, Score]:
    """ROUGE as the mean F over rows, 0-1, one :class:`Score` a type; precision and recall are in ``parts``.

    Args:
        hypotheses: one output a row.
        references: one reference a row, or a list a row (the reference with the best F counts).
        types: any of ``rouge1`` .. ``rouge9``, ``rougeL``, ``rougeLsum``.
        stem: Porter stems of Latin words; off, as in rouge_score and evaluate.
        words: ``auto`` takes ``mixed`` where a letter outside the Latin script occurs.
        resamples: bootstrap resamples for the interval; 0 leaves it out.
        seed: of the resampling.

    Raises:
        MetricError: ``unknown-option``, or see :func:`metrics.texts.check_pairs`.
    """
    return {
        name: statistics.score(resamples=resamples, seed=seed)
        for name, statistics in rouge_statistics(
            hypotheses, references, types=types, stem=stem, words=words
        ).items()
    }


def rouge_statistics(
    hypotheses: Sequence[str],
    references: References,
    *,
    types: Sequence[str] = ROUGE_TYPES,
    stem: bool = False,
    words: Words | Literal["auto"] = "auto",
) -> dict[str, RowStatistics]:
    """The F-measure of each row, by type."""
    hyps, refs = check_pairs(hypotheses, references)
    warnings = list(input_warnings(hyps))
    found = words_kind(text for row in refs for text in row)
    if found == "rouge_score":
        found = words_kind(hyps)
    if words == "auto":
        words = found
    elif words == "rouge_score" and found == "mixed":
        warnings.append("rouge_score's words drop every letter outside a-z: Chinese counts for nothing here")
    rows = _rows(hyps, refs, types, stem, words)
    made = {}
    for name in types:
        of_type = [row[name] for row in rows]
        made[name] = mean_statistics(
            name,
            [overlap.fmeasure for overlap in of_type],
            signature(
                name, refs=max(map(len, refs)), tok=words, case="lc", stem=stem, average="mean-of-rows"
            ),
            parts={
                "precision": math.fsum(overlap.precision for overlap in of_type) / len(of_type),
                "recall": math.fsum(overlap.recall for overlap in of_type) / len(of_type),
            },
            warnings=tuple(warnings),
        )
    return made


def rouge_rows(
    hypotheses: Sequence[str],
    references: References,
    *,
    types: Sequence[str] = ROUGE_TYPES,
    stem: bool = False,
    words: Words | Literal["auto"] = "auto",
) -> list[dict[str, Overlap]]:
    """Precision, recall and F of each row, by type."""
    hyps, refs = check_pairs(hypotheses, references)
    if words == "auto":
        words = words_kind([*hyps, *(text for row in refs for text in row)])
    return _rows(hyps, refs, types, stem, words)


def _rows(
    hyps: Sequence[str], refs: Sequence[Sequence[str]], types: Sequence[str], stem: bool, words: Words
) -> list[dict[str, Overlap]]:
    for name in types:
        if not re.fullmatch(r"rouge([1-9]|L|Lsum)", name):
            raise MetricError(
                "unknown-option", f"{name!r} is not a ROUGE type", "Take rouge1..9, rougeL or rougeLsum"
            )
    split = tokenizer(words, stem=stem)
    rows = []
    for hyp, several in zip(hyps, refs, strict=True):
        hyp_tokens = split(hyp)
        scored = [_score_pair(hyp, hyp_tokens, ref, types, split, words) for ref in several]
        # max() keeps the first of equals, as numpy.argmax does in rouge_score.
        rows.append({name: max((s[name] for s in scored), key=lambda o: o.fmeasure) for name in types})
    return rows


def _score_pair(
    hyp: str,
    hyp_tokens: list[str],
    ref: str,
    types: Sequence[str],
    split: Callable[[str], list[str]],
    words: Words,
) -> dict[str, Overlap]:
    ref_tokens = split(ref)
    result: dict[str, Overlap] = {}
    longest: int | None = None
    for name in types:
        if name == "rougeL" or name == "rougeLsum":
            if not ref_tokens or not hyp_tokens:
                result[name] = _NOTHING
                continue
            if name == "rougeLsum":
                hyp_lines, ref_lines = sentences(hyp, words), sentences(ref, words)
                if len(hyp_lines) > 1 or len(ref_lines) > 1:
                    result[name] = _summary(
                        [split(line) for line in ref_lines], [split(line) for line in hyp_lines]
                    )
                    continue
            if longest is None:
                longest = lcs_length(ref_tokens, hyp_tokens)
            result[name] = _overlap(longest, len(hyp_tokens), len(ref_tokens))
        else:
            n = int(name[5:])
            result[name] = _overlap(
                _common(hyp_tokens, ref_tokens, n),
                max(len(hyp_tokens) - n + 1, 1),
                max(len(ref_tokens) - n + 1, 1),
            )
    return result


def _overlap(matched: int, hyp_total: int, ref_total: int) -> Overlap:
    precision, recall = matched / hyp_total, matched / ref_total
    if precision + recall > 0:
        return Overlap(precision, recall, 2 * precision * recall / (precision + recall))
    return Overlap(precision, recall, 0.0)


def _common(hyp_tokens: list[str], ref_tokens: list[str], n: int) -> int:
    if n == 1:
        return common_count(hyp_tokens, ref_tokens)
    return common_count(ngrams(hyp_tokens, n), ngrams(ref_tokens, n))


def _summary(ref_lines: list[list[str]], hyp_lines: list[list[str]]) -> Overlap:
    """Summary-level LCS (Lin, 2004, section 3.2), clipped as ROUGE-1.5.5 and rouge_score do."""
    ref_total, hyp_total = sum(map(len, ref_lines)), sum(map(len, hyp_lines))
    if not ref_total or not hyp_total:
        return _NOTHING
    ref_left = Counter(token for line in ref_lines for token in line)
    hyp_left = Counter(token for line in hyp_lines for token in line)
    hits = 0
    for line in ref_lines:
        union: set[int] = set()
        for other in hyp_lines:
            union.update(lcs_positions(line, other))
        for position in sorted(union):
            token = line[position]
            if hyp_left[token] > 0 and ref_left[token] > 0:
                hits += 1
                hyp_left[token] -= 1
                ref_left[token] -= 1
    return _overlap(hits, hyp_total, ref_total)
