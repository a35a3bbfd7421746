"""Export of questions and cards in one language, with a list of what the format cannot hold."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from quiz_bank.bank import Bank
from quiz_bank.errors import FormulaError
from quiz_bank.exchange.anki_out import write_apkg
from quiz_bank.exchange.csv_out import csv_text
from quiz_bank.exchange.deck import write_whole
from quiz_bank.exchange.gift import gift_text
from quiz_bank.exchange.moodle import moodle_xml
from quiz_bank.exchange.qti import write_qti
from quiz_bank.exchange.sheet import Loss, Sheet, sheet_of
from quiz_bank.questions import Card, Question
from quiz_bank.text import Lang

FORMATS = {
    ".apkg": "anki", ".gift": "gift", ".txt": "gift", ".xml": "moodle", ".zip": "qti", ".csv": "csv", ".tsv": "csv",
}  # fmt: skip
"""Formats by a file's ending."""


NEW_YEAR_2026 = 1_767_225_600.0
"""Seconds since 1970. Anki numbers notes by milliseconds from the package's time, so that time may not be zero."""


class ExportFormatError(Exception):
    """No such format; the message lists those there are."""

    code = "export-format"


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an export."""

    file: Path
    format: str
    questions: int
    cards: int
    losses: tuple[Loss, ...]
    """What the format cannot hold, by item."""


def export(
    path: Path,
    questions: Sequence[Question],
    cards: Sequence[Card],
    bank: Bank,
    lang: Lang,
    *,
    form: str | None = None,
    seed: int = 0,
    timestamp: float = NEW_YEAR_2026,
) -> Exported:
    """Write ``questions`` and ``cards``.

    Args:
        path: The file; an existing one is replaced in one step.
        questions: Items of ``bank``.
        cards: Cards of ``bank``.
        bank: Gives facts, tables and sets.
        lang: Language of all texts.
        form: One of ``FORMATS``' values; by default by the ending.
        seed: Which draw of the parameters is frozen, where the format has none.
        timestamp: Seconds since 1970, for formats that keep a time.

    Raises:
        ExportFormatError: unknown format.
        OSError: the file cannot be written.
    """
    form = form or FORMATS.get(path.suffix.casefold())
    losses: list[Loss] = []
    sheets: list[Sheet] = []
    for question in questions:
        try:
            sheets.append(sheet_of(question, bank, lang, seed))
        except FormulaError as error:
            losses.append(Loss(question.id, f"left out: {error}"))
    if form == "anki":
        losses += write_apkg(path, sheets, cards, bank, lang, timestamp)
    elif form == "qti":
        losses += write_qti(path, sheets)
    elif form in ("gift", "moodle", "csv"):
        if form == "gift":
            text, lost = gift_text(sheets)
        elif form == "moodle":
            text, lost = moodle_xml(sheets, bank)
        else:
            tabs = path.suffix.casefold() == ".tsv"
            text, lost = csv_text(sheets, cards, bank, lang, delimiter="\t" if tabs else ",")
            # Spreadsheets take a file without the mark for the machine's own encoding.
            text = "\ufeff" + text
        losses += lost
        write_whole(path, text)
    else:
        known = ", ".join(sorted(set(FORMATS.values())))
        raise ExportFormatError(f"unknown format {form or path.suffix!r}; formats: {known}")
    kept = len(cards) if form in ("anki", "csv") else 0
    if kept < len(cards):
        losses += [Loss(card.id, f"flashcards: {form} has none") for card in cards]
    return Exported(file=path, format=form, questions=len(sheets), cards=kept, losses=tuple(losses))
