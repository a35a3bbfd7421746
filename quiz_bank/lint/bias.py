"""Lint of habits over a topic: what lets one guess the key without knowing anything."""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

from quiz_bank.bank import Bank
from quiz_bank.lint.findings import Report
from quiz_bank.questions import Boolean, Multi, Question, Single
from quiz_bank.text import LANGUAGES

_MIN_ITEMS = 10
_MIN_BOOLEANS = 6


def lint_bias(report: Report, bank: Bank) -> None:
    """Check every topic, and the whole bank under the name "all topics"."""
    topics: dict[str, list[Question]] = defaultdict(list)
    for question in bank.questions:
        topics[question.topic].append(question)
    topics["all topics"] = list(bank.questions)
    for topic, questions in topics.items():
        place = bank.place("question", questions[0].id) if questions else None
        file = place.file if place else Path()
        _longest(report, file, topic, [q for q in questions if isinstance(q, Single)])
        _position(report, file, topic, [q for q in questions if isinstance(q, Single) and not q.shuffle])
        _booleans(report, file, topic, [q for q in questions if isinstance(q, Boolean)])
        _how_many(report, file, topic, [q for q in questions if isinstance(q, Multi)])


def _longest(report: Report, file: Path, topic: str, questions: Sequence[Single]) -> None:
    if len(questions) < _MIN_ITEMS:
        return
    for lang in LANGUAGES:
        longest = []
        chance = 0.0
        for question in questions:
            lengths = {option.correct: 0 for option in question.options}
            for option in question.options:
                lengths[option.correct] = max(lengths[option.correct], len(option.text[lang]))
            chance += 1 / len(question.options)
            if lengths.get(True, 0) > lengths.get(False, 0) * 1.1:
                longest.append(question.id)
        if _too_many(len(longest), len(questions), chance / len(questions)):
            message = (
                f"the key is clearly the longest option ({lang}) in {len(longest)} of {len(questions)} items of "
                f"{topic}, chance gives {chance:.0f}: {', '.join(longest[:8])}"
            )
            report.at_file("warning", file, topic, "longest-key", message)


def _position(report: Report, file: Path, topic: str, questions: Sequence[Single]) -> None:
    if len(questions) < _MIN_ITEMS:
        return
    places = Counter(
        next((i for i, option in enumerate(question.options) if option.correct), 0) for question in questions
    )
    place, count = places.most_common(1)[0]
    chance = sum(1 / len(question.options) for question in questions) / len(questions)
    if _too_many(count, len(questions), chance):
        message = f"the key is option {place + 1} in {count} of {len(questions)} unshuffled items of {topic}"
        report.at_file("warning", file, topic, "key-position", message)


def _booleans(report: Report, file: Path, topic: str, questions: Sequence[Boolean]) -> None:
    true = sum(question.answer for question in questions)
    if len(questions) >= _MIN_BOOLEANS and not 0.3 <= true / len(questions) <= 0.7:
        message = f"{true} of {len(questions)} true/false items of {topic} are true"
        report.at_file("warning", file, topic, "unbalanced-booleans", message)


def _how_many(report: Report, file: Path, topic: str, questions: Sequence[Multi]) -> None:
    if len(questions) < _MIN_ITEMS:
        return
    counts = Counter(sum(option.correct for option in question.options) for question in questions)
    right, count = counts.most_common(1)[0]
    if count > 0.8 * len(questions):
        message = f"{count} of {len(questions)} multi items of {topic} have {right} right options"
        report.at_file("warning", file, topic, "same-number-right", message)


def _too_many(count: int, total: int, chance: float) -> bool:
    """More than two standard deviations above chance, and more than 40 %."""
    return count > 0.4 * total and count > total * chance + 2 * math.sqrt(total * chance * (1 - chance))
