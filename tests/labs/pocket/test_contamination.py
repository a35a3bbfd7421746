"""No test row is known beforehand: not to the base model, and not to the task's own training rows."""

import re
from itertools import islice, pairwise
from typing import Any

import jieba
import pytest

from labs.pocket.corpus.mixture import documents
from labs.pocket.training import Recipe

N = 8
SAMPLE = 6_000
_WORD = re.compile(r"\w")


def grams(text: str) -> set[tuple[str, ...]]:
    """Runs of eight words, punctuation left out; Chinese is cut into words by jieba."""
    words = [word for word in jieba.cut(text.lower()) if _WORD.search(word)]
    return {tuple(words[i : i + N]) for i in range(len(words) - N + 1)}


@pytest.fixture(scope="module")
def read_by_the_base() -> tuple[set[str], set[tuple[str, ...]]]:
    """Texts and 8-grams of the corpus: the very documents that the shipped model read first, and its fixed facts."""
    from labs.pocket.corpus.questions import meanings, rules, uses
    from labs.pocket.corpus.rulebooks import codes

    texts = [document.as_text() for document in islice(documents(Recipe().seed), SAMPLE)]
    for pair in (*rules(), *uses(), *meanings()):
        texts += [text for fact in pair for text in (fact.answer, *fact.ask)]
    for _, rule, _ in codes():
        texts += [rule.text(False).en, rule.text(False).zh]
    seen: set[tuple[str, ...]] = set()
    for text in texts:
        seen |= grams(text)
    return set(texts), seen


def test_the_base_has_read_no_law_row(
    tasks: dict[str, dict[str, list[dict[str, Any]]]], read_by_the_base: tuple[set[str], set[tuple[str, ...]]]
) -> None:
    texts, seen = read_by_the_base
    for row in tasks["labour-law-qa"]["test"]:
        question, answer = (message["content"] for message in row["messages"][-2:])
        assert question not in texts
        assert answer not in texts
        assert not grams(question) & seen, row["id"]
        assert not grams(answer) & seen, row["id"]


def test_the_base_has_read_no_test_row_of_any_task(
    tasks: dict[str, dict[str, list[dict[str, Any]]]], read_by_the_base: tuple[set[str], set[tuple[str, ...]]]
) -> None:
    texts, _ = read_by_the_base
    for name, splits in tasks.items():
        for row in splits["test"]:
            question = row["messages"][-2]["content"]
            assert question not in texts, (name, row["id"])


def test_no_test_question_of_the_law_repeats_a_training_question(
    tasks: dict[str, dict[str, list[dict[str, Any]]]],
) -> None:
    splits = tasks["labour-law-qa"]
    asked = [row["messages"][-2]["content"] for row in splits["train"]]
    seen = set().union(*(grams(question) for question in asked))
    for row in splits["test"]:
        question = row["messages"][-2]["content"]
        assert question not in asked
        assert not grams(question) & seen, (row["id"], question)


def test_no_test_question_is_nearly_a_training_question(
    tasks: dict[str, dict[str, list[dict[str, Any]]]],
) -> None:
    """Overlap of words and word pairs (zh: character pairs) with any training question on the same fact stays < 0.65."""

    def features(row: dict[str, Any]) -> set[Any]:
        text = row["messages"][-2]["content"].lower()
        units = re.findall(r"[a-z']+", text) if row["lang"] == "en" else re.findall(r"[一-鿿]", text)
        pairs = set(pairwise(units))
        return pairs | set(units) if row["lang"] == "en" else pairs

    splits = tasks["labour-law-qa"]
    taught: dict[tuple[str, str], list[set[Any]]] = {}
    for row in splits["train"]:
        taught.setdefault((row["meta"]["fact"], row["lang"]), []).append(features(row))
    for row in splits["test"]:
        mine = features(row)
        closest = max(
            len(mine & other) / len(mine | other) for other in taught[row["meta"]["fact"], row["lang"]]
        )
        assert closest < 0.65, (row["id"], closest)
