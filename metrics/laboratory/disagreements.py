"""The rows on which definitions disagree most: where to look before believing any of them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from metrics.generation.bleu import bleu_statistics
from metrics.generation.chrf import chrf_statistics
from metrics.generation.exact import exact_match_statistics
from metrics.generation.rouge import rouge_statistics
from metrics.texts import References, check_pairs


class Disagreement(msgspec.Struct, frozen=True):
    """One row under several metrics, all 0-1; ``spread`` is the largest minus the smallest."""

    row: int
    hypothesis: str
    reference: str
    values: dict[str, float]
    spread: float
    hint: str
    """A stable code for what to look at; see :data:`HINTS`."""


HINTS = {
    "dropped-letters": "rouge_score sees only the Latin letters of this row: the agreement it reports is not there",
    "order": "the same words in another order: ROUGE-1 cannot see it, ROUGE-2 and BLEU can",
    "form": "same characters, other tokens: punctuation, case or word forms differ",
    "short": "too short for 4-grams: BLEU is low whatever was said",
    "mixed": "the metrics weigh this row differently: read it",
}


def worst_disagreements(
    hypotheses: Sequence[str], references: References, *, limit: int = 5
) -> list[Disagreement]:
    """The rows with the widest spread between sentence BLEU, chrF, ROUGE by both tokenizers and exact match.

    Raises:
        MetricError: see :func:`metrics.texts.check_pairs`.
    """
    hyps, refs = check_pairs(hypotheses, references)
    mixed = rouge_statistics(hyps, refs, types=("rouge1", "rouge2", "rougeL"), words="mixed")
    latin = rouge_statistics(hyps, refs, types=("rouge1",), words="rouge_score")
    columns = {
        "bleu": [float(v) / 100 for v in bleu_statistics(hyps, refs, effective_order=True).row_values()],
        "chrf": [float(v) / 100 for v in chrf_statistics(hyps, refs).row_values()],
        "rouge1": [float(v) for v in mixed["rouge1"].row_values()],
        "rouge2": [float(v) for v in mixed["rouge2"].row_values()],
        "rougeL": [float(v) for v in mixed["rougeL"].row_values()],
        "rouge1_score_words": [float(v) for v in latin["rouge1"].row_values()],
        "exact_match": [float(v) for v in exact_match_statistics(hyps, refs).row_values()],
    }
    rows = []
    for i, (hyp, several) in enumerate(zip(hyps, refs, strict=True)):
        values = {name: column[i] for name, column in columns.items()}
        graded = [value for name, value in values.items() if name != "exact_match"]
        spread = max(graded) - min(graded)
        rows.append(Disagreement(i, hyp, several[0], values, spread, _hint(values, several[0])))
    return sorted(rows, key=lambda row: (-row.spread, row.row))[:limit]


def _hint(values: dict[str, float], reference: str) -> str:
    if abs(values["rouge1"] - values["rouge1_score_words"]) > 0.2:
        return "dropped-letters"
    if len(reference.split()) < 4 and reference.isascii():
        return "short"
    if values["rouge1"] - values["rougeL"] > 0.2 or values["rouge1"] - values["rouge2"] > 0.6:
        return "order"
    if values["chrf"] - values["rouge1"] > 0.2:
        return "form"
    return "mixed"
