"""The same predictions under several definitions of "the same" metric: what moves, by how much, and why."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import msgspec

from metrics.generation.bleu import bleu_statistics
from metrics.generation.chrf import chrf_statistics
from metrics.generation.exact import exact_match_statistics
from metrics.generation.rouge import rouge_statistics
from metrics.statistics import RowStatistics
from metrics.texts import References, check_pairs


class Definition(msgspec.Struct, frozen=True):
    """One way to compute a metric. ``change`` is the distance to the family's default, which has 0.

    ``why`` is a stable code; :data:`WHY` has its English, translations are the interface's.
    """

    family: str
    name: str
    value: float
    change: float
    why: str
    signature: str


WHY = {
    "default": "the default, what this program reports",
    "tok-13a": "13a splits at spaces and Western punctuation: a Chinese sentence is one or two tokens",
    "tok-zh": "zh makes each Chinese character a token and treats the rest as 13a does",
    "tok-char": "every character is a token: short matches are easy, so the value is higher",
    "smooth-none": "no smoothing: if one order has no match at all the whole score is 0",
    "smooth-floor": "floor counts an unmatched order as 0.1 of a match",
    "smooth-add-k": "add-k adds 1 to matches and totals of orders 2 and up",
    "smooth-exp": "exp gives unmatched orders 1/2, 1/4... of a match (sacreBLEU's default)",
    "lowercase": "case is ignored",
    "mean-of-sentences": "the mean of sentence BLEU: short rows weigh as much as long ones, and each is smoothed",
    "rouge-drops-chinese": "rouge_score keeps only a-z and 0-9: Chinese counts for nothing",
    "rouge-mixed": "each Chinese character is a word, Latin words stay whole",
    "rouge-stem": "Porter stems: cats matches cat",
    "chrf-words": "word pairs count too (chrF++)",
    "em-strict": "compared byte by byte: a full stop or a capital makes a miss",
    "em-articles": "a, an and the are ignored as well (SQuAD)",
    "ppl-tokens": "sum of NLL over all tokens, then exp",
    "ppl-mean-of-ppl": "mean of each text's perplexity: exp is convex, one bad short text dominates",
    "ppl-mean-of-losses": "exp of the mean of mean losses: a text of 3 tokens weighs as much as one of 3,000",
    "ppl-pads": "padding counted as tokens: the divisor grows and the value falls for no reason",
}


def bleu_definitions(hypotheses: Sequence[str], references: References) -> list[Definition]:
    """BLEU by tokenizer, smoothing, case, and corpus against mean of sentences."""
    default = bleu_statistics(hypotheses, references)
    made = [("default", "default", default)]
    for tok in ("13a", "zh", "char"):
        made.append((f"tok={tok}", f"tok-{tok}", bleu_statistics(hypotheses, references, tokenize=tok)))
    for smooth in ("none", "floor", "add-k", "exp"):
        made.append(
            (f"smooth={smooth}", f"smooth-{smooth}", bleu_statistics(hypotheses, references, smooth=smooth))
        )
    made.append(("lowercase", "lowercase", bleu_statistics(hypotheses, references, lowercase=True)))
    rows = _with_change("bleu", made)
    sentence = bleu_statistics(hypotheses, references, effective_order=True)
    mean = math.fsum(float(value) for value in sentence.row_values()) / len(sentence.rows)
    rows.append(
        Definition(
            "bleu", "mean of sentences", mean, mean - default.value(), "mean-of-sentences", sentence.signature
        )
    )
    return rows


def rouge_definitions(hypotheses: Sequence[str], references: References) -> list[Definition]:
    """ROUGE-1, 2 and L with and without Chinese, and stemmed."""
    rows = []
    plain = rouge_statistics(hypotheses, references)
    latin = rouge_statistics(hypotheses, references, words="rouge_score")
    mixed = rouge_statistics(hypotheses, references, words="mixed")
    stemmed = rouge_statistics(hypotheses, references, stem=True)
    for name in ("rouge1", "rouge2", "rougeL", "rougeLsum"):
        made = [
            ("default", "default", plain[name]),
            ("tok=rouge_score", "rouge-drops-chinese", latin[name]),
            ("tok=mixed", "rouge-mixed", mixed[name]),
            ("stem", "rouge-stem", stemmed[name]),
        ]
        rows += _with_change(name, made)
    return rows


def other_definitions(hypotheses: Sequence[str], references: References) -> list[Definition]:
    """chrF with words, exact match by strictness."""
    exact = exact_match_statistics
    all_rules = ("nfkc", "case", "punctuation", "articles", "whitespace")
    return [
        *_with_change(
            "chrf",
            [
                ("default", "default", chrf_statistics(hypotheses, references)),
                ("chrF++", "chrf-words", chrf_statistics(hypotheses, references, word_order=2)),
            ],
        ),
        *_with_change(
            "exact_match",
            [
                ("default", "default", exact(hypotheses, references)),
                ("strict", "em-strict", exact(hypotheses, references, rules=())),
                ("with articles rule", "em-articles", exact(hypotheses, references, rules=all_rules)),
            ],
        ),
    ]


def perplexity_definitions(nll_sums: Sequence[float], token_counts: Sequence[int]) -> list[Definition]:
    """Perplexity done right, and averaged wrongly three ways, over the texts that have tokens.

    Raises:
        MetricError: what :func:`metrics.likelihood.perplexity.perplexity_statistics` raises.
    """
    from metrics.likelihood.perplexity import perplexity_statistics

    statistics = perplexity_statistics(nll_sums, token_counts)
    right = statistics.value()
    scored = [(nll, count) for nll, count in statistics.rows if count]
    means = [nll / count for nll, count in scored]
    padded = max(count for _, count in scored) * len(scored)
    total = math.fsum(nll for nll, _ in scored)
    wrong: list[tuple[str, str, Callable[[], float]]] = [
        ("mean of perplexities", "ppl-mean-of-ppl", lambda: math.fsum(map(math.exp, means)) / len(means)),
        ("exp of mean of losses", "ppl-mean-of-losses", lambda: math.exp(math.fsum(means) / len(means))),
        ("pads counted", "ppl-pads", lambda: math.exp(total / padded)),
    ]
    rows = [Definition("perplexity", "tokens", right, 0.0, "ppl-tokens", statistics.signature)]
    for name, why, value_of in wrong:
        value = value_of()
        rows.append(Definition("perplexity", name, value, value - right, why, f"wrong:{why}"))
    return rows


def text_definitions(hypotheses: Sequence[str], references: References) -> list[Definition]:
    """All definitions that texts alone allow.

    Raises:
        MetricError: see :func:`metrics.texts.check_pairs`.
    """
    check_pairs(hypotheses, references)
    return [
        *bleu_definitions(hypotheses, references),
        *rouge_definitions(hypotheses, references),
        *other_definitions(hypotheses, references),
    ]


def _with_change(family: str, made: Sequence[tuple[str, str, RowStatistics]]) -> list[Definition]:
    default = made[0][2].value()
    return [
        Definition(family, name, statistics.value(), statistics.value() - default, why, statistics.signature)
        for name, why, statistics in made
    ]
