"""The evaluate faces: offline, alone, batched and combined, with the same numbers as the functions."""

import evaluate
import pytest

import metrics
from metrics import hf


def test_combined_values_are_the_functions_values(chinese):
    hyps, refs = [hyp for hyp, _ in chinese], [ref for _, ref in chinese]
    names = ["bleu", "chrf", "chrf++", "ter", "rouge", "meteor", "exact_match", "tfidf"]
    together = evaluate.combine([hf.load(name) for name in names])
    found = together.compute(predictions=hyps, references=refs)
    assert found["bleu"] == metrics.bleu(hyps, refs).value
    assert found["bleu_signature"] == metrics.bleu(hyps, refs).signature
    assert found["rougeLsum"] == metrics.rouge(hyps, refs)["rougeLsum"].value
    assert found["ter"] == metrics.ter(hyps, refs).value
    assert found["exact_match"] == metrics.exact_match(hyps, refs).value


def test_batches_and_likelihood_and_labels():
    perplexity = hf.load("perplexity")
    perplexity.add_batch(predictions=[10.0], references=[10])
    perplexity.add(prediction=180.0, reference=90)
    assert perplexity.compute()["perplexity"] == metrics.perplexity([10.0, 180.0], [10, 90]).value
    assert hf.load("labels").compute(predictions=["a", "b"], references=["a", "a"])["accuracy"] == 0.5
    assert (
        hf.load("json_field_f1").compute(predictions=['{"a": 1}'], references=['{"a": 1}'])["json_field_f1"]
        == 1
    )


def test_unknown_name():
    with pytest.raises(metrics.MetricError):
        hf.load("magic")
