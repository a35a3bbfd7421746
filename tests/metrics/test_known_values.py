"""Values that can be worked out on paper, both languages; the numbers that the question bank teaches."""

import math

import pytest

from metrics import bleu, chrf, distinct_n, exact_match, generation_scores, length_ratio, perplexity, ter
from metrics.generation.exact import normalise
from metrics.likelihood.perplexity import comparison_warnings
from metrics.signature import parse_signature


def test_bleu_by_hand():
    score = bleu(["the cat sat on mat"], ["the cat sat on the mat"])
    expected = 100 * math.exp(1 - 6 / 5) * (5 / 5 * 3 / 4 * 2 / 3 * 1 / 2) ** 0.25
    assert score.value == pytest.approx(expected)
    assert score.parts["brevity_penalty"] == pytest.approx(0.8187, abs=1e-4)


@pytest.mark.parametrize(
    ("smooth", "value"), [("none", 0.0), ("floor", 25.41), ("exp", 37.99), ("add-k", 48.55)]
)
def test_smoothing_moves_bleu(smooth, value):
    score = bleu(["the cat is on the mat"], ["the cat sat on the mat"], smooth=smooth)
    assert score.value == pytest.approx(value, abs=0.005)


def test_clipping():
    assert bleu(["the the the the the the the"], ["the cat is on the mat"]).parts[
        "precision_1"
    ] == pytest.approx(200 / 7)


def test_chinese_is_not_zero_by_accident():
    hyp, ref = ["劳动合同由用人单位和劳动者订立"], ["劳动合同由用人单位与劳动者订立"]
    assert bleu(hyp, ref, tokenize="13a").value == 0.0
    assert any("does not split" in text for text in bleu(hyp, ref, tokenize="13a").warnings)
    score = bleu(hyp, ref)
    assert score.value > 60
    assert parse_signature(score.signature)["tok"] == "zh"
    assert ter(hyp, ref).value == pytest.approx(100 / 15)


def test_one_chinese_row_among_english_ones_is_enough():
    hyps = ["a full answer in English here", "试用期六个月"]
    assert "tok:zh" in bleu(hyps, hyps).signature
    assert bleu(hyps, hyps).value == pytest.approx(100)


def test_japanese_and_thai_go_by_character():
    text = ["これはペンです。", "ฉันรักคุณมาก"]
    assert "tok:char" in bleu(text, text).signature
    assert bleu(text, text).value == pytest.approx(100)


def test_short_answers_get_a_warning_and_not_a_silent_zero():
    score = bleu(["Paris", "Rome"], ["Paris", "Rome"])
    assert score.value == 0.0
    assert any("no hypothesis has 4 tokens" in text for text in score.warnings)
    assert bleu(["Paris"], ["Paris"], effective_order=True).value == pytest.approx(100)


def test_exact_match_rules():
    assert normalise("  Ｈello，World！ ") == "hello world"
    assert normalise("3.5, 1,000 and -3 (50%).") == "3.5 1,000 and -3 50%"
    score = exact_match(["Paris.", "30", "the answer"], ["paris", "3.0", "answer"])
    assert score.value == pytest.approx(1 / 3)
    assert score.interval is not None and score.interval.method == "wilson"
    assert exact_match(["the answer"], ["answer"], rules=("articles", "whitespace")).value == 1


def test_distinct_and_length():
    assert distinct_n(["a b a b"], 1).value == 0.5
    assert distinct_n(["a b a b"], 2).value == pytest.approx(2 / 3)
    assert length_ratio(["a b"], ["a b c d"]).value == 0.5


def test_perplexity_weights_tokens():
    score = perplexity([10.0, 180.0], [10, 90], byte_counts=[40, 360])
    assert score.value == pytest.approx(math.exp(1.9))
    assert score.parts["bits_per_byte"] == pytest.approx(190 / math.log(2) / 400)
    four = [-math.log(p) for p in (0.5, 0.25, 0.125, 0.5)]
    assert perplexity([sum(four)], [4]).value == pytest.approx(3.3636, abs=1e-4)


def test_perplexities_of_two_tokenizers_are_not_compared_in_silence():
    one, other = perplexity([1.0], [1], tokenizer="a"), perplexity([1.0], [1], tokenizer="b", window=64)
    warnings = comparison_warnings(one, other)
    assert any("tokenizers differ" in text for text in warnings)
    assert any("windows differ" in text for text in warnings)
    assert comparison_warnings(one, one) == ()


def test_table_equals_the_single_metrics(english, chinese):
    for rows in (english, chinese):
        hyps, refs = [hyp for hyp, _ in rows], [ref for _, ref in rows]
        scores = generation_scores(hyps, refs)
        assert scores["bleu"] == bleu(hyps, refs)
        assert scores["chrf"] == chrf(hyps, refs)
        assert scores["chrf++"] == chrf(hyps, refs, word_order=2)
        assert scores["distinct_2"] == distinct_n(hyps, 2)


def test_table_says_what_has_no_value():
    scores = generation_scores(["yes", "no"], ["yes", "yes"], names=("exact_match", "distinct_2"))
    assert list(scores) == ["exact_match"]
    assert any("distinct_2 has no value" in text for text in scores["exact_match"].warnings)
