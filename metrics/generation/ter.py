"""TER (Snover et al., 2006): edits a word of the reference; lower is better. Chinese is counted by character."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from metrics.errors import MetricError, require
from metrics.generation.edits import edit_count
from metrics.score import Score
from metrics.scripts import script_of
from metrics.signature import signature
from metrics.statistics import DEFAULT_RESAMPLES, DEFAULT_SEED, RowStatistics
from metrics.texts import References, check_pairs, input_warnings

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

MAX_WORDS = 2_000
"""The shift search is cubic in the worst case; longer texts are refused instead of hanging."""


def ter(
    hypotheses: Sequence[str],
    references: References,
    *,
    asian: bool | None = None,
    normalized: bool | None = None,
    no_punct: bool = False,
    case_sensitive: bool = False,
    resamples: int = DEFAULT_RESAMPLES,
    seed: int = DEFAULT_SEED,
) -> Score:
    """Corpus TER, 0-100 and beyond, identical to sacreBLEU's with the choices that the signature names.

    Args:
        hypotheses: one output a row.
        references: one reference a row, or a list a row (fewest edits over mean length).
        asian: split Chinese and Japanese into characters; None decides by the text.
        normalized: Tercom's normalisation; None takes it with ``asian``, which has no effect without it.
        no_punct: drop punctuation first.
        case_sensitive: tell A from a.
        resamples: bootstrap resamples for the interval; 0 leaves it out.
        seed: of the resampling.

    Raises:
        MetricError: ``too-long`` above 2,000 words a row, or see :func:`metrics.texts.check_pairs`.
    """
    return ter_statistics(
        hypotheses,
        references,
        asian=asian,
        normalized=normalized,
        no_punct=no_punct,
        case_sensitive=case_sensitive,
    ).score(resamples=resamples, seed=seed)


def ter_statistics(
    hypotheses: Sequence[str],
    references: References,
    *,
    asian: bool | None = None,
    normalized: bool | None = None,
    no_punct: bool = False,
    case_sensitive: bool = False,
) -> RowStatistics:
    """(edits, mean reference length) a row."""
    hyps, refs = check_pairs(hypotheses, references)
    module = require("sacrebleu.tokenizers.tokenizer_ter", "TER")
    warnings = list(input_warnings(hyps))
    unspaced = script_of(text for row in refs for text in row) != "spaced"
    if asian is None:
        asian = unspaced
    elif unspaced and not asian:
        warnings.append(
            "asian=False leaves a Chinese sentence as one word: one wrong character costs all of it"
        )
    if normalized is None:
        normalized = asian
    tokenizer = module.TercomTokenizer(
        normalized=normalized, no_punct=no_punct, asian_support=asian, case_sensitive=case_sensitive
    )
    rows = []
    for row, (hyp, several) in enumerate(zip(hyps, refs, strict=True)):
        words = tokenizer(hyp.rstrip()).split()
        targets = [tokenizer(ref.rstrip()).split() for ref in several]
        if len(words) > MAX_WORDS or max(map(len, targets)) > MAX_WORDS:
            raise MetricError(
                "too-long",
                f"row {row + 1} has more than {MAX_WORDS} words",
                "TER is for sentences; take chrF",
                row,
            )
        edits = min(edit_count(words, target) for target in targets)
        rows.append((edits, sum(map(len, targets)) / len(targets)))
    made = signature(
        "ter",
        libraries=("sacrebleu",),
        refs=max(map(len, refs)),
        case="mixed" if case_sensitive else "lc",
        tok="tercom",
        norm=normalized,
        punct=not no_punct,
        asian=asian,
    )
    edits = sum(row[0] for row in rows)
    length = sum(row[1] for row in rows)
    return RowStatistics(
        "ter",
        "0-100",
        made,
        rows,
        lambda sums: 100 * (sums[0] / sums[1] if sums[1] > 0 else float(sums[0] > 0)),
        _values_of,
        higher_is_better=False,
        parts={"edits": float(edits), "reference_words": float(length)},
        warnings=tuple(warnings),
    )


def _values_of(sums: Array) -> Array:
    import numpy as np

    values: Array = 100 * np.divide(
        sums[:, 0], sums[:, 1], out=(sums[:, 0] > 0).astype(np.float64), where=sums[:, 1] > 0
    )
    return values
