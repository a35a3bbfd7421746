"""Perplexity by torch, BLEU by sacrebleu, ROUGE by rouge_score, F1 and kappa by scikit-learn, tests by scipy."""

import math
from types import SimpleNamespace as V

import numpy as np
import sacrebleu
import torch
from rouge_score import rouge_scorer
from scipy import stats
from sklearn.dummy import DummyClassifier
from sklearn.metrics import cohen_kappa_score, f1_score


def cross_entropy(probabilities: list[float]) -> float:
    """Mean loss of torch's own cross-entropy over tokens that got these probabilities."""
    logits = torch.tensor([[math.log(p), math.log(1 - p)] for p in probabilities], dtype=torch.float64)
    return float(torch.nn.functional.cross_entropy(logits, torch.zeros(len(probabilities), dtype=torch.long)))


def weighted_perplexity(v: V) -> float:
    losses = np.concatenate([np.full(v.n1, v.l1), np.full(v.n2, v.l2)])
    return float(np.exp(losses.mean()))


def uniform_loss(v: V) -> float:
    return float(torch.nn.functional.cross_entropy(torch.zeros(1, v.vocab), torch.zeros(1, dtype=torch.long)))


def brevity_penalty(v: V) -> float:
    output, reference = " ".join(["w"] * v.c), " ".join(["w"] * v.r)
    return float(sacrebleu.corpus_bleu([output], [[reference]], smooth_method="none").bp)


def bleu(v: V) -> float:
    return float(
        sacrebleu.BLEU.compute_bleu(
            correct=[v.m1, v.m2, v.m3, v.m4],
            total=[v.c, v.c - 1, v.c - 2, v.c - 3],
            sys_len=v.c,
            ref_len=v.r,
            smooth_method="none",
        ).score
    )


def unigram_precision(v: V) -> float:
    reference = " ".join(["the"] * v.m + ["cat", "sat", "on", "mat"])
    return float(sacrebleu.corpus_bleu([" ".join(["the"] * v.k)], [[reference]]).precisions[0]) / 100


def rouge_l(v: V) -> float:
    common = [f"c{i}" for i in range(v.lcs)]
    output = common + [f"o{i}" for i in range(v.out - v.lcs)]
    reference = common + [f"r{i}" for i in range(v.ref - v.lcs)]
    scorer = rouge_scorer.RougeScorer(["rougeL"])
    return float(scorer.score(" ".join(reference), " ".join(output))["rougeL"].fmeasure)


def labels(*cells: tuple[int, int, int]) -> tuple[list[int], list[int]]:
    """Truth and prediction lists from (truth, prediction, count)."""
    truth = [t for t, _, count in cells for _ in range(count)]
    return truth, [p for _, p, count in cells for _ in range(count)]


def above_majority(v: V) -> float:
    y = [0] * v.n1 + [1] * v.n2 + [2] * v.n3
    x = np.zeros((len(y), 1))
    return v.acc - 100 * float(DummyClassifier(strategy="most_frequent").fit(x, y).score(x, y))


def half_width(v: V) -> float:
    low, high = stats.norm.interval(0.95, loc=v.k / v.n, scale=math.sqrt(v.k * (v.n - v.k) / v.n**3))
    return 50 * float(high - low)


def rows_for_half_width(v: V) -> float:
    p, n = v.p / 100, 1
    while stats.norm.ppf(0.975) * math.sqrt(p * (1 - p) / n) > v.h / 100:
        n += 1
    return n


def answers_per_arm(v: V) -> float:
    """The smallest n whose z-test has the wanted power."""
    p1, p2, n = v.p1 / 100, v.p2 / 100, 1
    while (p2 - p1) / math.sqrt((p1 * (1 - p1) + p2 * (1 - p2)) / n) < stats.norm.ppf(0.975) + stats.norm.ppf(
        0.8
    ):
        n += 1
    return n


TRUTHS = {
    "eval.ppl-from-loss": lambda v: 1 / math.exp(-v.loss),
    "eval.ppl-from-probs": lambda v: math.exp(cross_entropy([v.a, v.b, v.c, v.d])),
    "eval.ppl-weighting": weighted_perplexity,
    "eval.bits-per-byte": lambda v: float(np.log2(np.exp(v.loss))) * v.tokens / v.nbytes,
    "eval.uniform-loss": uniform_loss,
    "eval.brevity-penalty": brevity_penalty,
    "eval.bleu-from-precisions": bleu,
    "eval.clipped-unigram": unigram_precision,
    "eval.rouge-l-f": rouge_l,
    "eval.f1-from-counts": lambda v: f1_score(
        *labels((1, 1, v.tp), (0, 1, v.fp), (1, 0, v.fn), (0, 0, v.tn))
    ),
    "eval.majority-baseline": above_majority,
    "eval.macro-f1": lambda v: f1_score(
        *labels((0, 0, v.aa), (0, 1, v.ab), (1, 0, v.ba), (1, 1, v.bb)), average="macro"
    ),
    "eval.kappa": lambda v: cohen_kappa_score(
        *labels((1, 1, v.yy), (1, 0, v.yn), (0, 1, v.ny), (0, 0, v.nn))
    ),
    "eval.ci-half-width": half_width,
    "eval.rows-for-half-width": rows_for_half_width,
    "eval.ab-sample-size": answers_per_arm,
    "eval.mcnemar": lambda v: float(stats.binomtest(v.b, v.b + v.c).pvalue),
}
