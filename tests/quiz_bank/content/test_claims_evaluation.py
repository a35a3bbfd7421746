"""What the items on evaluation say of sacrebleu, rouge_score and scikit-learn, asked of the installed versions."""

import numpy as np
import sacrebleu
import torch
from rouge_score import rouge_scorer
from scipy import stats
from sklearn.metrics import accuracy_score, f1_score

ZH = ["劳动合同应当以书面形式订立", "试用期最长不得超过六个月"]
ZH_REFERENCE = ["劳动合同应当采用书面形式订立", "试用期最长不超过六个月"]


def test_default_bleu_is_zero_on_good_chinese_and_zh_is_not() -> None:
    assert sacrebleu.BLEU().corpus_score(ZH, [ZH_REFERENCE]).score == 0.0
    assert sacrebleu.BLEU(tokenize="zh").corpus_score(ZH, [ZH_REFERENCE]).score > 40


def test_default_rouge_sees_no_chinese() -> None:
    scorer = rouge_scorer.RougeScorer(["rouge1", "rougeL"])
    assert scorer.score(ZH_REFERENCE[0], ZH[0])["rougeL"].fmeasure == 0.0


def test_swapped_roles_keep_rouge_1_at_one() -> None:
    scorer = rouge_scorer.RougeScorer(["rouge1"])
    result = scorer.score("the bank sued the client", "the client sued the bank")
    assert result["rouge1"].fmeasure == 1.0


def test_corpus_bleu_is_not_the_mean_of_sentence_bleus() -> None:
    outputs = ["the cat sat on the mat today", "a dog ran over there"]
    references = ["the cat sat on the mat", "the dog ran over there quickly"]
    corpus = sacrebleu.corpus_bleu(outputs, [references]).score
    sentences = [sacrebleu.sentence_bleu(o, [r]).score for o, r in zip(outputs, references, strict=True)]
    assert abs(corpus - float(np.mean(sentences))) > 0.5


def test_micro_f1_is_accuracy_for_single_labels() -> None:
    truth, predicted = [0, 0, 1, 2, 2, 1], [0, 1, 1, 2, 0, 1]
    assert f1_score(truth, predicted, average="micro") == accuracy_score(truth, predicted)


def test_the_intervals_of_the_31_answers_are_as_wide_as_said() -> None:
    half = stats.norm.ppf(0.975) * np.sqrt(24 / 31 * 7 / 31 / 31)
    assert 0.14 < half < 0.16
    assert stats.binomtest(0, 2).pvalue > 0.4


def test_a_model_that_guesses_evenly_starts_at_the_log_of_its_vocabulary() -> None:
    loss = torch.nn.functional.cross_entropy(torch.zeros(1, 151_936), torch.tensor([7]))
    assert abs(float(loss) - 11.93) < 0.01
