"""One set of predictions under many definitions: what moves must be what the reason says."""

import math

import pytest

from metrics import perplexity_definitions, text_definitions, worst_disagreements
from metrics.laboratory.definitions import WHY
from metrics.laboratory.disagreements import HINTS


def _by_name(rows):
    return {(row.family, row.name): row for row in rows}


def test_definitions_move_chinese_scores(chinese):
    hyps, refs = [hyp for hyp, _ in chinese], [ref for _, ref in chinese]
    found = _by_name(text_definitions(hyps, refs))
    assert found["bleu", "tok=13a"].change < -5
    assert found["bleu", "tok=zh"].change == 0
    assert found["bleu", "mean of sentences"].value != found["bleu", "default"].value
    assert found["rouge1", "tok=rouge_score"].value < found["rouge1", "tok=mixed"].value
    assert found["exact_match", "strict"].value <= found["exact_match", "default"].value
    assert {row.why for row in found.values()} <= set(WHY)


def test_english_is_moved_by_case_and_stems_only(english):
    hyps, refs = [hyp for hyp, _ in english], [ref for _, ref in english]
    found = _by_name(text_definitions(hyps, refs))
    assert found["rouge1", "tok=rouge_score"].change == found["rouge1", "tok=mixed"].change == 0
    assert found["bleu", "lowercase"].value >= found["bleu", "default"].value


def test_perplexity_right_and_wrong_three_ways():
    found = {row.name: row.value for row in perplexity_definitions([10.0, 180.0], [10, 90])}
    assert found["tokens"] == pytest.approx(6.686, abs=5e-4)
    assert found["exp of mean of losses"] == pytest.approx(4.482, abs=5e-4)
    assert found["mean of perplexities"] == pytest.approx((math.e + math.exp(2)) / 2)
    assert found["mean of perplexities"] == pytest.approx(5.054, abs=5e-4)
    assert found["pads counted"] == pytest.approx(math.exp(190 / 180))


def test_worst_rows_come_with_the_right_hint():
    hyps = ["the mat sat on the cat", "今天用 LoRA 下雨", "good", "same here as there"]
    refs = ["the cat sat on the mat", "LoRA 冻结基座权重", "good", "same here as there"]
    rows = worst_disagreements(hyps, refs, limit=4)
    assert [row.spread for row in rows] == sorted((row.spread for row in rows), reverse=True)
    hints = {row.row: row.hint for row in rows}
    assert hints[0] == "order"
    assert hints[1] == "dropped-letters"
    assert hints[2] == "short"
    assert rows[-1].row == 3 and rows[-1].spread < 1e-9
    assert set(hints.values()) <= set(HINTS)
