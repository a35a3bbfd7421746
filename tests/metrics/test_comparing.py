"""Paired tests that find what is there and do not find what is not; designs that say how much is needed."""

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics import BLEU
from sacrebleu.significance import PairedTest
from scipy.stats import binomtest

from metrics import (
    MetricError,
    bleu,
    compare_statistics,
    compare_systems,
    half_width,
    mcnemar,
    sample_size,
    wilson,
)
from metrics.comparing.ab import ab_design, assign
from metrics.comparing.proportions import paired_sample_size, sign_test
from metrics.generation.bleu import bleu_statistics
from metrics.likelihood.perplexity import perplexity_statistics
from metrics.resampling import NORMAL_FROM, bootstrap_interval, resampled_sums
from metrics.statistics import mean_statistics

WORDS = [
    "the",
    "contract",
    "of",
    "an",
    "employee",
    "ends",
    "when",
    "notice",
    "is",
    "given",
    "in",
    "time",
    "and",
    "wages",
    "are",
    "paid",
]


def _systems(n: int, noise_a: float, noise_b: float, seed: int = 5) -> tuple[list[str], list[str], list[str]]:
    rng = random.Random(seed)
    refs = [" ".join(rng.choice(WORDS) for _ in range(10)) for _ in range(n)]

    def noisy(share: float) -> list[str]:
        return [
            " ".join(rng.choice(WORDS) if rng.random() < share else w for w in ref.split()) for ref in refs
        ]

    return noisy(noise_a), noisy(noise_b), refs


@pytest.mark.parametrize("test", ["bootstrap", "randomisation"])
@pytest.mark.parametrize("metric", ["bleu", "chrf", "ter", "rougeL"])
def test_a_real_difference_is_found_in_its_direction(metric, test):
    a, b, refs = _systems(150, 0.6, 0.3)
    found = compare_systems(metric, a, b, refs, test=test, resamples=1000)
    assert found.verdict == "b_better"
    assert found.p_value == pytest.approx(1 / 1001)
    assert (found.difference < 0) == (metric == "ter")
    assert found.interval.low < found.difference < found.interval.high
    back = compare_systems(metric, b, a, refs, test=test, resamples=1000)
    assert back.verdict == "a_better"
    assert back.difference == -found.difference


def test_the_same_system_twice():
    a, _, refs = _systems(40, 0.5, 0.5)
    found = compare_systems("bleu", a, a, refs, resamples=200)
    assert (found.difference, found.p_value, found.verdict) == (0.0, 1.0, "unclear")


def test_false_alarms_come_at_the_promised_rate():
    """Two systems that are equally noisy: p < 0.05 in about 5 % of 200 experiments (binomial: at most 10 %)."""
    rng = np.random.default_rng(0)
    for test in ("bootstrap", "randomisation"):
        alarms = 0
        for trial in range(200):
            values = rng.random((2, 60))
            a, b = (mean_statistics("x", list(row), "x|s:1") for row in values)
            alarms += compare_statistics(a, b, test=test, resamples=300, seed=trial).p_value < 0.05
        assert alarms <= 20, test


def test_bleu_agrees_with_sacrebleus_paired_tests():
    a, b, refs = _systems(100, 0.5, 0.48, seed=2)
    for ours, theirs in (("bootstrap", "bs"), ("randomisation", "ar")):
        found = compare_systems("bleu", a, b, refs, test=ours, resamples=4000)
        _, results = PairedTest([("a", a), ("b", b)], {"BLEU": BLEU()}, [refs], theirs, n_samples=2000)()[:2]
        _, peer = results["BLEU"]
        assert found.b == pytest.approx(peer.score)
        assert 0.02 < peer.p_value < 0.98
        # sacreBLEU's bootstrap counts one side, ours both.
        expected = min(1.0, 2 * peer.p_value) if theirs == "bs" else peer.p_value
        assert found.p_value == pytest.approx(expected, abs=0.06)


def test_the_bootstrap_interval_is_sacrebleus():
    a, _, refs = _systems(200, 0.4, 0.4)
    ours = bleu(a, refs, resamples=2000).interval
    score = BLEU().corpus_score(a, [refs], n_bootstrap=2000)
    assert ours is not None
    assert (ours.high - ours.low) / 2 == pytest.approx(score._ci, rel=0.12)


def test_large_samples_use_the_normal_limit_and_agree_with_resampling():
    rng = np.random.default_rng(1)
    rows = np.column_stack(
        [rng.integers(0, 20, NORMAL_FROM + 1), rng.integers(20, 40, NORMAL_FROM + 1)]
    ).astype(float)
    limit = resampled_sums(rows, 4000, 3)
    drawn = resampled_sums(rows[:NORMAL_FROM], 4000, 3)
    assert np.allclose(limit.mean(0), drawn.mean(0), rtol=1e-3)
    assert np.allclose(np.cov(limit.T), np.cov(drawn.T), rtol=0.15, atol=0.05 * np.cov(drawn.T).max())
    statistics = mean_statistics("x", rows[:, 0].tolist(), "x|s:1")
    interval = bootstrap_interval(statistics, resamples=4000, seed=1)
    assert interval.method == "bootstrap-normal"
    half = 1.96 * rows[:, 0].std() / math.sqrt(len(rows))
    assert (interval.high - interval.low) / 2 == pytest.approx(half, rel=0.08)


def test_intervals_cover_the_truth():
    """Means of 50 exponentials: the 95 % interval holds the true mean in at least 88 % of 200 samples."""
    rng = np.random.default_rng(2)
    covered = 0
    for trial in range(200):
        values = rng.exponential(1.0, 50)
        interval = bootstrap_interval(
            mean_statistics("x", values.tolist(), "x|s:1"), resamples=400, seed=trial
        )
        covered += interval.low <= 1.0 <= interval.high
    assert covered >= 176


def test_perplexities_and_custom_metrics_compare_too():
    rng = random.Random(3)
    tokens = [rng.randint(5, 50) for _ in range(80)]
    a = perplexity_statistics([t * rng.uniform(2.0, 2.4) for t in tokens], tokens)
    b = perplexity_statistics([t * rng.uniform(1.7, 2.1) for t in tokens], tokens)
    assert compare_statistics(a, b, resamples=500).verdict == "b_better"

    def same_length(hyp: str, ref: str) -> float:
        return float(len(hyp) == len(ref))

    found = compare_systems(same_length, ["a"] * 40, ["bb"] * 40, ["cc"] * 40, resamples=500)
    assert (found.metric, found.difference, found.verdict) == ("same_length", 1.0, "b_better")


def test_comparisons_that_would_mislead():
    a, b, refs = _systems(20, 0.5, 0.5)
    cases = [
        (lambda: compare_systems("bleu", a[:1], b[:1], refs[:1]), "too-few"),
        (lambda: compare_systems("magic", a, b, refs), "unknown-metric"),
        (lambda: compare_systems("bleu", a, b, refs, test="magic"), "unknown-option"),
        (lambda: compare_systems(lambda h, r: math.nan, a, b, refs), "not-a-number"),
        (
            lambda: compare_statistics(bleu_statistics(a, refs), bleu_statistics(b, refs, lowercase=True)),
            "signatures-differ",
        ),
        (
            lambda: compare_statistics(
                perplexity_statistics([1.0, 2.0], [1, 1], tokenizer="x"),
                perplexity_statistics([1.0, 2.0], [1, 1], tokenizer="y"),
            ),
            "signatures-differ",
        ),
    ]
    for call, code in cases:
        with pytest.raises(MetricError) as caught:
            call()
        assert caught.value.code == code


def test_three_rows_prove_nothing():
    found = compare_systems("chrf", ["abc", "def", "ghi"], ["xyz", "uvw", "rst"], ["abc", "def", "ghi"])
    assert found.difference == -100
    assert found.verdict == "unclear"


def test_a_baseline_that_answers_in_chinese_is_still_comparable():
    refs = ["the answer is six months"] * 10
    found = compare_systems("rouge1", ["答案是六个月"] * 10, refs, refs, resamples=300)
    assert (found.a, found.b) == (0.0, 1.0)
    assert "tok:mixed" in found.signature


outcomes = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=80)


@settings(max_examples=80)
@given(outcomes)
def test_mcnemar_is_the_exact_binomial_test(rows):
    found = mcnemar([a for a, _ in rows], [b for _, b in rows])
    discordant = found.only_a + found.only_b
    expected = binomtest(found.only_a, discordant).pvalue if discordant else 1.0
    assert found.p_value == pytest.approx(expected, rel=1e-9)
    assert found.both_right + found.both_wrong + discordant == len(rows)
    assert found.interval.low <= found.difference <= found.interval.high or discordant == len(rows)
    assert found.difference == pytest.approx(found.accuracy_b - found.accuracy_a)


def test_sign_test_of_thousands_does_not_overflow():
    assert sign_test(5000, 5200) == pytest.approx(binomtest(5000, 10200).pvalue, rel=1e-6)


@pytest.mark.parametrize(
    ("p1", "p2", "n"), [(0.70, 0.75, 1251), (0.70, 0.80, 294), (0.50, 0.55, 1565), (0.90, 0.92, 3213)]
)
def test_sample_sizes_of_the_textbook(p1, p2, n):
    assert sample_size(p1, p2) == sample_size(p2, p1) == n


def test_paired_designs_need_fewer():
    """76 % against 81 % with 10 % discordant items: both answer the same items, most of them alike."""
    assert paired_sample_size(0.025, 0.075) < sample_size(0.76, 0.81)
    assert paired_sample_size(0.1, 0.2) == pytest.approx(234, abs=3)


@pytest.mark.parametrize(
    ("p", "n", "half"), [(0.77, 30, 0.151), (0.9, 100, 0.059), (0.9, 400, 0.029), (0.9, 1000, 0.019)]
)
def test_half_widths(p, n, half):
    assert half_width(p, n) == pytest.approx(half, abs=6e-4)


def test_wilson_by_hand():
    """Newcombe (1998), table I: 81/263 gives 0.2553 to 0.3662; 0/20 gives 0 to 0.1611."""
    assert (wilson(81, 263).low, wilson(81, 263).high) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert (wilson(0, 20).low, wilson(0, 20).high) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson(20, 20).high == 1.0
    with pytest.raises(MetricError):
        wilson(0, 0)


def test_ab_design():
    design = ab_design(0.7, 0.05, users_per_day=300, salt="tone-v2")
    assert (design.per_arm, design.total, design.days) == (1251, 2502, 9)
    uneven = ab_design(0.7, 0.05, users_per_day=300, salt="tone-v2", share_b=0.1)
    assert uneven.total > 2.5 * design.total
    arms = [assign(f"user-{k}", uneven) for k in range(5000)]
    assert arms == [assign(f"user-{k}", uneven) for k in range(5000)]
    assert arms.count("b") / 5000 == pytest.approx(0.1, abs=0.02)
    other = ab_design(0.7, 0.05, users_per_day=300, salt="length-v1", share_b=0.5)
    both = [assign(f"user-{k}", design) == assign(f"user-{k}", other) for k in range(5000)]
    assert sum(both) / 5000 == pytest.approx(0.5, abs=0.03)
    for options in (
        {"users_per_day": 0},
        {"users_per_day": 9, "share_b": 1.0},
        {"users_per_day": 9, "alpha": 0},
    ):
        with pytest.raises(MetricError):
            ab_design(0.7, 0.05, salt="x", **options)
