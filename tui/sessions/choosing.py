"""Which questions a learner practises: by topic, kind and difficulty, or those that went wrong last time."""

from collections.abc import Iterable
from random import Random

import msgspec

from quiz_bank.bank import Bank
from quiz_bank.questions import Kind, Question
from quiz_bank.store import Store


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What to practise; None means all."""

    topic: str | None = None
    kind: Kind | None = None
    difficulty: int | None = None
    number: int = 10


def matching(bank: Bank, choice: Choice) -> list[Question]:
    """The questions that fit, in the bank's order."""
    return [
        question
        for question in bank.questions
        if choice.topic in (None, question.topic)
        and choice.kind in (None, question.kind)
        and choice.difficulty in (None, question.difficulty)
    ]


def drawn(questions: Iterable[Question], store: Store, choice: Choice, seed: int) -> list[str]:
    """``choice.number`` of them: never answered ones first, then longest ago, shuffled among equals; sets stay together."""
    pool = list(questions)
    Random(seed).shuffle(pool)
    last = {
        str(item): int(str(at))
        for item, at in store.rows(
            "SELECT i.item, max(a.at) FROM attempt a JOIN item i ON i.id = a.item_id GROUP BY 1"
        )
    }
    pool.sort(key=lambda question: last.get(question.id, 0))
    chosen = pool[: choice.number]
    order = {question.id: index for index, question in enumerate(chosen)}
    lead: dict[str, int] = {}
    for question in chosen:
        if question.set is not None:
            lead[question.set] = min(lead.get(question.set, len(order)), order[question.id])
    # A question of a set stands where the set's first one stands, in the order of the file.
    filed = {question.id: index for index, question in enumerate(questions)}
    chosen.sort(key=lambda q: (lead.get(q.set or "", order[q.id]), filed[q.id] if q.set else 0))
    return [question.id for question in chosen]


def wrong_last_time(store: Store) -> list[str]:
    """Questions whose latest answer was wrong, longest ago first."""
    rows = store.rows(
        "SELECT i.item FROM attempt a JOIN item i ON i.id = a.item_id WHERE i.active AND a.id IN "
        "(SELECT max(id) FROM attempt GROUP BY item_id) AND NOT a.correct ORDER BY a.id"
    )
    return [str(row[0]) for row in rows]


def answered(store: Store) -> dict[str, bool]:
    """Whether the latest answer was right, by question."""
    rows = store.rows(
        "SELECT i.item, a.correct FROM attempt a JOIN item i ON i.id = a.item_id "
        "WHERE a.id IN (SELECT max(id) FROM attempt GROUP BY item_id)"
    )
    return {str(item): bool(correct) for item, correct in rows}
