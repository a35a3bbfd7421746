"""Marks the quiz answers of submissions with the quiz bank: the one place where grading meets it."""

from quiz_bank.answers_text import parse_answer
from quiz_bank.bank import CONTENT, Bank, load_bank
from quiz_bank.errors import AnswerError, FormulaError
from quiz_bank.grading import grade
from quiz_bank.variants import present


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
