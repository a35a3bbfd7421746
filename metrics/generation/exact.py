"""Exact match after a stated normalisation: the fraction of rows that say the same thing the same way."""

import re
import unicodedata
from collections.abc import Sequence

from metrics.errors import MetricError
from metrics.intervals import wilson
from metrics.score import Score
from metrics.signature import signature
from metrics.statistics import RowStatistics, mean_statistics
from metrics.texts import References, check_pairs, input_warnings

RULES = ("nfkc", "case", "punctuation", "articles", "whitespace")
"""Applied in this order: compatibility forms (full-width), case folding, punctuation and symbols that end
up as spaces, the articles a/an/the (SQuAD's rule), runs of white space."""
DEFAULT_RULES = ("nfkc", "case", "punctuation", "whitespace")

_ARTICLES = re.compile(r"\b(a|an|the)\b")


def normalise(text: str, rules: Sequence[str] = DEFAULT_RULES) -> str:
    """Apply the named rules, in the order of :data:`RULES`.

    Punctuation inside a number stays (3.5, 1,000, 2026-11-22, -3, 50%): it is part of the value.
    """
    if "nfkc" in rules:
        text = unicodedata.normalize("NFKC", text)
    if "case" in rules:
        text = text.casefold()
    if "punctuation" in rules:
        text = "".join(
            " " if unicodedata.category(c)[0] == "P" and not _in_number(text, i) else c
            for i, c in enumerate(text)
        )
    if "articles" in rules:
        text = _ARTICLES.sub(" ", text)
    if "whitespace" in rules:
        text = " ".join(text.split())
    return text


def _in_number(text: str, i: int) -> bool:
    before = i > 0 and text[i - 1].isdigit()
    after = i + 1 < len(text) and text[i + 1].isdigit()
    if text[i] in ".,:/":
        return before and after
    return (text[i] == "-" and after) or (text[i] == "%" and before)


def exact_match(
    hypotheses: Sequence[str], references: References, *, rules: Sequence[str] = DEFAULT_RULES
) -> Score:
    """Fraction of rows that equal one of their references after ``rules``, 0-1, with Wilson's interval.

    Args:
        hypotheses: one output a row.
        references: one reference a row, or a list a row (any of them counts).
        rules: which of :data:`RULES` to apply; ``()`` compares as is.

    Raises:
        MetricError: ``unknown-option``, or see :func:`metrics.texts.check_pairs`.
    """
    statistics = exact_match_statistics(hypotheses, references, rules=rules)
    matched, n = statistics.sums()
    score = statistics.score(resamples=0)
    return Score(
        name=score.name,
        value=score.value,
        scale=score.scale,
        n=score.n,
        signature=score.signature,
        interval=wilson(int(matched), int(n)),
        parts={"matched": float(matched)},
        warnings=score.warnings,
    )


def exact_match_statistics(
    hypotheses: Sequence[str], references: References, *, rules: Sequence[str] = DEFAULT_RULES
) -> RowStatistics:
    """1 for a matching row, 0 for another."""
    unknown = set(rules) - set(RULES)
    if unknown:
        raise MetricError(
            "unknown-option", f"no such rule: {', '.join(sorted(unknown))}", f"Take {', '.join(RULES)}"
        )
    hyps, refs = check_pairs(hypotheses, references)
    matched = [
        int(hyp in row or normalise(hyp, rules) in {normalise(ref, rules) for ref in row})
        for hyp, row in zip(hyps, refs, strict=True)
    ]
    return mean_statistics(
        "exact_match",
        matched,
        signature(
            "exact_match", refs=max(map(len, refs)), rules="+".join(r for r in RULES if r in rules) or "none"
        ),
        warnings=input_warnings(hyps),
    )
