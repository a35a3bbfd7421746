"""Errors of the question bank: each names the place, what is wrong there, and carries a stable code."""

from pathlib import Path

import msgspec


class Problem(msgspec.Struct, frozen=True):
    """Something in a content file that could not be used; the rest of the file was."""

    code: str
    """Stable, for translation: ``toml``, ``schema``, ``encoding``, ``duplicate-id`` ..."""
    file: Path
    line: int | None
    item: str | None
    field: str | None
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else str(self.file)
        what = ".".join(part for part in (self.item, self.field) if part)
        return f"{where}: {what + ': ' if what else ''}{self.message}"


class ContentError(Exception):
    """Content that cannot be used, with the place where it stands."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem
        self.code = problem.code


class FormulaError(Exception):
    """A formula that cannot be evaluated: unknown name, division by zero, not a number."""

    code = "formula"

    def __init__(self, formula: str, reason: str) -> None:
        super().__init__(f"formula {formula!r}: {reason}")
        self.formula = formula
        self.reason = reason


class AnswerError(Exception):
    """An answer that cannot be read, or that can be read in two ways; it is not graded.

    ``code`` is stable for translation; ``values`` fill the translated sentence.
    """

    def __init__(self, code: str, message: str, **values: str) -> None:
        super().__init__(message)
        self.code = code
        self.values = values
