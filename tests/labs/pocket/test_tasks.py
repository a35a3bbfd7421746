"""The frozen tasks are what their generators write, and keep apart what has to be apart."""

import json
import sqlite3
from typing import Any

import pytest

from labs.data.tasks import SPLITS, TASKS_DIR
from labs.data.tasks.__main__ import GENERATORS, generate
from labs.data.tasks.generators.row import lines

Tasks = dict[str, dict[str, list[dict[str, Any]]]]


@pytest.mark.parametrize("task", GENERATORS)
def test_frozen_rows_are_what_the_generator_writes(task: str) -> None:
    splits = generate(task)
    for split in SPLITS:
        assert (TASKS_DIR / task / f"{split}.jsonl").read_text(encoding="utf-8") == lines(splits[split])


def test_sizes_ids_and_turns(tasks: Tasks) -> None:
    assert set(tasks) >= set(GENERATORS)
    for name, splits in tasks.items():
        assert len(splits["train"]) >= 600, name
        assert len(splits["validation"]) == 100, name
        assert len(splits["test"]) == 150, name
        rows = [row for split in SPLITS for row in splits[split]]
        assert len({row["id"] for row in rows}) == len(rows)
        for row in rows:
            assert [message["role"] for message in row["messages"]][-2:] == ["user", "assistant"]
            assert row["lang"] in ("en", "zh")


def test_no_prompt_is_in_two_splits(tasks: Tasks) -> None:
    for name, splits in tasks.items():
        prompts = [{row["messages"][-2]["content"] for row in splits[split]} for split in SPLITS]
        assert not prompts[0] & prompts[1], name
        assert not prompts[0] & prompts[2], name
        assert not prompts[1] & prompts[2], name


def test_every_law_fact_asked_in_the_test_was_taught(tasks: Tasks) -> None:
    splits = tasks["labour-law-qa"]
    taught = {(row["meta"]["fact"], row["lang"], row["messages"][-1]["content"]) for row in splits["train"]}
    for row in splits["test"]:
        assert (row["meta"]["fact"], row["lang"], row["messages"][-1]["content"]) in taught


def test_sql_test_tables_are_new_and_every_query_finds_something(tasks: Tasks) -> None:
    splits = tasks["text-to-sql"]
    assert not {row["meta"]["table"] for row in splits["train"]} & {
        row["meta"]["table"] for row in splits["test"]
    }
    connection = sqlite3.connect(":memory:")
    connection.executescript((TASKS_DIR / "text-to-sql" / "database.sql").read_text(encoding="utf-8"))
    for row in splits["test"]:
        assert connection.execute(row["messages"][-1]["content"]).fetchall(), row["id"]


def test_extraction_answers_are_json_with_the_same_fields_and_new_entities(tasks: Tasks) -> None:
    splits = tasks["order-extraction"]
    read = {split: [json.loads(row["messages"][-1]["content"]) for row in splits[split]] for split in SPLITS}
    assert {tuple(answer) for answer in read["train"]} == {tuple(answer) for answer in read["test"]}
    for key in ("customer", "顾客", "city", "城市", "product", "商品"):
        assert not {a[key] for a in read["train"] if key in a} & {a[key] for a in read["test"] if key in a}


def test_brand_markers_stand_in_every_reference(tasks: Tasks) -> None:
    for row in tasks["brand-voice"]["test"]:
        assert all(marker in row["messages"][-1]["content"] for marker in row["meta"]["markers"])
