"""The evaluate faces: offline, alone, batched and combined, with the same numbers as the functions."""

import sqlite3

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


def test_faces_of_outputs_alone_combine_with_the_others():
    outputs, references = ['{"a": 1}', "not json", '{"a": 2}'], ['{"a": 1}', '{"a": 1}', '{"a": 2}']
    names = [
        "json_validity",
        "distinct_n",
        "length_ratio",
        "over_refusal_rate",
        "violation_rate",
        "json_field_f1",
    ]
    found = evaluate.combine([hf.load(name) for name in names]).compute(
        predictions=outputs, references=references
    )
    assert found["json_validity"] == metrics.json_validity(outputs).value == 2 / 3
    assert found["distinct_n"] == metrics.distinct_n(outputs).value
    assert found["length_ratio"] == metrics.length_ratio(outputs, references).value
    assert found["over_refusal_rate"] == found["violation_rate"] == 0


def test_agreement_and_bound_options(tmp_path):
    one, other = ["good", "bad", "good", "good"], ["good", "bad", "bad", "good"]
    kappa = hf.load("cohen_kappa").compute(predictions=one, references=other)
    assert kappa["cohen_kappa"] == metrics.cohen_kappa(one, other).value
    ratings = [["a", "a", "b"], ["b", "b", "b"], ["a", "a", "a"]]
    fleiss = hf.load("fleiss_kappa").compute(predictions=ratings, references=["", "", ""])
    assert fleiss["fleiss_kappa"] == metrics.fleiss_kappa(ratings).value
    database = tmp_path / "shop.db"
    with sqlite3.connect(database) as connection:
        connection.execute("create table goods(name text, price int)")
        connection.execute("insert into goods values ('tea', 3), ('rice', 9)")
    sql = hf.load("sql_execution_accuracy", database=database)
    found = sql.compute(
        predictions=["select name from goods where price < 5", "select 1"],
        references=["select name from goods where price = 3", "select 2"],
    )
    assert found["sql_execution_accuracy"] == 0.5


def test_every_metric_of_texts_and_labels_has_a_face():
    functions = {name for name in hf.FACES if name not in {"chrf++", "labels", "tfidf"}}
    assert functions <= set(dir(metrics)) | set(metrics._HOME)
