"""chrF (Popović, 2015) and chrF++ (2017): F-scores of character n-grams, which need no tokenizer at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from metrics.errors import require
from metrics.generation.words import common_count
from metrics.score import Score
from metrics.signature import signature
from metrics.statistics import DEFAULT_RESAMPLES, DEFAULT_SEED, RowStatistics
from metrics.texts import References, check_pairs, input_warnings

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


def chrf(
    hypotheses: Sequence[str],
    references: References,
    *,
    char_order: int = 6,
    word_order: int = 0,
    beta: int = 2,
    lowercase: bool = False,
    resamples: int = DEFAULT_RESAMPLES,
    seed: int = DEFAULT_SEED,
) -> Score:
    """Corpus chrF, 0-100, identical to sacreBLEU's; ``word_order=2`` makes it chrF++.

    Args:
        hypotheses: one output a row.
        references: one reference a row, or a list of references a row.
        char_order: longest character n-gram.
        word_order: longest word n-gram on top; Chinese without spaces has few words, so chrF++ is close
            to chrF there.
        beta: weight of recall over precision.
        lowercase: compare without case.
        resamples: bootstrap resamples for the interval; 0 leaves it out.
        seed: of the resampling.

    Raises:
        MetricError: see :func:`metrics.texts.check_pairs`.
    """
    return chrf_statistics(
        hypotheses, references, char_order=char_order, word_order=word_order, beta=beta, lowercase=lowercase
    ).score(resamples=resamples, seed=seed)


def chrf_statistics(
    hypotheses: Sequence[str],
    references: References,
    *,
    char_order: int = 6,
    word_order: int = 0,
    beta: int = 2,
    lowercase: bool = False,
) -> RowStatistics:
    """chrF's sufficient statistics a row: (hypothesis, reference, matched) n-grams for each order."""
    hyps, refs = check_pairs(hypotheses, references)
    module = require("sacrebleu.metrics.chrf", "chrF")
    metric = module.CHRF(char_order=char_order, word_order=word_order, beta=beta, lowercase=lowercase)
    split = metric._remove_punctuation if word_order else None
    if lowercase:
        hyps, refs = [hyp.lower() for hyp in hyps], [[ref.lower() for ref in row] for row in refs]
    rows = [
        # Of several references the one with the best F counts; max() keeps the first of equals.
        max((_row(hyp, ref, char_order, word_order, split) for ref in row), key=metric._compute_f_score)
        if len(row) > 1
        else _row(hyp, row[0], char_order, word_order, split)
        for hyp, row in zip(hyps, refs, strict=True)
    ]
    counts = {len(row) for row in refs}
    shown = str(counts.pop()) if len(counts) == 1 else "var"
    return _statistics(rows, shown, char_order, word_order, beta, lowercase, input_warnings(hyps))


def without_words(statistics: RowStatistics, *, char_order: int = 6) -> RowStatistics:
    """Plain chrF from chrF++'s rows of one reference each: its numbers are the first of theirs."""
    rows = [row[: 3 * char_order] for row in statistics.rows]
    return _statistics(rows, "1", char_order, 0, 2, False, statistics.warnings)


def _statistics(
    rows: Sequence[Sequence[float]],
    refs: str,
    char_order: int,
    word_order: int,
    beta: int,
    lowercase: bool,
    warnings: tuple[str, ...],
) -> RowStatistics:
    metric = require("sacrebleu.metrics.chrf", "chrF").CHRF(
        char_order=char_order, word_order=word_order, beta=beta
    )
    name = "chrf" + "+" * word_order
    made = signature(
        name,
        libraries=("sacrebleu",),
        refs=refs,
        case="lc" if lowercase else "mixed",
        eff=True,
        nc=char_order,
        nw=word_order,
        space=False,
        beta=beta,
    )
    return RowStatistics(
        name,
        "0-100",
        made,
        rows,
        lambda sums: float(metric._compute_f_score([int(item) for item in sums])),
        _values_of(beta),
        parts={"beta": float(beta)},
        warnings=warnings,
    )


def _row(
    hyp: str, ref: str, char_order: int, word_order: int, split: Callable[[str], list[str]] | None
) -> list[int]:
    """One row's statistics; the same numbers as sacreBLEU, with the totals taken from lengths."""
    hyp_text, ref_text = "".join(hyp.split()), "".join(ref.split())
    stats: list[int] = []
    h, r = len(hyp_text), len(ref_text)
    for n in range(1, char_order + 1):
        n_hyp, n_ref = max(h - n + 1, 0), max(r - n + 1, 0)
        if n_hyp and n_ref:
            matched = common_count(
                [hyp_text[i : i + n] for i in range(n_hyp)], [ref_text[i : i + n] for i in range(n_ref)]
            )
        else:
            matched = 0
        # sacreBLEU counts no hypothesis n-grams of an order that the reference does not have.
        stats += (n_hyp if n_ref else 0, n_ref, matched)
    if split is not None:
        hyp_words, ref_words = split(hyp), split(ref)
        for n in range(1, word_order + 1):
            n_hyp, n_ref = max(len(hyp_words) - n + 1, 0), max(len(ref_words) - n + 1, 0)
            matched = common_count(
                [" ".join(hyp_words[i : i + n]) for i in range(n_hyp)],
                [" ".join(ref_words[i : i + n]) for i in range(n_ref)],
            )
            stats += (n_hyp if n_ref else 0, n_ref, matched)
    return stats


def _values_of(beta: int) -> Callable[[Array], Array]:
    factor = beta**2

    def values_of(sums: Array) -> Array:
        import numpy as np

        n_hyp, n_ref, matched = sums[:, 0::3], sums[:, 1::3], sums[:, 2::3]
        counted = (n_hyp > 0) & (n_ref > 0)
        orders = np.maximum(counted.sum(axis=1), 1)
        precision = np.divide(matched, n_hyp, out=np.zeros_like(matched), where=counted).sum(axis=1) / orders
        recall = np.divide(matched, n_ref, out=np.zeros_like(matched), where=counted).sum(axis=1) / orders
        below = factor * precision + recall
        scores: Array = 100.0 * np.divide(
            (1 + factor) * precision * recall, below, out=np.zeros_like(below), where=below > 0
        )
        return scores

    return values_of
