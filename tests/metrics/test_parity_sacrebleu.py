"""BLEU, chrF, chrF++ and TER are sacreBLEU's numbers, not numbers close to them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics import BLEU, CHRF, TER
from sacrebleu.metrics.lib_ter import translation_edit_rate
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a
from sacrebleu.tokenizers.tokenizer_char import TokenizerChar
from sacrebleu.tokenizers.tokenizer_zh import TokenizerZh

from metrics.generation.bleu import bleu_statistics
from metrics.generation.chrf import chrf_statistics, without_words
from metrics.generation.edits import edit_count
from metrics.generation.ter import ter_statistics
from metrics.generation.tokens import tokenizer

words = st.sampled_from(
    [
        "the",
        "cat",
        "sat",
        "on",
        "a",
        "mat,",
        "and",
        "ran.",
        "3.5",
        "LoRA-r8",
        "(x)",
        "don't",
        "劳动",
        "合同",
        "订立。",
        "Cat",
    ]
)
sentence = st.lists(words, min_size=1, max_size=14).map(" ".join)
pair = st.tuples(sentence, st.lists(sentence, min_size=2, max_size=2))
corpus = st.lists(pair, min_size=1, max_size=5)
any_line = st.text(alphabet=st.characters(codec="utf-8"), max_size=60)

SMOOTHING = ["exp", "floor", "add-k", "none"]


def _streams(refs: list[list[str]]) -> list[list[str]]:
    return [list(stream) for stream in zip(*refs, strict=True)]


@settings(max_examples=60)
@given(
    corpus, st.sampled_from(SMOOTHING), st.booleans(), st.booleans(), st.sampled_from(["13a", "zh", "char"])
)
def test_bleu(rows, smooth, effective, lowercase, tok):
    hyps, refs = [hyp for hyp, _ in rows], [several for _, several in rows]
    ours = bleu_statistics(
        hyps, refs, smooth=smooth, effective_order=effective, lowercase=lowercase, tokenize=tok
    )
    theirs = BLEU(smooth_method=smooth, effective_order=effective, lowercase=lowercase, tokenize=tok)
    expected = theirs.corpus_score(hyps, _streams(refs))
    assert ours.value() == expected.score
    assert [ours.parts[f"precision_{n}"] for n in (1, 2, 3, 4)] == expected.precisions
    vectorised = ours.values_of(np.array([ours.sums()], dtype=float))[0]
    assert vectorised == pytest.approx(expected.score, abs=1e-9)


@settings(max_examples=60)
@given(corpus, st.sampled_from([0, 2]), st.booleans())
def test_chrf(rows, word_order, lowercase):
    hyps, refs = [hyp for hyp, _ in rows], [several for _, several in rows]
    ours = chrf_statistics(hyps, refs, word_order=word_order, lowercase=lowercase)
    expected = CHRF(word_order=word_order, lowercase=lowercase).corpus_score(hyps, _streams(refs)).score
    assert ours.value() == expected
    assert ours.values_of(np.array([ours.sums()], dtype=float))[0] == pytest.approx(expected, abs=1e-9)


@settings(max_examples=40)
@given(corpus)
def test_chrf_is_the_first_part_of_chrf_plus_plus(rows):
    hyps, refs = [hyp for hyp, _ in rows], [several[0] for _, several in rows]
    both = chrf_statistics(hyps, refs, word_order=2)
    plain = chrf_statistics(hyps, refs)
    assert without_words(both).value() == plain.value()
    assert without_words(both).signature == plain.signature


@settings(max_examples=40)
@given(corpus, st.booleans(), st.booleans())
def test_ter(rows, asian, no_punct):
    hyps, refs = [hyp for hyp, _ in rows], [several for _, several in rows]
    ours = ter_statistics(hyps, refs, asian=asian, normalized=asian, no_punct=no_punct)
    theirs = TER(asian_support=asian, normalized=asian, no_punct=no_punct)
    assert ours.value() == theirs.corpus_score(hyps, _streams(refs)).score


tokens = st.lists(st.sampled_from("abcdefg"), max_size=30)


@settings(max_examples=300)
@given(tokens, tokens)
def test_edits_of_any_word_lists(hyp, ref):
    assert edit_count(hyp, ref) == translation_edit_rate(hyp, ref)[0]


@settings(max_examples=150)
@given(tokens.filter(lambda t: len(t) > 3), st.data())
def test_edits_after_moving_blocks(ref, data):
    """Shuffled blocks are where the shift search earns its keep, and where a shortcut would show."""
    cuts = sorted(data.draw(st.lists(st.integers(0, len(ref)), min_size=2, max_size=2)))
    blocks = [ref[: cuts[0]], ref[cuts[0] : cuts[1]], ref[cuts[1] :]]
    hyp = [word for block in data.draw(st.permutations(blocks)) for word in block]
    assert edit_count(hyp, ref) == translation_edit_rate(hyp, ref)[0]


@settings(max_examples=300)
@given(any_line)
def test_tokenizers_on_any_text(line):
    assert tokenizer("13a")(line) == Tokenizer13a()(line.rstrip()).split()
    assert tokenizer("zh")(line) == TokenizerZh()(line.rstrip()).split()
    assert tokenizer("char")(line) == TokenizerChar()(line.rstrip()).split()


def test_zh_tokenizer_on_every_character_of_the_basic_plane():
    ours, theirs = tokenizer("zh"), TokenizerZh()._is_chinese_char
    split = [chr(c) for c in range(0x80, 0x10000) if not 0xD800 <= c < 0xE000 and not chr(c).isspace()]
    wrong = [c for c in split if (len(ours(f"a{c}b")) == 3) != theirs(c)]
    assert wrong == []


@pytest.mark.parametrize("language", ["english", "chinese"])
def test_real_text(language, request):
    rows = request.getfixturevalue(language)
    hyps, refs = [hyp for hyp, _ in rows], [ref for _, ref in rows]
    tok = {"english": "13a", "chinese": "zh"}[language]
    ours = bleu_statistics(hyps, refs)
    assert f"|tok:{tok}|" in ours.signature
    assert ours.value() == BLEU(tokenize=tok).corpus_score(hyps, [refs]).score > 10
    zh = language == "chinese"
    assert (
        ter_statistics(hyps, refs).value()
        == TER(asian_support=zh, normalized=zh).corpus_score(hyps, [refs]).score
    )
    assert chrf_statistics(hyps, refs).value() == CHRF().corpus_score(hyps, [refs]).score
