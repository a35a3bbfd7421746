"""Moodle XML, in: https://docs.moodle.org/en/Moodle_XML_format. Entities and external references are refused."""

import ast
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from quiz_bank.exchange.deck import CLOSE, OPEN
from quiz_bank.exchange.drafts import Drafts, ImportFormatError, options
from quiz_bank.exchange.markup import from_html
from quiz_bank.exchange.safe_xml import parse_xml

_EMBEDDED = re.compile(r"(?<!\\)\{(\d*):([A-Z_]+):((?:\\.|[^\\}])*)\}", re.DOTALL)
_WILDCARD = re.compile(r"\{([A-Za-z]\w*)\}")


class _BadError(Exception):
    """The question cannot be read."""


def read_moodle(path: Path, text: str, drafts: Drafts) -> None:
    """Take the questions over.

    Raises:
        ImportFormatError: not XML, not a quiz, or XML with entities of its own (a way to exhaust memory).
    """
    quiz, lines = parse_xml(path, text)
    if quiz.tag != "quiz":
        raise ImportFormatError(path, 1, f"the outermost element is <{quiz.tag}>, not <quiz>")
    questions = quiz.findall("question")
    if not questions:
        raise ImportFormatError(path, None, "there is no question in it")
    for i, question in enumerate(questions):
        line = lines[i] if i < len(lines) else None
        kind = question.get("type", "")
        if kind == "category":
            continue
        name = _text(question.find("name"))
        if kind not in _READERS:
            drafts.refuse(line, name, f"there is no kind for Moodle's {kind!r}")
            continue
        try:
            _take(line, name, question, _READERS[kind], drafts)
        except _BadError as error:
            drafts.refuse(line, name, str(error), broken=True)


def _take(
    line: int | None,
    name: str,
    question: Element,
    reader: Callable[[Element, list[str]], dict[str, Any]],
    drafts: Drafts,
) -> None:
    lost: list[str] = []
    prompt = _prose(question.find("questiontext"), lost)
    fields: dict[str, Any] = {"prompt": prompt, "explain": _prose(question.find("generalfeedback"), lost)}
    fields |= reader(question, lost)
    if not str(fields["prompt"]).strip():
        raise _BadError("the question has no text")
    hints = [_prose(hint, lost) for hint in question.findall("hint")]
    if any(hints):
        fields["hint"] = [{"text": hint} for hint in hints if hint]
    if question.find(".//file") is not None:
        lost.append("attached files")
    drafts.question(line, fields, _text(question.find("idnumber"), wrapped=False) or None)
    drafts.lose(line, name, lost)


def _text(element: Element | None, wrapped: bool = True) -> str:
    if element is None:
        return ""
    inner = element.find("text") if wrapped else element
    return (inner.text or "").strip() if inner is not None else ""


def _prose(element: Element | None, lost: list[str]) -> str:
    text = _text(element)
    if element is not None and element.get("format", "html") in ("plain_text", "markdown"):
        return text.replace("$", "\\$")
    shown, gone = from_html(text)
    lost.extend(gone)
    return shown


def _share(answer: Element) -> float:
    try:
        return float(answer.get("fraction", "0"))
    except ValueError as error:
        raise _BadError(f"fraction {answer.get('fraction')!r} is not a number") from error


def _choice(question: Element, lost: list[str]) -> dict[str, Any]:
    answers = question.findall("answer")
    single = _text(question.find("single"), wrapped=False) in ("true", "1")
    right = [
        i for i, answer in enumerate(answers) if (_share(answer) >= 100 if single else _share(answer) > 0)
    ]
    if (
        len(answers) < 2
        or not right
        or (single and len(right) != 1)
        or (not single and len(right) == len(answers))
    ):
        raise _BadError(f"{len(right)} of {len(answers)} answers are right")
    if single and any(0 < _share(answer) < 100 for answer in answers):
        lost.append("answers that are partly right")
    texts = [_prose(answer, lost) for answer in answers]
    whys = [_prose(answer.find("feedback"), lost) for answer in answers]
    shuffle = _text(question.find("shuffleanswers"), wrapped=False) not in ("false", "0")
    kept = {} if shuffle else {"shuffle": False}
    return {"kind": "single" if single else "multi", "option": options(texts, right, whys), **kept}


def _true_false(question: Element, lost: list[str]) -> dict[str, Any]:
    by_word = {_text(answer).casefold(): answer for answer in question.findall("answer")}
    if by_word.keys() != {"true", "false"}:
        raise _BadError(f"the answers are {', '.join(by_word) or 'missing'}, not true and false")
    return {
        "kind": "boolean",
        "answer": _share(by_word["true"]) >= 100,
        "why_true": _prose(by_word["true"].find("feedback"), lost),
        "why_false": _prose(by_word["false"].find("feedback"), lost),
    }


def _numerical(question: Element, lost: list[str]) -> dict[str, Any]:
    return _numbers(question, lost, lambda text: repr(float(text)))


def _calculated(question: Element, lost: list[str]) -> dict[str, Any]:
    columns: dict[str, list[str]] = {}
    for definition in question.iter("dataset_definition"):
        items = [_text(item.find("value"), wrapped=False) for item in definition.iter("dataset_item")]
        columns[_text(definition.find("name"))] = items
    rows = min((len(values) for values in columns.values()), default=0)
    if not rows:
        raise _BadError("the wildcards have no values")
    try:
        cases = [{name: _whole(float(values[i])) for name, values in columns.items()} for i in range(rows)]
        prompt = _placeholders(_prose(question.find("questiontext"), lost))
        fields = _numbers(question, lost, _our_formula)
    except (ValueError, SyntaxError) as error:
        raise _BadError(f"a formula or value cannot be read: {error}") from error
    return fields | {"prompt": prompt, "case": cases}


def _numbers(question: Element, lost: list[str], formula: Callable[[str], str]) -> dict[str, Any]:
    key: dict[str, Any] | None = None
    mistakes: list[dict[str, str]] = []
    for answer in question.findall("answer"):
        text = _text(answer)
        if text == "*":
            lost.append("feedback on any other number")
            continue
        try:
            value = formula(text)
            width = float(_text(answer.find("tolerance"), wrapped=False) or 0)
        except (ValueError, SyntaxError) as error:
            raise _BadError(f"{text!r} cannot be read: {error}") from error
        relative = _text(answer.find("tolerancetype"), wrapped=False) == "1"
        if _share(answer) >= 100 and key is None:
            key = {
                "answer": value,
                "tolerance": {"relative": min(width, 0.5)} if relative else {"absolute": width},
            }
        elif _share(answer) < 100:
            why = _prose(answer.find("feedback"), lost)
            mistakes.append({"name": f"m{len(mistakes) + 1}", "value": value, "why": why})
    if key is None:
        raise _BadError("no answer is fully right")
    return {"kind": "numeric", "mistake": mistakes, **key}


def _matching(question: Element, lost: list[str]) -> dict[str, Any]:
    pairs, extras = [], []
    for sub in question.findall("subquestion"):
        left, right = _prose(sub, lost), _text(sub.find("answer")).replace("$", "\\$")
        if left:
            pairs.append({"left": left, "right": right, "why": ""})
        else:
            extras.append({"text": right, "why": ""})
    if len(pairs) < 2:
        raise _BadError(f"{len(pairs)} pairs; at least two")
    return {"kind": "match", "pair": pairs, "extra": extras}


def _ordering(question: Element, lost: list[str]) -> dict[str, Any]:
    items = [{"text": _prose(answer, lost), "why": ""} for answer in question.findall("answer")]
    return {"kind": "order", "item": items}


def _short(question: Element, lost: list[str]) -> dict[str, Any]:
    accepted: list[str] = []
    mistakes: list[dict[str, str]] = []
    why = ""
    for answer in question.findall("answer"):
        feedback = _prose(answer.find("feedback"), lost)
        if "*" in _text(answer):
            lost.append("answers with wildcards")
        elif _share(answer) >= 100:
            accepted.append(_text(answer))
            why = why or feedback
        else:
            mistakes.append({"text": _text(answer), "why": feedback})
    if not accepted:
        raise _BadError("no answer is fully right")
    blank = {"name": "gap", "answer": accepted[0], "accept": accepted[1:], "why": why, "mistake": mistakes}
    prompt = _prose(question.find("questiontext"), lost)
    return {"kind": "cloze", "prompt": f"{prompt} [[gap]]", "blank": [blank]}


def _cloze(question: Element, lost: list[str]) -> dict[str, Any]:
    blanks: list[dict[str, Any]] = []

    def gap(found: re.Match[str]) -> str:
        if found.group(2) not in ("SHORTANSWER", "SA", "SHORTANSWER_C", "SAC", "MW", "MWC"):
            raise _BadError(f"an embedded {found.group(2)} is not a gap to fill")
        accepted, why = [], ""
        for piece in re.split(r"(?<!\\)~", found.group(3)):
            weighted = re.match(r"=|%(-?\d+(?:\.\d+)?)%", piece)
            text, _, feedback = piece[weighted.end() if weighted else 0 :].partition("#")
            if weighted and (weighted.group(1) is None or float(weighted.group(1)) >= 100):
                accepted.append(re.sub(r"\\(.)", r"\1", text))
                why = why or re.sub(r"\\(.)", r"\1", feedback)
        if not accepted:
            raise _BadError("a gap has no right answer")
        name = f"gap{len(blanks) + 1}"
        blanks.append({"name": name, "answer": accepted[0], "accept": accepted[1:], "why": why})
        return f"[[{name}]]"

    raw = _text(question.find("questiontext"))
    prompt, gone = from_html(_EMBEDDED.sub(gap, raw))
    lost.extend(gone)
    if not blanks:
        raise _BadError("there is no gap in it")
    return {"kind": "cloze", "prompt": prompt, "blank": blanks}


def _whole(value: float) -> int | float:
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


class _Ours(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name == "pow" and len(node.args) == 2:
            return ast.BinOp(node.args[0], ast.Pow(), node.args[1])
        if name == "fmod" and len(node.args) == 2:
            return ast.BinOp(node.args[0], ast.Mod(), node.args[1])
        return ast.Name("pi", ast.Load()) if name == "pi" else node


def _our_formula(text: str) -> str:
    tree = ast.parse(_WILDCARD.sub(r"\1", text).strip(), mode="eval")
    return ast.unparse(ast.fix_missing_locations(_Ours().visit(tree)))


def _placeholders(text: str) -> str:
    text = re.sub(r"\{=((?:\{\w+\}|[^{}])*)\}", lambda m: f"{OPEN}{_our_formula(m.group(1))}{CLOSE}", text)
    return _WILDCARD.sub(f"{OPEN}\\1{CLOSE}", text)


_READERS: dict[str, Callable[[Element, list[str]], dict[str, Any]]] = {
    "multichoice": _choice,
    "truefalse": _true_false,
    "numerical": _numerical,
    "calculated": _calculated,
    "calculatedsimple": _calculated,
    "matching": _matching,
    "ordering": _ordering,
    "shortanswer": _short,
    "cloze": _cloze,
}
