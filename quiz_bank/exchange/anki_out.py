"""Anki packages, out: the same note ids at every export, so that a second import updates instead of doubling."""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from quiz_bank.bank import Bank
from quiz_bank.exchange.markup import blocks_to_html, to_html
from quiz_bank.exchange.sheet import Block, Loss, Sheet, card_sides
from quiz_bank.placeholders import show_blanks
from quiz_bank.questions import Card
from quiz_bank.text import Lang

_CSS = ".card { font-family: sans-serif; font-size: 18px; text-align: left; } pre { background: #8882; padding: .5em; }"
# Anki tells its packages apart by numbers; these come from our names, and never change.
_NAMES = {"basic": "FineTutor basic", "reversed": "FineTutor basic and reversed", "cloze": "FineTutor cloze"}


def stable_number(name: str) -> int:
    """A number below 2**31 that ``name`` always gets."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") >> 1


def write_apkg(
    path: Path, sheets: Iterable[Sheet], cards: Iterable[Card], bank: Bank, lang: Lang, timestamp: float
) -> list[Loss]:
    """Write an Anki package.

    Args:
        path: Where; replaced if it exists.
        sheets: Questions.
        cards: Flashcards.
        bank: Gives facts.
        lang: Language of the cards.
        timestamp: Seconds since 1970, kept in the package as its time of change.

    Returns:
        What Anki cannot hold.

    Raises:
        OSError: the file cannot be written.
    """
    import genanki

    models = _models(genanki)
    deck_name = {"en": "FineTutor", "zh": "FineTutor 中文"}[lang]
    deck = genanki.Deck(stable_number(f"deck {deck_name}"), deck_name)
    losses: list[Loss] = []
    for sheet in sheets:
        deck.add_note(_question_note(genanki, models, sheet, losses))
    for card in cards:
        front, back = card_sides(card, bank, lang)
        deck.add_note(
            genanki.Note(
                model=models["reversed" if card.both else "basic"],
                fields=[to_html(front), to_html(back), card.id],
                guid=_guid(card.id, lang),
                tags=[card.topic],
            )
        )
    staged = path.with_name(path.name + ".tmp")
    genanki.Package(deck).write_to_file(str(staged), timestamp=timestamp)
    staged.replace(path)
    return losses


def _guid(item: str, lang: Lang) -> str:
    return hashlib.sha256(f"finetutor\x1f{item}\x1f{lang}".encode()).hexdigest()[:16]


def _models(genanki: Any) -> dict[str, Any]:
    fields = [{"name": "Front"}, {"name": "Back"}, {"name": "Id"}]
    back = "{{FrontSide}}<hr id=answer>{{Back}}"
    forward = {"name": "Forward", "qfmt": "{{Front}}", "afmt": back}
    backward = {"name": "Backward", "qfmt": "{{Back}}", "afmt": "{{FrontSide}}<hr id=answer>{{Front}}"}
    cloze = {"name": "Cloze", "qfmt": "{{cloze:Text}}", "afmt": "{{cloze:Text}}<hr>{{Extra}}"}
    return {
        "basic": genanki.Model(stable_number(_NAMES["basic"]), _NAMES["basic"], fields, [forward], _CSS),
        "reversed": genanki.Model(
            stable_number(_NAMES["reversed"]), _NAMES["reversed"], fields, [forward, backward], _CSS
        ),
        "cloze": genanki.Model(
            stable_number(_NAMES["cloze"]),
            _NAMES["cloze"],
            [{"name": "Text"}, {"name": "Extra"}, {"name": "Id"}],
            [cloze],
            _CSS,
            model_type=genanki.Model.CLOZE,
        ),
    }


def _question_note(genanki: Any, models: dict[str, Any], sheet: Sheet, losses: list[Loss]) -> Any:
    if sheet.varies:
        losses.append(Loss(sheet.id, "parameters: frozen at one draw"))
    extra = "<br>".join(to_html(part) for part in (sheet.explain, sheet.exam_note, sheet.source) if part)
    tags = [sheet.topic, sheet.kind]
    guid = _guid(sheet.id, sheet.lang)
    if sheet.kind == "cloze":
        gaps = {g.name: f"{{{{c{i}::{_gap(g.accepted[0])}}}}}" for i, g in enumerate(sheet.gaps, start=1)}
        # Code spans would show the braces of the gap as text: they are left out around gaps.
        stem = tuple(Block(b.kind, re.sub(r"`(\[\[\w+\]\])`", r"\1", b.text)) for b in sheet.stem)
        losses.extend(Loss(sheet.id, "other accepted answers") for g in sheet.gaps[:1] if len(g.accepted) > 1)
        text = show_blanks(blocks_to_html(stem), gaps)
        return genanki.Note(model=models["cloze"], fields=[text, extra, sheet.id], guid=guid, tags=tags)
    if sheet.kind != "numeric":
        losses.append(Loss(sheet.id, f"{sheet.kind}: becomes a card that one grades oneself"))
    front = blocks_to_html(sheet.stem) + _front_list(sheet)
    return genanki.Note(
        model=models["basic"], fields=[front, _answer(sheet) + "<hr>" + extra, sheet.id], guid=guid, tags=tags
    )


def _gap(text: str) -> str:
    # "::" and "}}" end a cloze deletion.
    return to_html(text).replace("::", ":&#58;").replace("}}", "}&#125;")


def _front_list(sheet: Sheet) -> str:
    if sheet.kind in ("numeric", "spot"):
        return ""
    if sheet.kind == "match":
        rights = sorted([part.other for part in sheet.parts] + [extra.text for extra in sheet.extras])
        lefts = "".join(f"<li>{to_html(part.text)}</li>" for part in sheet.parts)
        return f"<ul>{lefts}</ul><ol>{''.join(f'<li>{to_html(right)}</li>' for right in rights)}</ol>"
    texts = (
        sorted(part.text for part in sheet.parts) if sheet.kind == "order" else [p.text for p in sheet.parts]
    )
    return f"<ol>{''.join(f'<li>{to_html(text)}</li>' for text in texts)}</ol>"


def _answer(sheet: Sheet) -> str:
    if sheet.kind == "numeric":
        return f"<p><b>{to_html(sheet.shown_number)}</b></p>"
    if sheet.kind == "order":
        return f"<ol>{''.join(f'<li>{to_html(p.text)} - {to_html(p.why)}</li>' for p in sheet.parts)}</ol>"
    if sheet.kind == "match":
        pairs = (f"<li>{to_html(p.text)} → {to_html(p.other)}: {to_html(p.why)}</li>" for p in sheet.parts)
        return f"<ul>{''.join(pairs)}</ul>"
    if sheet.kind == "spot":
        parts = [(f"{p.key}: {p.text}", p.why, p.right) for p in sheet.parts if p.right or p.why]
    else:
        parts = [(p.text, p.why, p.right) for p in sheet.parts]
    marked = (
        f"<li>{'✓' if right else '✗'} {to_html(text)}: {to_html(why)}</li>" for text, why, right in parts
    )
    return f"<ul>{''.join(marked)}</ul>"
