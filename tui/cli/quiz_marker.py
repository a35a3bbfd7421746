"""Marks the quiz answers of submissions with the quiz bank: the one place where grading meets it."""

from pathlib import Path

from labs.submission.assignment import Assignment
from labs.submission.errors import AssignmentError
from quiz_bank.answers_text import parse_answer
from quiz_bank.bank import CONTENT, Bank, load_bank
from quiz_bank.errors import AnswerError, FormulaError
from quiz_bank.grading import grade
from quiz_bank.variants import present


def refuse_unknown_questions(file: Path, assignment: Assignment) -> None:
    """Stop where a question of the rubric is not in the bank: it would cost everybody its points.

    Raises:
        AssignmentError: with the item and the question.
    """
    asked = [(item.id, question) for item in assignment.rubric for question in item.questions]
    if not asked:
        return
    bank = load_bank([CONTENT])
    for item, question in asked:
        if bank.place("question", question) is None:
            raise AssignmentError(
                file, f"rubric.{item}.questions", f"there is no question {question!r}.",
                "`finetutor quiz show ID` shows one; the app's Study screen lists them.",
            )  # fmt: skip


class BankMarker:
    """Marks answers against the variant that the student's seed draws."""

    def __init__(self, bank: Bank | None = None) -> None:
        self._bank = bank
        """Loaded when the first answer is marked."""

    def mark(self, question: str, answer: str | tuple[str, ...], seed: int) -> float:
        """0 to 1; 0 for a question that is not in the bank or an answer that cannot be read."""
        if self._bank is None:
            self._bank = load_bank([CONTENT])
        try:
            variant = present(self._bank.question(question), seed, self._bank)
            text = answer if isinstance(answer, str) else ", ".join(answer)
            return grade(variant, parse_answer(variant, text), "partial").score
        except (KeyError, FormulaError, AnswerError):
            return 0.0
