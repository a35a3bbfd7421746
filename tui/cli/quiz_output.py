"""What the quiz commands share: options, the bank, complaints on stderr."""

import sys

import typer

from metrics.clean import clean
from quiz_bank.bank import CONTENT, Bank, load_bank
from quiz_bank.errors import AnswerError
from tui.cli.main import home_of
from tui.i18n import t_or


def fail(message: str, code: int = 2) -> typer.Exit:
    """Say ``message`` on stderr; the caller raises what comes back."""
    print(clean(message), file=sys.stderr)
    return typer.Exit(code)


def answer_trouble(error: AnswerError) -> str:
    """Why an answer cannot be read, in the language of now."""
    return t_or(f"answers.{error.code}", str(error), **error.values)


def bank_of(context: typer.Context) -> Bank:
    """The bank that ships, with the learner's own decks."""
    return load_bank((CONTENT, home_of(context).decks))
