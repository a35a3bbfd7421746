"""Moodle XML, out: https://docs.moodle.org/en/Moodle_XML_format. Numeric items become calculated questions where they can."""

import html
import re
from collections.abc import Iterable, Iterator

import msgspec

from quiz_bank.bank import Bank
from quiz_bank.errors import FormulaError
from quiz_bank.exchange.markup import blocks_to_html, decimal, to_html
from quiz_bank.exchange.moodle_formula import NotInMoodleError, moodle_formula, wildcard
from quiz_bank.exchange.sheet import Block, Loss, Sheet
from quiz_bank.formulas import names_in
from quiz_bank.placeholders import placeholders_in, show_blanks
from quiz_bank.questions import Numeric, Value
from quiz_bank.spaces import Space

_DRAWS = 20
_UNITS = "<unitgradingtype>0</unitgradingtype><unitpenalty>0.1</unitpenalty><showunits>3</showunits><unitsleft>0</unitsleft>"
_CLOZE_SPECIAL = re.compile(r"([}~#\\/\"])")


def moodle_xml(sheets: Iterable[Sheet], bank: Bank) -> tuple[str, list[Loss]]:
    """All sheets as one Moodle XML file, and what it cannot hold."""
    losses: list[Loss] = []
    questions = [_question(sheet, bank, losses) for sheet in sheets]
    frozen = "Written by FineTutor. A comment before a question says so where its parameters are frozen at one draw."
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- {frozen} -->\n<quiz>\n'
        + "\n".join(questions)
        + "\n</quiz>\n"
    ), losses


def _question(sheet: Sheet, bank: Bank, losses: list[Loss]) -> str:
    note = ""
    question = bank.question(sheet.id)
    if sheet.varies:
        if isinstance(question, Numeric) and sheet.kind == "numeric":
            try:
                return _calculated(question, sheet, bank.space(question), losses)
            except (NotInMoodleError, FormulaError) as error:
                reason = f"frozen at one draw: {error}"
        else:
            reason = "frozen at one draw: only numeric questions can be calculated"
        losses.append(Loss(sheet.id, f"parameters: {reason}"))
        note = f"<!-- {sheet.id}: {html.escape(reason).replace('--', '- -')} -->\n"
    kinds = {"single": "multichoice", "multi": "multichoice", "spot": "multichoice", "boolean": "truefalse"}
    kinds |= {"numeric": "numerical", "order": "matching", "match": "matching", "cloze": "cloze"}
    return note + _wrapped(kinds[sheet.kind], sheet, blocks_to_html(_stem(sheet)), _body(sheet, losses))


def _stem(sheet: Sheet) -> tuple[Block, ...]:
    if sheet.kind != "cloze":
        return sheet.stem
    gaps = {
        gap.name: "{1:SHORTANSWER:"
        + "~".join(f"%100%{_in_gap(one)}" for one in gap.accepted)
        + "#"
        + _in_gap(gap.why)
        + "}"
        for gap in sheet.gaps
    }
    return tuple(Block("prose", show_blanks(block.text, gaps)) for block in sheet.stem)


def _in_gap(text: str) -> str:
    return _CLOZE_SPECIAL.sub(r"\\\1", text.replace("$", "").replace("`", ""))


def _wrapped(kind: str, sheet: Sheet, stem: str, body: Iterable[str]) -> str:
    general = "\n".join(part for part in (sheet.explain, sheet.exam_note, sheet.source) if part)
    lines = [
        f'<question type="{kind}">',
        f"<name>{_text(sheet.id)}</name>",
        f'<questiontext format="html">{_cdata(stem)}</questiontext>',
        f'<generalfeedback format="html">{_cdata(to_html(general))}</generalfeedback>',
        "<defaultgrade>1.0</defaultgrade>",
        "<penalty>0.3333333</penalty>",
        "<hidden>0</hidden>",
        f"<idnumber>{html.escape(sheet.id)}</idnumber>",
        *body,
        *(
            f'<hint format="html">{_cdata(to_html(hint))}</hint>'
            for hint in sheet.hints
            if kind != "truefalse"
        ),
        f"<tags><tag>{_text(sheet.topic)}</tag></tags>",
        "</question>",
    ]
    return "\n".join(lines)


def _body(sheet: Sheet, losses: list[Loss]) -> Iterator[str]:
    if sheet.kind == "boolean":
        if sheet.hints:
            losses.append(Loss(sheet.id, "hints of a true/false question"))
        yield from (_answer(part.key, part.why, 100 if part.right else 0) for part in sheet.parts)
    elif sheet.kind == "numeric":
        yield _answer(decimal(sheet.number or 0.0), "", 100, f"<tolerance>{decimal(sheet.width)}</tolerance>")
        for wrong in sheet.wrongs:
            yield _answer(
                decimal(wrong.value), wrong.why, 0, f"<tolerance>{decimal(sheet.width)}</tolerance>"
            )
        yield _UNITS
    elif sheet.kind in ("order", "match"):
        yield "<shuffleanswers>true</shuffleanswers>"
        if sheet.kind == "order":
            losses.append(Loss(sheet.id, "order: becomes a matching of things to places"))
        if any(part.why for part in (*sheet.parts, *sheet.extras)):
            losses.append(Loss(sheet.id, "feedback on single pairs"))
        for i, part in enumerate(sheet.parts, start=1):
            other = str(i) if sheet.kind == "order" else part.other
            yield f'<subquestion format="html">{_cdata(to_html(part.text))}<answer>{_text(other)}</answer></subquestion>'
        for extra in sheet.extras:
            yield f'<subquestion format="html"><text></text><answer>{_text(extra.text)}</answer></subquestion>'
    elif sheet.kind == "spot":
        losses.append(Loss(sheet.id, "spot: becomes a choice among line numbers"))
        yield from _spot(sheet)
    elif sheet.kind != "cloze":
        yield from _choice(sheet)


def _choice(sheet: Sheet) -> Iterator[str]:
    right = sum(part.right for part in sheet.parts)
    wrong = len(sheet.parts) - right
    single = sheet.kind == "single"
    yield f"<single>{'true' if single else 'false'}</single><shuffleanswers>true</shuffleanswers><answernumbering>abc</answernumbering>"
    for part in sheet.parts:
        share = 100 / right if part.right else 0 if single else -100 / max(1, wrong)
        yield _answer(to_html(part.text), part.why, share, is_html=True)


def _spot(sheet: Sheet) -> Iterator[str]:
    by_line = {part.key: part for part in sheet.parts}
    right = sum(part.right for part in sheet.parts)
    yield f"<single>{'true' if right == 1 else 'false'}</single><shuffleanswers>false</shuffleanswers><answernumbering>none</answernumbering>"
    for i in range(1, len(sheet.lines) + 1):
        part = by_line.get(str(i))
        wrong_share = 0 if right == 1 else -100 / max(1, len(sheet.lines) - right)
        share = 100 / right if part is not None and part.right else wrong_share
        yield _answer(str(i), "" if part is None else part.why, share, is_html=True)


def _answer(text: str, why: str, share: float, more: str = "", is_html: bool = False) -> str:
    shown = _cdata(text) if is_html else _text(text)
    form = "html" if is_html else "moodle_auto_format"
    return (
        f'<answer fraction="{share:.7g}" format="{form}">{shown}'
        f'<feedback format="html">{_cdata(to_html(why))}</feedback>{more}</answer>'
    )


def _calculated(question: Numeric, sheet: Sheet, space: Space, losses: list[Loss]) -> str:
    """A calculated question whose wildcards take the values of up to 20 draws, together."""
    code = "" if question.code is None else question.code[sheet.lang]
    if question.figures or "<<" in code:
        raise NotInMoodleError("a picture or code that varies")
    draws = _distinct(space)
    names = space.names(draws[0])
    prompt = question.prompt[sheet.lang]
    formulas = [question.answer, *(mistake.value for mistake in question.mistakes)]
    for formula, spec in placeholders_in(prompt):
        written = moodle_formula(formula, names)
        shown = written if re.fullmatch(r"\{\w+\}", written) else "{=" + written + "}"
        prompt = prompt.replace(f"<<{formula}:{spec}>>" if spec else f"<<{formula}>>", shown)
        formulas.append(formula)
    if placeholders_in(prompt):
        raise NotInMoodleError("a placeholder that cannot be written there")
    tolerance, kind = _tolerance(question)
    more = (
        f"<tolerance>{tolerance!r}</tolerance><tolerancetype>{kind}</tolerancetype>"
        "<correctanswerformat>1</correctanswerformat><correctanswerlength>2</correctanswerlength>"
    )
    body = [
        "<synchronize>0</synchronize><single>0</single>",
        _answer(moodle_formula(question.answer, names), "", 100, more),
    ]
    for mistake in question.mistakes:
        why = mistake.why[sheet.lang]
        body.append(_answer(moodle_formula(mistake.value, names), "" if "<<" in why else why, 0, more))
    body.append(_UNITS)
    body.append("<dataset_definitions>")
    for name in sorted({name for formula in formulas for name in names_in(formula)}):
        body.append(_dataset(wildcard(name), [float(space.names(draw)[name]) for draw in draws]))
    body.append("</dataset_definitions>")
    losses.append(Loss(sheet.id, "number formats; feedback and hints that speak of the drawn numbers"))
    stem = tuple(Block("prose", prompt) if block.text == sheet.prompt else block for block in sheet.stem)
    varying = "<<" in question.explain[sheet.lang]
    kept = msgspec.structs.replace(sheet, explain="" if varying else sheet.explain, hints=())
    return _wrapped("calculated", kept, blocks_to_html(stem), body)


def _distinct(space: Space) -> list[dict[str, Value]]:
    draws: dict[tuple[tuple[str, Value], ...], dict[str, Value]] = {}
    for seed in range(10 * _DRAWS):
        values = space.draw(seed)
        draws.setdefault(tuple(sorted(values.items())), values)
        if len(draws) == _DRAWS:
            break
    return list(draws.values())


def _dataset(name: str, values: list[float]) -> str:
    items = "".join(
        f"<dataset_item><number>{i}</number><value>{_plain(value)}</value></dataset_item>"
        for i, value in enumerate(values, start=1)
    )
    return (
        f"<dataset_definition><status>{_text('private')}</status><name>{_text(name)}</name><type>calculated</type>"
        f"<distribution>{_text('uniform')}</distribution><minimum>{_text(_plain(min(values)))}</minimum>"
        f"<maximum>{_text(_plain(max(values)))}</maximum><decimals>{_text('10')}</decimals>"
        f"<itemcount>{len(values)}</itemcount><dataset_items>{items}</dataset_items>"
        f"<number_of_items>{len(values)}</number_of_items></dataset_definition>"
    )


def _plain(value: float) -> str:
    return str(int(value)) if value.is_integer() else decimal(value)


def _tolerance(question: Numeric) -> tuple[float, int]:
    """Moodle's tolerance and its type: 1 relative, 2 nominal (absolute)."""
    if question.tolerance.relative is not None:
        return question.tolerance.relative, 1
    if question.tolerance.significant is not None:
        return 0.5 * 10.0 ** (1 - question.tolerance.significant), 1
    return question.tolerance.absolute or 0.0, 2


def _text(text: str) -> str:
    return f"<text>{html.escape(text, quote=False)}</text>"


def _cdata(markup: str) -> str:
    return f"<text><![CDATA[{markup.replace(']]>', ']]]]><![CDATA[>')}]]></text>"
