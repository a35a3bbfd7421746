"""Task metrics over a run's answers: each lab is measured by what its task is about."""

from pathlib import Path
from typing import Any

import pytest

from labs.errors import LabsError
from labs.rows import TASKS, Message, Row, read_rows
from labs.training.scores import answer_scores


def rows(*references: str, **meta: Any) -> list[Row]:
    return [
        Row(messages=(Message("user", "?"), Message("assistant", text)), meta=meta) for text in references
    ]


def values(
    metrics: tuple[str, ...], test: list[Row], answers: list[str], folder: Path | None = None
) -> dict[str, float]:
    return {score.name: score.value for score in answer_scores(metrics, test, answers, folder)}


def test_labels_count_whatever_their_case_and_strangers_are_wrong() -> None:
    test = rows("refund", "refund", "delivery", "delivery")
    found = values(("accuracy", "macro_f1"), test, ["Refund", "delivery", " delivery ", "poem"])
    # refund: P 1, R 1/2, F1 2/3; delivery: P 1/2, R 1/2, F1 1/2.
    assert found == {"accuracy": 0.5, "macro_f1": pytest.approx((2 / 3 + 1 / 2) / 2)}


def test_json_is_scored_field_by_field() -> None:
    found = values(("json_f1",), rows('{"a": 1, "b": 2}', '{"a": 3}'), ['{"a": 1, "b": 5}', "not json"])
    # 1 of 3 expected fields, 1 of 2 predicted: F1 = 2 * 1 / (3 + 2).
    assert found == {"json_validity": 0.5, "json_f1": pytest.approx(0.4)}


def test_sql_counts_by_what_it_returns_from_the_database() -> None:
    script = "CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1), (2);"
    test = rows("SELECT a FROM t WHERE a > 1", "SELECT COUNT(*) FROM t", database=script)
    answers = ["SELECT a FROM t WHERE a = 2", "DROP TABLE t"]
    assert values(("execution_accuracy",), test, answers) == {"execution_accuracy": 0.5}


def test_markers_of_a_voice_are_looked_for_in_each_answer() -> None:
    test = rows("Dear friend, done.", markers=["Dear friend", "done"])
    assert values(("style_markers",), test, ["Dear friend, later."]) == {"style_markers": 0.5}


@pytest.mark.parametrize("metric", ["json_f1", "execution_accuracy", "style_markers"])
def test_rows_that_do_not_suit_a_metric_are_said(metric: str) -> None:
    with pytest.raises(LabsError) as caught:
        answer_scores((metric,), rows("plain text"), ["plain text"], None)
    assert caught.value.code == "metric.failed" and caught.value.hint


@pytest.mark.parametrize(
    ("task", "metrics"),
    [
        ("text-to-sql", ("execution_accuracy",)),
        ("brand-voice", ("style_markers", "chrf")),
        ("order-extraction", ("json_f1",)),
        ("intent-classification", ("accuracy", "macro_f1")),
        ("labour-law-qa", ("exact_match", "rouge", "bleu")),
    ],
)
def test_the_references_of_every_task_get_full_marks(task: str, metrics: tuple[str, ...]) -> None:
    test = read_rows(TASKS / task / "test.jsonl")
    found = values(metrics, test, [row.reference for row in test], TASKS / task)
    assert found.pop("bleu", 100.0) == pytest.approx(100)
    assert found.pop("chrf", 100.0) == pytest.approx(100)
    assert set(found.values()) == {1.0}
