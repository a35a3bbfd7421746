"""CSV, out: one row an item, columns with plain names, cells that no spreadsheet takes for a formula."""

import csv
import io
from collections.abc import Iterable

from quiz_bank.bank import Bank
from quiz_bank.exchange.sheet import Loss, Sheet, card_sides
from quiz_bank.questions import Card
from quiz_bank.text import Lang

COLUMNS = (
    *("id", "kind", "topic", "bloom", "difficulty", "lang", "prompt", "code", "answer", "unit", "tolerance"),
    *("explain", "exam_note", "source"),
    *(f"{name}_{i}" for i in range(1, 11) for name in ("option", "why")),
)
"""``answer`` is numbers of options for choices, the number for numeric items, pairs ``1=text`` for a match, ..."""
_RISKY = ("=", "+", "-", "@", "\t", "\r", "'")


def csv_text(
    sheets: Iterable[Sheet], cards: Iterable[Card], bank: Bank, lang: Lang, *, delimiter: str = ","
) -> tuple[str, list[Loss]]:
    """All items as CSV with a header (UTF-8 with BOM is the caller's choice), and what it cannot hold."""
    losses: list[Loss] = []
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\r\n", delimiter=delimiter)
    writer.writeheader()
    for sheet in sheets:
        writer.writerow({name: guarded(cell) for name, cell in _row(sheet, losses).items()})
    for card in cards:
        front, back = card_sides(card, bank, lang)
        row = {
            "id": card.id,
            "kind": "card",
            "topic": card.topic,
            "lang": lang,
            "prompt": front,
            "answer": back,
        }
        writer.writerow({name: guarded(cell) for name, cell in (row | {"source": card.source}).items()})
        if card.both:
            losses.append(Loss(card.id, "asked both ways"))
    return out.getvalue(), losses


def guarded(cell: str) -> str:
    """A cell that a spreadsheet shows instead of running; ``unguarded`` takes the quote off again."""
    return "'" + cell if cell.startswith(_RISKY) else cell


def unguarded(cell: str) -> str:
    """The inverse of ``guarded``."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_RISKY) else cell


def _row(sheet: Sheet, losses: list[Loss]) -> dict[str, str]:
    if sheet.varies:
        losses.append(Loss(sheet.id, "parameters: frozen at one draw"))
    if sheet.hints:
        losses.append(Loss(sheet.id, "hints"))
    if sheet.wrongs:
        losses.append(Loss(sheet.id, "feedback on known wrong numbers"))
    prose = [block.text for block in sheet.stem if block.kind == "prose"]
    shown = [block.text for block in sheet.stem if block.kind != "prose"]
    code = "\n".join(sheet.lines) if sheet.kind == "spot" else "\n\n".join(shown)
    row = {
        "id": sheet.id,
        "kind": sheet.kind,
        "topic": sheet.topic,
        "bloom": sheet.bloom,
        "difficulty": str(sheet.difficulty),
        "lang": sheet.lang,
        "prompt": "\n\n".join(prose),
        "code": code,
        "unit": sheet.unit,
        "explain": sheet.explain,
        "exam_note": sheet.exam_note,
        "source": sheet.source,
        "answer": _answer(sheet),
    }
    if sheet.kind == "numeric":
        row["tolerance"] = repr(sheet.width)
    for i, (text, why) in enumerate(_options(sheet)[:10], start=1):
        row[f"option_{i}"], row[f"why_{i}"] = text, why
    return row


def _options(sheet: Sheet) -> list[tuple[str, str]]:
    if sheet.kind == "match":
        pairs = [(f"{part.text} => {part.other}", part.why) for part in sheet.parts]
        return pairs + [(f" => {extra.text}", extra.why) for extra in sheet.extras]
    if sheet.kind == "cloze":
        return [(f"{gap.name} => {' | '.join(gap.accepted)}", gap.why) for gap in sheet.gaps]
    if sheet.kind == "spot":
        return [(f"{part.key} => {part.text}", part.why) for part in sheet.parts if part.why]
    return [(part.text, part.why) for part in sheet.parts]


def _answer(sheet: Sheet) -> str:
    if sheet.kind == "numeric":
        return repr(sheet.number)
    if sheet.kind == "boolean":
        return "true" if any(part.right and part.key == "true" for part in sheet.parts) else "false"
    if sheet.kind == "spot":
        return ",".join(part.key for part in sheet.parts if part.right)
    if sheet.kind in ("single", "multi"):
        return ",".join(str(i) for i, part in enumerate(sheet.parts, start=1) if part.right)
    return ""
