"""Moodle's GIFT format, out: https://docs.moodle.org/en/GIFT_format."""

import re
from collections.abc import Iterable, Sequence

from quiz_bank.exchange.markup import blocks_to_html, decimal, to_html
from quiz_bank.exchange.sheet import Loss, Sheet
from quiz_bank.placeholders import show_blanks

_SPECIAL = re.compile(r"([\\~=#{}:])")


def gift_text(sheets: Iterable[Sheet]) -> tuple[str, list[Loss]]:
    """All sheets as one GIFT file, and what it cannot hold."""
    losses: list[Loss] = []
    entries = [_entry(sheet, losses) for sheet in sheets]
    return "// Written by FineTutor. Questions with parameters are frozen at one draw.\n\n" + "\n".join(
        entries
    ), losses


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text).replace("\n", "\\n")


def _html(text: str) -> str:
    return _escaped(to_html(text))


def _entry(sheet: Sheet, losses: list[Loss]) -> str:
    stem = _escaped(blocks_to_html(sheet.stem))
    if sheet.varies:
        losses.append(Loss(sheet.id, "parameters: frozen at one draw"))
    if sheet.hints:
        losses.append(Loss(sheet.id, "hints"))
    general = "\n".join(part for part in (sheet.explain, sheet.exam_note, sheet.source) if part)
    body = _body(sheet, losses)
    if sheet.kind == "cloze" and len(sheet.gaps) == 1:
        stem = _escaped(show_blanks(blocks_to_html(sheet.stem), {}))
    if sheet.kind == "cloze" and len(sheet.gaps) > 1:
        # GIFT has one gap a question; several become a matching of numbered gaps.
        shown = {gap.name: f"({i})" for i, gap in enumerate(sheet.gaps, start=1)}
        stem = _escaped(show_blanks(blocks_to_html(sheet.stem), shown))
    return (
        f"// [id:{sheet.id}] [tag:{sheet.topic}]\n"
        f"::{_escaped(sheet.id)}::[html]{stem}{{\n{body}\n####{_html(general)}\n}}\n"
    )


def _body(sheet: Sheet, losses: list[Loss]) -> str:
    if sheet.kind == "boolean":
        true = next(part for part in sheet.parts if part.key == "true")
        false = next(part for part in sheet.parts if part.key == "false")
        right, wrong = (true, false) if true.right else (false, true)
        return f"{'TRUE' if true.right else 'FALSE'}#{_html(wrong.why)}#{_html(right.why)}"
    if sheet.kind == "numeric":
        return _number(sheet)
    if sheet.kind == "order":
        losses.append(Loss(sheet.id, "order: becomes a matching of things to places"))
        return _pairs([(part.text, str(i)) for i, part in enumerate(sheet.parts, start=1)])
    if sheet.kind == "match":
        if sheet.extras:
            losses.append(Loss(sheet.id, "feedback on right sides that belong to nothing"))
        losses.append(Loss(sheet.id, "feedback on single pairs"))
        return _pairs([(part.text, part.other) for part in sheet.parts]) + "".join(
            f"\n=-> {_escaped(extra.text)}" for extra in sheet.extras
        )
    if sheet.kind == "cloze":
        if len(sheet.gaps) == 1:
            return "\n".join(f"={_escaped(one)}#{_html(sheet.gaps[0].why)}" for one in sheet.gaps[0].accepted)
        losses.append(Loss(sheet.id, "several gaps: become a matching of numbered gaps"))
        return _pairs([(f"({i})", gap.accepted[0]) for i, gap in enumerate(sheet.gaps, start=1)])
    if sheet.kind == "spot":
        losses.append(Loss(sheet.id, "spot: becomes a choice among line numbers"))
        return _lines(sheet)
    if sum(part.right for part in sheet.parts) == 1 and sheet.kind == "single":
        return "\n".join(f"{'=' if p.right else '~'}{_html(p.text)}#{_html(p.why)}" for p in sheet.parts)
    return _weighted([(_html(p.text), _html(p.why), p.right) for p in sheet.parts])


def _number(sheet: Sheet) -> str:
    lines = [f"#=%100%{decimal(sheet.number or 0.0)}:{decimal(sheet.width)}"]
    lines += [
        f"=%0%{decimal(wrong.value)}:{decimal(sheet.width)}#{_html(wrong.why)}" for wrong in sheet.wrongs
    ]
    return "\n".join(lines)


def _pairs(pairs: Sequence[tuple[str, str]]) -> str:
    return "\n".join(f"={_html(left)} -> {_escaped(right)}" for left, right in pairs)


def _lines(sheet: Sheet) -> str:
    by_line = {part.key: part for part in sheet.parts}
    right = [part.key for part in sheet.parts if part.right]
    choices = [
        (str(i), _html(by_line[str(i)].why if str(i) in by_line else ""), str(i) in right)
        for i in range(1, len(sheet.lines) + 1)
    ]
    if len(right) == 1:
        return "\n".join(f"{'=' if is_right else '~'}{text}#{why}" for text, why, is_right in choices)
    return _weighted(choices)


def _weighted(choices: Sequence[tuple[str, str, bool]]) -> str:
    right = sum(is_right for _, _, is_right in choices)
    wrong = len(choices) - right
    plus, minus = f"{100 / right:.5f}", f"{-100 / max(1, wrong):.5f}"
    return "\n".join(f"~%{plus if is_right else minus}%{text}#{why}" for text, why, is_right in choices)
