"""Similarity of meaning: what TF-IDF sees offline, and a real MiniLM where its package is installed."""

import pytest

from metrics import Encoder, MetricError, bertscore, embedding_similarity, tfidf_similarity
from metrics.meaning.tfidf import tfidf_statistics


def test_tfidf_sees_words_and_not_meaning():
    rows = tfidf_statistics(
        ["the contract ends", "employees may leave", "劳动合同到期终止"],
        ["the contract ends", "workers can quit", "劳动合同期满终止"],
    ).row_values()
    assert rows[0] == pytest.approx(1.0)
    assert rows[1] == 0.0
    assert 0.4 < rows[2] < 1.0


def test_tfidf_without_words_is_a_documented_zero():
    score = tfidf_similarity(["..."], ["!!!"])
    assert score.value == 0
    assert any("no text holds a word" in text for text in score.warnings)


def test_an_encoder_that_is_not_there(tmp_path):
    with pytest.raises(MetricError) as caught:
        Encoder(tmp_path / "nothing")
    assert caught.value.code == "no-encoder"


@pytest.fixture(scope="module")
def encoder(minilm):
    return Encoder(minilm)


def test_sentence_vectors_are_sentence_transformers(encoder):
    """all-MiniLM-L6-v2 is mean pooling and a norm; the model card's own recipe gives these vectors."""
    import torch

    texts = ["This is an example sentence", "Each"]
    batch = encoder.tokenizer(texts, padding=True, return_tensors="pt")
    with torch.no_grad():
        hidden = encoder.model(**batch)[0]
    mask = batch["attention_mask"].unsqueeze(-1).expand(hidden.size()).float()
    pooled = torch.nn.functional.normalize((hidden * mask).sum(1) / torch.clamp(mask.sum(1), min=1e-9))
    assert torch.allclose(encoder.sentences(texts), pooled, atol=1e-5)


def test_paraphrases_are_near_and_others_far(encoder):
    near = embedding_similarity(["Employees may resign"], ["Workers can quit their jobs"], encoder).value
    far = embedding_similarity(["Employees may resign"], ["The soup needs salt"], encoder).value
    assert near > 0.5 > 0.3 > far


def test_negation_hardly_moves_either(encoder):
    assert bertscore(["this is allowed"], ["this is not allowed"], encoder).value > 0.75
    assert embedding_similarity(["this is allowed"], ["this is not allowed"], encoder).value > 0.6


def test_bertscore_of_the_same_text_is_one(encoder):
    for idf in (False, True):
        score = bertscore(["low rank", "a b"], ["low rank", ["zzz", "a b"]], encoder, idf=idf)
        assert score.value == pytest.approx(1.0, abs=1e-5)
    assert "|rescaled:no|" in score.signature and "encoder:model@" in score.signature
    assert bertscore([""], ["something"], encoder).value == 0.0


def test_an_english_encoder_warns_about_chinese(encoder):
    score = embedding_similarity(["劳动合同应当订立"], ["劳动合同必须签订"], encoder)
    assert any("not made for this language" in text for text in score.warnings)
