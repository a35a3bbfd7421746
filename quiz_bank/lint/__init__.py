"""Lint of the bank: everything an author should mend before a learner sees it."""

from collections.abc import Collection
from pathlib import Path

from quiz_bank.bank import Bank
from quiz_bank.lint.bias import lint_bias
from quiz_bank.lint.findings import Finding, Report
from quiz_bank.lint.others import lint_others
from quiz_bank.lint.repeats import lint_repeats
from quiz_bank.lint.spread import lint_spread
from quiz_bank.lint.structure import lint_links, lint_structure
from quiz_bank.lint.wording import lint_wording

__all__ = ["Finding", "lint"]


def lint(
    bank: Bank,
    labs: Collection[str] | None = None,
    models: Collection[str] | None = None,
    one_language: Collection[Path] = (),
) -> list[Finding]:
    """Everything there is to say about ``bank``, errors first, then by file and line.

    Args:
        bank: Loaded content; its problems become errors.
        labs: Ids of the labs there are; None leaves links to labs unchecked (this package does not know labs).
        models: Names of base models besides those of the table ``models``.
        one_language: Folders, such as a learner's decks, whose items need not be bilingual.
    """
    report = Report(bank)
    for question in bank.questions:
        lint_wording(
            report, "question", question.id, question, _bilingual(bank, "question", question.id, one_language)
        )
        lint_structure(report, question)
        lint_links(report, question, bank, labs, models)
        lint_spread(report, question, bank)
    for card in bank.cards:
        lint_wording(report, "card", card.id, card, _bilingual(bank, "card", card.id, one_language))
        lint_links(report, card, bank, labs, models)
    lint_others(report, bank, labs)
    lint_bias(report, bank)
    lint_repeats(report, bank.questions, bank.cards)
    return sorted(report.findings, key=lambda found: (found.severity, str(found.file), found.line or 0))


def _bilingual(bank: Bank, table: str, name: str, one_language: Collection[Path]) -> bool:
    place = bank.place(table, name)
    return place is None or not any(folder in place.file.parents for folder in one_language)
