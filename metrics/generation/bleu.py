"""BLEU (Papineni et al., 2002) with sacreBLEU's tokenizers, counts and smoothing; Chinese is tokenised as Chinese."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from metrics.errors import MetricError, require
from metrics.generation.tokens import Tokenize, choose, tokenizer
from metrics.generation.words import common_count, ngrams
from metrics.score import Score
from metrics.signature import signature
from metrics.statistics import DEFAULT_RESAMPLES, DEFAULT_SEED, RowStatistics
from metrics.texts import References, check_pairs, input_warnings

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

Smooth = Literal["exp", "floor", "add-k", "none"]
_SMOOTH_DEFAULTS = {"exp": 0.0, "floor": 0.1, "add-k": 1.0, "none": 0.0}


def bleu(
    hypotheses: Sequence[str],
    references: References,
    *,
    tokenize: Tokenize = "auto",
    smooth: Smooth = "exp",
    smooth_value: float | None = None,
    lowercase: bool = False,
    effective_order: bool = False,
    max_order: int = 4,
    resamples: int = DEFAULT_RESAMPLES,
    seed: int = DEFAULT_SEED,
) -> Score:
    """Corpus BLEU, 0-100, identical to sacreBLEU's with the tokenizer that the signature names.

    Args:
        hypotheses: one output a row.
        references: one reference a row, or a list of references a row.
        tokenize: ``auto`` takes ``zh`` where a row has more Han characters than Latin words, ``char``
            for other scripts without spaces, else ``13a``.
        smooth: what to do with an order that has no match; sacreBLEU's four methods.
        smooth_value: the constant of ``floor`` (0.1) and ``add-k`` (1).
        lowercase: compare without case.
        effective_order: leave out orders longer than the text; for single sentences.
        max_order: the longest n-gram.
        resamples: bootstrap resamples of rows for the interval; 0 leaves it out.
        seed: of the resampling.

    Raises:
        MetricError: for input that has no honest score; see :func:`metrics.texts.check_pairs`.
    """
    return bleu_statistics(
        hypotheses,
        references,
        tokenize=tokenize,
        smooth=smooth,
        smooth_value=smooth_value,
        lowercase=lowercase,
        effective_order=effective_order,
        max_order=max_order,
    ).score(resamples=resamples, seed=seed)


def bleu_statistics(
    hypotheses: Sequence[str],
    references: References,
    *,
    tokenize: Tokenize = "auto",
    smooth: Smooth = "exp",
    smooth_value: float | None = None,
    lowercase: bool = False,
    effective_order: bool = False,
    max_order: int = 4,
) -> RowStatistics:
    """BLEU's sufficient statistics a row: hypothesis and reference length, matches and totals by order."""
    hyps, refs = check_pairs(hypotheses, references)
    module = require("sacrebleu.metrics.bleu", "BLEU")
    if smooth not in _SMOOTH_DEFAULTS:
        raise MetricError("unknown-option", f"smooth={smooth!r} is not one of {', '.join(_SMOOTH_DEFAULTS)}")
    warnings = list(input_warnings(hyps))
    tokenize, unsuited = choose(tokenize, (text for row in refs for text in row))
    warnings += unsuited
    split = tokenizer(tokenize)
    if lowercase:
        hyps, refs = [hyp.lower() for hyp in hyps], [[ref.lower() for ref in row] for row in refs]
    rows = [
        row_counts(split(hyp), [split(ref) for ref in row], max_order)
        for hyp, row in zip(hyps, refs, strict=True)
    ]
    metric = module.BLEU(
        tokenize="none",
        smooth_method=smooth,
        smooth_value=smooth_value,
        effective_order=effective_order,
        max_ngram_order=max_order,
    )

    def value_of(sums: Sequence[float]) -> float:
        return float(metric._compute_score_from_stats([int(item) for item in sums]).score)

    result = metric._compute_score_from_stats([sum(column) for column in zip(*rows, strict=True)])
    if len(result.totals) and result.totals[-1] == 0 and not effective_order:
        warnings.append(
            f"no hypothesis has {max_order} tokens, so BLEU is 0 by definition; "
            "use exact match or chrF for short answers, or effective_order"
        )
    parts = {f"precision_{order}": float(value) for order, value in enumerate(result.precisions, 1)}
    parts |= {"brevity_penalty": float(result.bp), "length_ratio": float(result.ratio)}
    parts |= {"hypothesis_tokens": float(result.sys_len), "reference_tokens": float(result.ref_len)}
    value = _SMOOTH_DEFAULTS[smooth] if smooth_value is None else smooth_value
    counts = {len(row) for row in refs}
    made = signature(
        "bleu",
        libraries=("sacrebleu",),
        refs=counts.pop() if len(counts) == 1 else "var",
        case="lc" if lowercase else "mixed",
        eff=effective_order,
        tok=tokenize,
        smooth=f"{smooth}[{value:.2f}]" if smooth in {"floor", "add-k"} else smooth,
        order=max_order,
    )
    return RowStatistics(
        "bleu",
        "0-100",
        made,
        rows,
        value_of,
        _values_of(smooth, value, effective_order, max_order),
        parts=parts,
        warnings=tuple(warnings),
    )


def row_counts(hyp: list[str], refs: list[list[str]], orders: int) -> list[int]:
    """Hypothesis length, closest reference length, clipped matches and totals for orders 1..orders."""
    h = len(hyp)
    ref_len = min((abs(h - len(ref)), len(ref)) for ref in refs)[1]
    correct: list[int] = []
    for n in range(1, orders + 1):
        # An order without a match has no longer match either.
        if n > h or (n > 1 and not correct[-1]):
            correct.append(0)
            continue
        grams: Sequence[object] = hyp if n == 1 else ngrams(hyp, n)
        several: list[Sequence[object]] = [ref if n == 1 else ngrams(ref, n) for ref in refs]
        correct.append(_clipped(grams, several))
    return [h, ref_len, *correct, *(max(h - n + 1, 0) for n in range(1, orders + 1))]


def _clipped(grams: Sequence[object], several: list[Sequence[object]]) -> int:
    """Matches of n-grams, each counted at most as often as in the reference that has it most often."""
    if len(several) == 1:
        return common_count(grams, several[0])
    counts = Counter(grams)
    limits = [Counter(ref) for ref in several]
    return sum(min(count, max(limit[gram] for limit in limits)) for gram, count in counts.items())


def _values_of(smooth: str, value: float, effective_order: bool, orders: int) -> Callable[[Array], Array]:
    """BLEU of many sums at once; the same steps as ``sacrebleu.BLEU.compute_bleu``, on columns."""

    def values_of(sums: Array) -> Array:
        import numpy as np

        sys_len, ref_len = sums[:, 0], sums[:, 1]
        correct, total = sums[:, 2 : 2 + orders].copy(), sums[:, 2 + orders :].copy()
        any_match = (correct > 0).any(axis=1)
        if smooth == "add-k":
            correct[:, 1:] += value
            total[:, 1:] += value
        present = np.cumprod(total > 0, axis=1).astype(bool)
        precisions = np.divide(correct, total, out=np.zeros_like(correct), where=present)
        unmatched = present & (correct <= 0)
        if smooth == "exp":
            halvings = 2.0 ** np.cumsum(unmatched, axis=1)
            filled = np.divide(1.0, halvings * total, out=np.zeros_like(correct), where=unmatched)
            precisions = np.where(unmatched, filled, precisions)
        elif smooth == "floor":
            filled = np.divide(value, total, out=np.zeros_like(correct), where=unmatched)
            precisions = np.where(unmatched, filled, precisions)
        used = present if effective_order else np.ones_like(present)
        logs = np.where(precisions > 0, np.log(np.where(precisions > 0, precisions, 1.0)), -1e10)
        order = np.maximum(used.sum(axis=1), 1)
        geometric = np.exp((logs * used).sum(axis=1) / order)
        short = sys_len < ref_len
        ratio = np.divide(ref_len, sys_len, out=np.ones_like(sys_len), where=sys_len > 0)
        penalty = np.where(short, np.where(sys_len > 0, np.exp(np.minimum(1 - ratio, 0.0)), 0.0), 1.0)
        scores: Array = 100.0 * penalty * geometric * any_match
        return scores

    return values_of
