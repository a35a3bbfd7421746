"""QTI 2.1 content package, out: one assessmentItem a question and a manifest, all in one zip.

IMS Question and Test Interoperability 2.1 (imsqti_v2p1) and Content Packaging (imscp_v1p1).
"""

import html
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from quiz_bank.exchange.sheet import Block, Gap, Loss, Sheet

_QTI = "http://www.imsglobal.org/xsd/imsqti_v2p1"
_SCHEMA = "http://www.imsglobal.org/xsd/qti/qtiv2p1/imsqti_v2p1.xsd"
_MATCH = "http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_INLINE = re.compile(r"`([^`]+)`|\*\*(.+?)\*\*")
# A zip entry needs a date; a fixed one makes equal content equal bytes.
_DATE = (2026, 1, 1, 0, 0, 0)


def write_qti(path: Path, sheets: Iterable[Sheet]) -> list[Loss]:
    """Write the package.

    Returns:
        What QTI (or the readers of it that we know) cannot hold.

    Raises:
        OSError: the file cannot be written; an existing one stays as it was.
    """
    losses: list[Loss] = []
    staged = path.with_name(path.name + ".tmp")
    names = []
    try:
        with zipfile.ZipFile(staged, "w", zipfile.ZIP_DEFLATED) as package:
            for sheet in sheets:
                name = f"items/{identifier(sheet.id)}.xml"
                names.append((identifier(sheet.id), name))
                package.writestr(zipfile.ZipInfo(name, _DATE), item_xml(sheet, losses))
            package.writestr(zipfile.ZipInfo("imsmanifest.xml", _DATE), manifest_xml(names))
        staged.replace(path)
    except BaseException:
        staged.unlink(missing_ok=True)
        raise
    return losses


def identifier(name: str) -> str:
    """``name`` as an XML NCName."""
    return "i-" + re.sub(r"[^A-Za-z0-9_.-]", "-", name)


def item_xml(sheet: Sheet, losses: list[Loss]) -> str:
    """One assessmentItem."""
    if sheet.varies:
        losses.append(Loss(sheet.id, "parameters: frozen at one draw"))
    if sheet.hints:
        losses.append(Loss(sheet.id, "hints"))
    declarations, interaction, processing = _parts(sheet, losses)
    stem = "" if sheet.kind == "cloze" else "".join(_block(block) for block in sheet.stem)
    feedback = " ".join(part for part in (sheet.explain, sheet.exam_note, sheet.source) if part)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<assessmentItem xmlns="{_QTI}" xmlns:xsi="{_XSI}" xsi:schemaLocation="{_QTI} {_SCHEMA}" '
        f'identifier="{identifier(sheet.id)}" title="{html.escape(sheet.id)}" xml:lang="{sheet.lang}" '
        'adaptive="false" timeDependent="false" toolName="FineTutor">\n'
        f"{declarations}\n"
        '<outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float">'
        "<defaultValue><value>0</value></defaultValue></outcomeDeclaration>\n"
        '<outcomeDeclaration identifier="FEEDBACK" cardinality="single" baseType="identifier">'
        "<defaultValue><value>EXPLAIN</value></defaultValue></outcomeDeclaration>\n"
        f"<itemBody>{stem}{interaction}</itemBody>\n{processing}\n"
        f'<modalFeedback outcomeIdentifier="FEEDBACK" identifier="EXPLAIN" showHide="show">{_inline(feedback)}'
        "</modalFeedback>\n</assessmentItem>\n"
    )


def manifest_xml(items: Iterable[tuple[str, str]]) -> str:
    """``imsmanifest.xml`` over ``(identifier, file)`` of the items."""
    resources = "\n".join(
        f'<resource identifier="{name}" type="imsqti_item_xmlv2p1" href="{file}"><file href="{file}"/></resource>'
        for name, file in items
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<manifest xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" identifier="finetutor-export">\n'
        "<metadata><schema>QTIv2.1 Package</schema><schemaversion>1.0.0</schemaversion></metadata>\n"
        f"<organizations/>\n<resources>\n{resources}\n</resources>\n</manifest>\n"
    )


def _parts(sheet: Sheet, losses: list[Loss]) -> tuple[str, str, str]:
    """Response declarations, interaction and response processing."""
    if sheet.kind in ("single", "boolean", "multi", "spot"):
        return _choice(sheet, losses)
    if sheet.kind == "order":
        keys = [_key(part.key) for part in sheet.parts]
        shown = sorted(sheet.parts, key=lambda part: part.text)
        choices = "".join(
            f'<simpleChoice identifier="{_key(p.key)}">{_inline(p.text)}</simpleChoice>' for p in shown
        )
        _lost_feedback(sheet, losses)
        interaction = (
            f'<orderInteraction responseIdentifier="RESPONSE" shuffle="true">{choices}</orderInteraction>'
        )
        return (
            _declared("ordered", "identifier", keys),
            interaction,
            f'<responseProcessing template="{_MATCH}"/>',
        )
    if sheet.kind == "match":
        return _match(sheet, losses)
    if sheet.kind == "numeric":
        return _number(sheet, losses)
    return _cloze(sheet, losses)


def _choice(sheet: Sheet, losses: list[Loss]) -> tuple[str, str, str]:
    if sheet.kind == "spot":
        losses.append(Loss(sheet.id, "spot: becomes a choice among line numbers"))
        right = [_key(part.key) for part in sheet.parts if part.right]
        why = {part.key: part.why for part in sheet.parts}
        options = [(_key(str(i)), str(i), why.get(str(i), "")) for i in range(1, len(sheet.lines) + 1)]
    else:
        right = [_key(part.key) for part in sheet.parts if part.right]
        options = [(_key(part.key), part.text, part.why) for part in sheet.parts]
    many = sheet.kind == "multi" or len(right) > 1
    choices = "".join(
        f'<simpleChoice identifier="{key}">{_inline(text)}'
        + (
            f'<feedbackInline outcomeIdentifier="RESPONSE" identifier="{key}" showHide="show">{_inline(why)}</feedbackInline>'
            if why
            else ""
        )
        + "</simpleChoice>"
        for key, text, why in options
    )
    interaction = (
        f'<choiceInteraction responseIdentifier="RESPONSE" shuffle="{"false" if sheet.kind == "spot" else "true"}" '
        f'maxChoices="{0 if many else 1}">{choices}</choiceInteraction>'
    )
    declared = _declared("multiple" if many else "single", "identifier", right)
    return declared, interaction, f'<responseProcessing template="{_MATCH}"/>'


def _match(sheet: Sheet, losses: list[Loss]) -> tuple[str, str, str]:
    _lost_feedback(sheet, losses)
    pairs = [f"L-{part.key} R-{part.key}" for part in sheet.parts]
    lefts = "".join(
        f'<simpleAssociableChoice identifier="L-{p.key}" matchMax="1">{_inline(p.text)}</simpleAssociableChoice>'
        for p in sheet.parts
    )
    sides = [(part.key, part.other) for part in sheet.parts] + [
        (extra.key, extra.text) for extra in sheet.extras
    ]
    rights = "".join(
        f'<simpleAssociableChoice identifier="R-{key}" matchMax="{len(sheet.parts)}">{_inline(text)}'
        "</simpleAssociableChoice>"
        for key, text in sorted(sides, key=lambda side: side[1])
    )
    interaction = (
        f'<matchInteraction responseIdentifier="RESPONSE" shuffle="true" maxAssociations="{len(sheet.parts)}">'
        f"<simpleMatchSet>{lefts}</simpleMatchSet><simpleMatchSet>{rights}</simpleMatchSet></matchInteraction>"
    )
    return (
        _declared("multiple", "directedPair", pairs),
        interaction,
        f'<responseProcessing template="{_MATCH}"/>',
    )


def _number(sheet: Sheet, losses: list[Loss]) -> tuple[str, str, str]:
    if sheet.wrongs:
        losses.append(Loss(sheet.id, "feedback on known wrong numbers"))
    interaction = f'<p><textEntryInteraction responseIdentifier="RESPONSE" expectedLength="20"/> {_inline(sheet.unit)}</p>'
    # 1e-9 of the key is for readers whose decimals are rounded on the way.
    width = max(sheet.width, 1e-9 * abs(sheet.number or 0.0))
    processing = (
        "<responseProcessing><responseCondition><responseIf>"
        f'<equal toleranceMode="absolute" tolerance="{width!r} {width!r}">'
        '<variable identifier="RESPONSE"/><correct identifier="RESPONSE"/></equal>'
        '<setOutcomeValue identifier="SCORE"><baseValue baseType="float">1</baseValue></setOutcomeValue>'
        "</responseIf></responseCondition></responseProcessing>"
    )
    return _declared("single", "float", [repr(sheet.number)]), interaction, processing


def _cloze(sheet: Sheet, losses: list[Loss]) -> tuple[str, str, str]:
    _lost_feedback(sheet, losses)
    names = {gap.name: f"RESPONSE{i}" for i, gap in enumerate(sheet.gaps, start=1)}
    declared = "\n".join(_gap_declared(names[gap.name], gap) for gap in sheet.gaps)
    body = "".join(_block(block, names) for block in sheet.stem)
    total = "".join(f'<mapResponse identifier="{name}"/>' for name in names.values())
    count = len(sheet.gaps)
    processing = (
        '<responseProcessing><setOutcomeValue identifier="SCORE"><divide><sum>'
        f'{total}</sum><baseValue baseType="float">{count}</baseValue></divide></setOutcomeValue></responseProcessing>'
    )
    return declared, body, processing


def _gap_declared(name: str, gap: Gap) -> str:
    entries = "".join(
        f'<mapEntry mapKey="{html.escape(one)}" mappedValue="1" caseSensitive="false"/>'
        for one in dict.fromkeys(gap.accepted)
    )
    return (
        f'<responseDeclaration identifier="{name}" cardinality="single" baseType="string">'
        f"<correctResponse><value>{html.escape(gap.accepted[0])}</value></correctResponse>"
        f'<mapping defaultValue="0">{entries}</mapping></responseDeclaration>'
    )


def _declared(cardinality: str, base: str, values: Iterable[str]) -> str:
    shown = "".join(f"<value>{html.escape(value)}</value>" for value in values)
    return (
        f'<responseDeclaration identifier="RESPONSE" cardinality="{cardinality}" baseType="{base}">'
        f"<correctResponse>{shown}</correctResponse></responseDeclaration>"
    )


def _lost_feedback(sheet: Sheet, losses: list[Loss]) -> None:
    losses.append(Loss(sheet.id, f"feedback on single parts of a {sheet.kind}"))


def _key(key: str) -> str:
    return f"K-{key}"


def _block(block: Block, gaps: dict[str, str] | None = None) -> str:
    tag = "p" if block.kind == "prose" else "pre"
    if not gaps:
        return f"<{tag}>{_inline(block.text) if tag == 'p' else html.escape(block.text)}</{tag}>"
    pieces = re.split(r"`?\[\[([A-Za-z]\w*)\]\]`?", block.text)
    return f"<{tag}>{''.join(_with_gaps(pieces, gaps, tag))}</{tag}>"


def _with_gaps(pieces: list[str], gaps: dict[str, str], tag: str) -> Iterator[str]:
    for i, piece in enumerate(pieces):
        if i % 2:
            yield f'<textEntryInteraction responseIdentifier="{gaps[piece]}" expectedLength="20"/>'
        else:
            yield _inline(piece) if tag == "p" else html.escape(piece)


def _inline(text: str) -> str:
    """Prose as XHTML that QTI allows inline; formulas stay as they are written."""
    out = []
    at = 0
    for found in _INLINE.finditer(text):
        out.append(html.escape(text[at : found.start()]))
        tag, inside = ("code", found.group(1)) if found.group(1) is not None else ("strong", found.group(2))
        out.append(f"<{tag}>{html.escape(inside)}</{tag}>")
        at = found.end()
    out.append(html.escape(text[at:]))
    return "".join(out).replace("\n", "<br/>")
