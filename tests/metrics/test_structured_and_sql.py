"""JSON as the standard has it, fields as a program would read them, and SQL that is run as hostile."""

import json
import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics import MetricError, SqlLimits, json_field_f1, json_validity, sql_execution_accuracy
from metrics.generation.sql import sql_outcomes
from metrics.generation.structured import leaves, parse_json

SHOP = """
CREATE TABLE orders(id INTEGER, customer TEXT, amount REAL);
INSERT INTO orders VALUES (1, '张三', 10.5), (2, '李四', 20.0), (3, '张三', 5.25);
"""
FAST = SqlLimits(seconds=0.3, rows=100)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "a": 2}',
        '{"a": NaN}',
        "[1]",
        "{'a': 1}",
        '{"a": 1} trailing',
        "",
        "[" * 100_000,
        '{"a":' * 5000,
    ],
)
def test_what_is_not_a_strict_object(text):
    assert json_validity([text]).value == 0


def test_a_fence_is_accepted_only_when_asked():
    fenced = '```json\n{"城市": "杭州"}\n```'
    assert json_validity([fenced]).value == 0
    assert json_validity([fenced], allow_fence=True).value == 1


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=100)
@given(json_values)
def test_round_trip_and_a_perfect_f1(value):
    text = json.dumps(value, ensure_ascii=False)
    assert leaves(parse_json(text)) == leaves(value)
    assert parse_json(text) == value


def test_field_f1_by_hand():
    """Matched 3 of 4 predicted and 5 expected fields: F1 = 2*3 / (4+5)."""
    hyps = ['{"name": "王五", "tags": ["b", "a"], "age": 30}', "not json"]
    refs = ['{"name": "王五", "tags": ["a", "b"], "age": 31}', '{"ok": true}']
    score = json_field_f1(hyps, refs)
    assert score.value == pytest.approx(6 / 9)
    assert score.parts == {"precision": 3 / 4, "recall": 3 / 5, "invalid": 1.0}


def test_types_are_values():
    assert json_field_f1(['{"a": 1}'], ['{"a": "1"}']).value == 0
    assert json_field_f1(['{"a": true}'], ['{"a": 1}']).value == 0


def test_a_reference_that_is_not_json_is_the_datas_fault():
    with pytest.raises(MetricError) as caught:
        json_field_f1(["{}"], ["{"])
    assert caught.value.code == "reference-not-json"


def test_queries_are_compared_by_their_rows():
    reference = "SELECT customer, sum(amount) FROM orders GROUP BY customer"
    queries = [
        "SELECT customer, total(amount) AS t FROM orders GROUP BY 1 ORDER BY t DESC",
        "SELECT customer, amount FROM orders",
        "SELEC customer",
    ]
    outcomes = sql_outcomes(queries, [reference] * 3, SHOP)
    assert [outcome.outcome for outcome in outcomes] == ["match", "different", "error"]
    score = sql_execution_accuracy(queries, [reference] * 3, SHOP)
    assert score.value == pytest.approx(1 / 3)
    assert score.parts["errors"] == 1


def test_order_counts_where_the_reference_asks_for_it():
    reference = "SELECT id FROM orders ORDER BY amount"
    queries = ["SELECT id FROM orders ORDER BY amount DESC", "SELECT id FROM orders ORDER BY amount"]
    assert [o.outcome for o in sql_outcomes(queries, [reference] * 2, SHOP)] == ["different", "match"]
    nested = "SELECT id FROM (SELECT id FROM orders ORDER BY amount)"
    assert sql_outcomes(["SELECT id FROM orders"], [nested], SHOP)[0].outcome == "match"


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("ATTACH DATABASE '/tmp/x.db' AS x", "not authorized"),
        ("PRAGMA writable_schema = 1", "not authorized"),
        ("DELETE FROM orders", "not authorized"),
        ("CREATE TABLE t(a)", "not authorized"),
        ("SELECT load_extension('x')", "not authorized"),
        ("SELECT 1; DROP TABLE orders", "one statement"),
        (
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n",
            "stopped after",
        ),
        (
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
            "more than 100 rows",
        ),
        ("SELECT hex(zeroblob(900000000))", "too big"),
        ("", "not a SELECT"),
        ("EXPLAIN", "incomplete"),
    ],
)
def test_hostile_queries_are_stopped(query, reason):
    outcome = sql_outcomes([query], ["SELECT 1"], SHOP, limits=FAST)[0]
    assert outcome.outcome == "error"
    assert reason in outcome.reason


def test_a_file_is_read_and_never_written(tmp_path):
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(SHOP)
    connection.close()
    before = path.read_bytes()
    queries = ["SELECT count(*) FROM orders", "UPDATE orders SET amount = 0", "DROP TABLE orders"]
    outcomes = sql_outcomes(queries, ["SELECT 3"] * 3, path)
    assert [o.outcome for o in outcomes] == ["match", "error", "error"]
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_databases_that_are_none(tmp_path):
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"not a database, but long enough to be read as one" * 20)
    for database in (tmp_path / "missing.db", broken, "CREATE TABEL x"):
        with pytest.raises(MetricError) as caught:
            sql_execution_accuracy(["SELECT 1"], ["SELECT 1"], database)
        assert caught.value.code == "bad-database"
    with pytest.raises(MetricError) as caught:
        sql_execution_accuracy(["SELECT 1"], ["SELECT nothing"], SHOP)
    assert caught.value.code == "reference-fails"
