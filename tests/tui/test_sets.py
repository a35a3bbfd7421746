"""The list of diagnosis sets says how far one has come in each."""

from typing import Any

import pytest

from quiz_bank.bank import Bank, load_bank
from tui.i18n import speak
from tui.screens.sets import standing


@pytest.fixture
def bank() -> Bank:
    """The bank that comes with the program: its sets have three to five questions."""
    return load_bank()


@pytest.mark.parametrize(
    ("lang", "none", "one_of", "whole"),
    [
        ("en", "{n} questions", "1 of {n} answered, none right", "0 of {n} right last time"),
        ("zh", "{n} 题", "{n} 题已答 1 题，都没答对", "上次 {n} 题答对 0 题"),
    ],
)
def test_only_what_has_been_answered_is_counted(
    bank: Bank, lang: Any, none: str, one_of: str, whole: str
) -> None:
    speak(lang)
    questions = [question.id for question in bank.in_set(bank.sets[0].id)]
    n = len(questions)
    assert standing(questions, {}) == none.format(n=n)
    assert standing(questions, {questions[0]: False}) == one_of.format(n=n)
    assert standing(questions, dict.fromkeys(questions, False)) == whole.format(n=n)
    most = dict.fromkeys(questions[1:], True)
    assert str(n - 1) in standing(questions, most) and "0" not in standing(questions, most)
