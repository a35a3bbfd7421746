"""Labels: scikit-learn's values, baselines that deflate them, and agreement from the textbooks."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, cohen_kappa_score, precision_recall_fscore_support

from metrics import MetricError, classification, cohen_kappa, fleiss_kappa
from metrics.classification.agreement import _cohen

label = st.sampled_from(["欺诈", "正常", "spam"])
table = st.lists(st.tuples(label, label), min_size=2, max_size=40)


@pytest.mark.filterwarnings("ignore:A single label")
@settings(max_examples=50)
@given(table)
def test_equal_to_scikit_learn(rows):
    predicted, true = [p for p, _ in rows], [t for _, t in rows]
    names = sorted(set(true))
    found = classification(predicted, true, resamples=50)
    assert found.scores["accuracy"].value == accuracy_score(true, predicted)
    for average in ("macro", "micro", "weighted"):
        p, r, f, _ = precision_recall_fscore_support(
            true, predicted, labels=names, average=average, zero_division=0
        )
        values = [found.scores[f"{name}_{average}"].value for name in ("precision", "recall", "f1")]
        assert values == [p, r, f]
    assert sum(map(sum, found.confusion.counts)) == len(rows)
    for name in ("accuracy", "f1_macro"):
        interval = found.scores[name].interval
        assert interval is not None and 0 <= interval.low <= interval.high <= 1


def test_rare_positives_by_hand():
    """TP 40, FP 10, FN 20, TN 930: accuracy 0.97 against a baseline of 0.94, recall only 0.667."""
    predicted = ["p"] * 40 + ["p"] * 10 + ["n"] * 20 + ["n"] * 930
    true = ["p"] * 40 + ["n"] * 10 + ["p"] * 20 + ["n"] * 930
    found = classification(predicted, true)
    assert found.per_class["p"]["precision"] == pytest.approx(0.8)
    assert found.per_class["p"]["recall"] == pytest.approx(2 / 3)
    assert found.per_class["p"]["f1"] == pytest.approx(0.727, abs=5e-4)
    assert found.scores["accuracy"].value == pytest.approx(0.97)
    assert found.scores["majority_baseline"].value == pytest.approx(0.94)


def test_an_answer_outside_the_labels_is_wrong_and_not_dropped():
    found = classification(["a", "I think it is b"], ["a", "b"])
    assert found.scores["accuracy"].value == 0.5
    assert found.confusion.labels == ("a", "b", "(other)")
    assert any("none of the labels" in text for text in found.scores["accuracy"].warnings)


def test_label_errors():
    for predicted, true, labels, code in (
        ([], [], None, "empty"),
        (["a"], ["a", "b"], None, "lengths-differ"),
        ([None], ["a"], None, "not-text"),
        (["a"], ["c"], ["a", "b"], "unknown-label"),
    ):
        with pytest.raises(MetricError) as caught:
            classification(predicted, true, labels=labels)
        assert caught.value.code == code


@settings(max_examples=40)
@given(table, st.sampled_from([None, "linear", "quadratic"]))
def test_kappa_equals_scikit_learn(rows, weights):
    one, other = [a for a, _ in rows], [b for _, b in rows]
    names = ["欺诈", "正常", "spam"]
    if len({*one, *other}) == 1:
        with pytest.raises(MetricError) as caught:
            cohen_kappa(one, other)
        assert caught.value.code == "kappa-undefined"
        return
    expected = cohen_kappa_score(one, other, labels=names, weights=weights)
    assert cohen_kappa(one, other, weights=weights, labels=names, resamples=0).value == expected
    assert _cohen(one, other, names, weights) == pytest.approx(expected)


def test_fleiss_1971():
    """Fleiss' own table (10 subjects, 14 raters, 5 categories; as in Wikipedia): kappa = 0.210."""
    counts = [
        (0, 0, 0, 0, 14),
        (0, 2, 6, 4, 2),
        (0, 0, 3, 5, 6),
        (0, 3, 9, 2, 0),
        (2, 2, 8, 1, 1),
        (7, 7, 0, 0, 0),
        (3, 2, 6, 3, 0),
        (2, 5, 3, 2, 2),
        (6, 5, 2, 1, 0),
        (0, 2, 2, 3, 7),
    ]
    ratings = [[str(label) for label, count in enumerate(row) for _ in range(count)] for row in counts]
    score = fleiss_kappa(ratings)
    assert score.value == pytest.approx(0.210, abs=5e-4)
    assert score.parts["expected_agreement"] == pytest.approx(0.213, abs=5e-4)


def test_fleiss_needs_equal_counts():
    for ratings, code in (
        ([["a", "b"], ["a"]], "ratings-differ"),
        ([["a"]], "ratings-differ"),
        ([], "empty"),
        ([["a", "a"], ["a", "a"]], "kappa-undefined"),
    ):
        with pytest.raises(MetricError) as caught:
            fleiss_kappa(ratings)
        assert caught.value.code == code
