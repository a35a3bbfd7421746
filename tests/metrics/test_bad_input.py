"""Whatever is passed in, what comes out is a typed error or a finite number, never a silent 0 or NaN."""

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import metrics
from metrics.errors import MetricError
from metrics.generation.table import STATISTICS

TEXT_METRICS = ["bleu", "chrf", "ter", "rouge", "meteor", "exact_match", "length_ratio", "tfidf_similarity"]


def _call(name: str, hyps: Any, refs: Any) -> dict[str, metrics.Score]:
    made = getattr(metrics, name)(hyps, refs)
    return made if isinstance(made, dict) else {name: made}


@pytest.mark.parametrize("name", [*TEXT_METRICS, "json_field_f1"])
@pytest.mark.parametrize(
    ("hyps", "refs", "code"),
    [
        ([], [], "empty"),
        (["a"], ["a", "b"], "lengths-differ"),
        ([None], ["a"], "not-text"),
        ([3.5], ["a"], "not-text"),
        (["a"], [None], "not-text"),
        (["a"], [["a", None]], "not-text"),
        (["a"], [[]], "no-reference"),
        (["a"], ["  "], "empty-reference"),
        (["a\ud800"], ["a"], "surrogate"),
        (["a"], ["\udfff"], "surrogate"),
        ("a", ["a"], "not-a-list"),
        (["a"], "a", "not-a-list"),
        (["x" * 10_000_000], ["a"], "too-long"),
    ],
)
def test_what_cannot_be_scored_is_said(name, hyps, refs, code):
    with pytest.raises(MetricError) as caught:
        _call(name, hyps, refs)
    assert caught.value.code == code


def test_the_row_is_named():
    with pytest.raises(MetricError) as caught:
        metrics.bleu(["a", "b", None], ["a", "b", "c"])  # type: ignore[list-item]
    assert caught.value.row == 2
    assert "hypothesis 3 is None" in str(caught.value)


texts = st.text(alphabet=st.characters(codec="utf-8"), max_size=30)
rows = st.lists(st.tuples(texts, texts.filter(str.strip)), min_size=1, max_size=5)


@settings(max_examples=60)
@given(rows)
def test_any_text_gives_finite_numbers_inside_their_scale(pairs):
    hyps, refs = [hyp for hyp, _ in pairs], [ref for _, ref in pairs]
    for name in STATISTICS:
        if name == "json_field_f1":
            continue
        score = STATISTICS[name](hyps, refs).score(resamples=50)
        top = {"0-1": 1.0, "0-100": 100.0}.get(score.scale, math.inf)
        if name == "ter":
            top = math.inf
        assert 0 <= score.value <= top + 1e-9, name
        if score.interval is not None:
            assert math.isfinite(score.interval.low) and score.interval.low <= score.interval.high


@settings(max_examples=60)
@given(st.lists(texts.filter(str.strip), min_size=1, max_size=5))
def test_a_perfect_system_is_perfect(refs):
    assert metrics.exact_match(refs, refs).value == 1
    assert metrics.ter(refs, refs, resamples=0).value == 0
    assert metrics.length_ratio(refs, refs, resamples=0).value in (1.0, 0.0)


def test_all_answers_empty_is_zero_and_said():
    score = metrics.bleu(["", " "], ["a b c d", "e"])
    assert score.value == 0
    assert any("2 of 2 hypotheses are empty" in text for text in score.warnings)


@pytest.mark.parametrize(
    ("nll", "tokens", "code"),
    [
        ([], [], "empty"),
        ([1.0], [1, 2], "lengths-differ"),
        ([None], [1], "not-a-number"),
        (["1"], [1], "not-a-number"),
        ([math.nan], [1], "not-a-number"),
        ([math.inf], [1], "not-a-number"),
        ([-1.0], [1], "not-a-number"),
        ([1.0], [1.5], "not-a-number"),
        ([1.0], [0], "no-tokens"),
        ([1e6], [1], "overflow"),
    ],
)
def test_likelihoods_that_are_none(nll, tokens, code):
    with pytest.raises(MetricError) as caught:
        metrics.perplexity(nll, tokens)
    assert caught.value.code == code


def test_unknown_options():
    for call in (
        lambda: metrics.bleu(["a"], ["a"], smooth="magic"),
        lambda: metrics.bleu(["a"], ["a"], tokenize="klingon"),
        lambda: metrics.rouge(["a"], ["a"], types=("rouge0",)),
        lambda: metrics.exact_match(["a"], ["a"], rules=("magic",)),
        lambda: metrics.distinct_n(["a"], 0),
    ):
        with pytest.raises(MetricError) as caught:
            call()
        assert caught.value.code == "unknown-option"


def test_nothing_to_score_is_said_in_english():
    with pytest.raises(MetricError, match="there are no hypotheses to score"):
        metrics.bleu([], [])
