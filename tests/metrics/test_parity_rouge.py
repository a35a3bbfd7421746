"""ROUGE equals rouge_score to the last bit on Latin text, METEOR equals NLTK's without WordNet; Chinese counts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.translate.meteor_score import single_meteor_score
from rouge_score import rouge_scorer, tokenizers

from metrics import meteor, rouge
from metrics.generation.lcs import lcs_length, lcs_positions
from metrics.generation.meteor import meteor_of_tokens
from metrics.generation.rouge import ROUGE_TYPES, rouge_rows
from metrics.generation.words import porter, tokenizer

latin = st.text(alphabet="abcABC 019.,!?-'\n\té", max_size=60)
word = st.sampled_from(
    [
        "the",
        "cats",
        "sitting",
        "quickly",
        "run",
        "runner",
        "runs",
        "nationally",
        "Relational",
        "a",
        "of",
        "LoRA",
        "3.5",
        "x\n",
    ]
)
line = st.lists(word, min_size=1, max_size=20).map(" ".join)
tokens = st.lists(st.sampled_from("abcde"), max_size=40)


@settings(max_examples=200)
@given(st.one_of(latin, line), st.one_of(latin, line).filter(str.strip), st.booleans())
def test_rows_equal_rouge_score_to_the_last_bit(hyp, ref, stem):
    theirs = rouge_scorer.RougeScorer(list(ROUGE_TYPES), use_stemmer=stem).score(ref, hyp)
    ours = rouge_rows([hyp], [ref], stem=stem)[0]
    assert {name: tuple(value) for name, value in ours.items()} == {
        name: tuple(theirs[name]) for name in theirs
    }


@settings(max_examples=60)
@given(line, st.lists(line, min_size=2, max_size=4))
def test_best_of_several_references(hyp, refs):
    theirs = rouge_scorer.RougeScorer(list(ROUGE_TYPES)).score_multi(refs, hyp)
    ours = rouge_rows([hyp], [refs])[0]
    assert {name: tuple(value) for name, value in ours.items()} == {
        name: tuple(theirs[name]) for name in theirs
    }


@settings(max_examples=200)
@given(latin)
def test_words_are_rouge_scores(text):
    assert tokenizer("rouge_score")(text) == tokenizers.DefaultTokenizer().tokenize(text)


@settings(max_examples=200)
@given(latin)
def test_mixed_words_of_latin_text_keep_rouge_scores_words(text):
    kept = [token for token in tokenizer("mixed")(text) if token.isascii()]
    plain = text.replace("é", " ")
    assert tokenizer("mixed")(plain) == tokenizers.DefaultTokenizer().tokenize(plain)
    assert len(kept) <= len(tokenizers.DefaultTokenizer().tokenize(text))


@settings(max_examples=200)
@given(tokens, tokens)
def test_bit_parallel_lcs_equals_the_table(ref, hyp):
    table = rouge_scorer._lcs_table(ref, hyp)
    assert lcs_length(ref, hyp) == table[-1][-1]
    assert lcs_positions(ref, hyp) == rouge_scorer._backtrack_norec(table, ref, hyp)


def test_two_unrelated_sentences_that_share_lora_do_not_score_one():
    hyp, ref = ["今天用 LoRA 下雨"], ["LoRA 冻结基座权重"]
    peer = rouge_scorer.RougeScorer(["rouge1"]).score(ref[0], hyp[0])["rouge1"].fmeasure
    assert peer == 1.0
    # 1 shared of 6 and 7 tokens: 2 * 1 / (6 + 7).
    assert rouge(hyp, ref)["rouge1"].value == pytest.approx(2 / 13)


def test_chinese_is_counted_by_character():
    scores = rouge(["试用期六个月"], ["试用期不得超过六个月"])
    assert scores["rouge1"].parts == {"precision": 1.0, "recall": pytest.approx(6 / 10)}
    assert "tok:mixed" in scores["rouge1"].signature


def test_full_width_latin_is_the_same_word():
    assert rouge(["ＬｏＲＡ 微调"], ["LoRA微调"])["rouge2"].value == 1.0


def test_lsum_splits_chinese_sentences():
    """rouge_score splits at newlines only; the reordered sentences below are all there."""
    hyp, ref = ["先签合同。再试用。"], ["再试用。先签合同。"]
    scores = rouge(hyp, ref)
    assert scores["rougeLsum"].value == 1.0
    assert scores["rougeL"].value < 1.0


def test_swapped_roles_fool_rouge1():
    scores = rouge(["the mat sat on the cat"], ["the cat sat on the mat"])
    assert scores["rouge1"].value == 1.0
    assert scores["rougeL"].value == pytest.approx(2 / 3)


class _NoSynonyms:
    def synsets(self, _word: str) -> list[object]:
        return []


@settings(max_examples=150)
@given(line, line)
def test_meteor_equals_nltk_without_wordnet(hyp, ref):
    hyp_words, ref_words = hyp.lower().split(), ref.lower().split()
    ours = meteor_of_tokens(hyp_words, ref_words, porter())
    assert ours == single_meteor_score(ref_words, hyp_words, wordnet=_NoSynonyms())


def test_meteor_says_what_it_lacks(chinese):
    score = meteor([hyp for hyp, _ in chinese], [ref for _, ref in chinese])
    assert score.name == "meteor_exact_stem"
    assert "modules:exact+stem|tok:zh" in score.signature
    assert 0.2 < score.value < 1
