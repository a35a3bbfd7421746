"""Moodle's GIFT format, in: https://docs.moodle.org/en/GIFT_format."""

import re
from pathlib import Path
from typing import Any

from quiz_bank.exchange.drafts import Drafts, ImportFormatError, options
from quiz_bank.exchange.markup import from_html

_ID = re.compile(r"\[id:([^\]]+)\]")
_TITLE = re.compile(r"::((?:\\.|[^\\])*?)::", re.DOTALL)
_FORMAT = re.compile(r"\[(html|markdown|moodle|plain)\]")
_ANSWER = re.compile(r"(?<!\\)([=~])")
_WEIGHT = re.compile(r"%(-?\d+(?:\.\d+)?)%")
_RANGE = re.compile(r"([+-]?[\d.]+(?:[eE][+-]?\d+)?)\.\.([+-]?[\d.]+(?:[eE][+-]?\d+)?)\Z")
_NUMBER = re.compile(r"([+-]?\d*\.?\d+(?:[eE][+-]?\d+)?)(?::(\d*\.?\d+(?:[eE][+-]?\d+)?))?\Z")


class _BadError(Exception):
    """The entry cannot be read."""


def read_gift(path: Path, text: str, drafts: Drafts) -> None:
    """Take the questions over.

    Raises:
        ImportFormatError: there is no question in the file.
    """
    entries = list(_entries(text))
    if not any("{" in entry for _, _, entry in entries):
        raise ImportFormatError(path, None, "there is no GIFT question in it")
    for line, item_id, entry in entries:
        if entry.startswith("$CATEGORY"):
            continue
        try:
            _entry(line, item_id, entry, drafts)
        except _BadError as error:
            drafts.refuse(line, entry, str(error), broken=True)


def _entries(text: str) -> list[tuple[int, str | None, str]]:
    """``(line, id, text)`` of each entry; blank lines separate, unless a brace is open."""
    entries: list[tuple[int, str | None, str]] = []
    lines: list[str] = []
    start = 0
    item_id = None
    depth = 0
    for number, line in enumerate([*text.split("\n"), ""], start=1):
        if line.lstrip().startswith("//"):
            found = _ID.search(line)
            item_id = found.group(1).strip() if found else item_id
            continue
        if line.strip():
            start = start or number
            lines.append(line)
            bare = re.sub(r"\\.", "", line)
            depth += bare.count("{") - bare.count("}")
        elif lines and (depth <= 0 or number > len(text.split("\n"))):
            entries.append((start, item_id, "\n".join(lines).strip()))
            lines, start, item_id, depth = [], 0, None, 0
    if lines:
        entries.append((start, item_id, "\n".join(lines).strip()))
    return entries


def _entry(line: int, item_id: str | None, entry: str, drafts: Drafts) -> None:
    title = _TITLE.match(entry)
    rest = entry[title.end() :].lstrip() if title else entry
    form = _FORMAT.match(rest)
    is_html = form is not None and form.group(1) in ("html", "moodle")
    rest = rest[form.end() :] if form else rest
    braces = [m.start() for m in re.finditer(r"(?<!\\)[{}]", rest)]
    if not braces:
        drafts.refuse(line, rest, "a description, not a question")
        return
    if len(braces) != 2 or rest[braces[0]] != "{" or rest[braces[1]] != "}":
        raise _BadError("the braces do not close, or there are several pairs")
    before, inside, after = rest[: braces[0]], rest[braces[0] + 1 : braces[1]], rest[braces[1] + 1 :]
    lost: list[str] = []

    def plain(raw: str) -> str:
        text, gone = _plain(raw, is_html)
        lost.extend(gone)
        return text

    inside, _, general = _cut(inside, "####")
    fields: dict[str, Any] = {"explain": plain(general)}
    prompt = plain(before)
    if after.strip():
        prompt = f"{prompt} [[gap]] {plain(after)}"
    elif not prompt:
        raise _BadError("the question has no text")
    body = inside.strip()
    if not body:
        drafts.refuse(line, prompt, "an essay: there is nothing to grade by")
        return
    kind = _kind(body)
    fields |= {"kind": kind, "prompt": prompt, **_READERS[kind](body, plain)}
    if kind == "cloze" and not after.strip():
        fields["prompt"] = f"{prompt} [[gap]]"
    if item_id is None and title is not None:
        item_id = _plain(title.group(1), False)[0]
    drafts.question(line, fields, item_id)
    drafts.lose(line, prompt, lost)


def _plain(raw: str, is_html: bool) -> tuple[str, list[str]]:
    text = re.sub(r"\\([~=#{}:\\n])", lambda m: "\n" if m.group(1) == "n" else m.group(1), raw)
    if is_html:
        return from_html(text)
    return text.strip().replace("$", "\\$"), []


def _cut(text: str, mark: str) -> tuple[str, str, str]:
    found = re.search(rf"(?<!\\){mark}", text)
    return (text, "", "") if found is None else (text[: found.start()], mark, text[found.end() :])


def _kind(body: str) -> str:
    if body.startswith("#"):
        return "numeric"
    if re.match(r"(TRUE|FALSE|T|F)\s*(#|\Z)", body):
        return "boolean"
    answers = _answers(body)
    if any(mark == "~" for mark, _ in answers):
        right = [1 for mark, text in answers if mark == "=" or _weight(text)[0] > 0]
        return "single" if len(right) == 1 and any(mark == "=" for mark, _ in answers) else "multi"
    if not answers:
        raise _BadError("no answer begins with = or ~")
    if all(re.search(r"(?<!\\)->", text) for _, text in answers):
        return "match"
    return "cloze"


def _answers(body: str) -> list[tuple[str, str]]:
    pieces = _ANSWER.split(body)
    if pieces[0].strip():
        raise _BadError(f"text before the first answer: {pieces[0].strip()[:40]!r}")
    return list(zip(pieces[1::2], (piece.strip() for piece in pieces[2::2]), strict=True))


def _weight(text: str) -> tuple[float, str]:
    found = _WEIGHT.match(text)
    return (float(found.group(1)), text[found.end() :]) if found else (0.0, text)


def _choice(body: str, plain: Any) -> dict[str, Any]:
    texts, whys, right = [], [], []
    for i, (mark, raw) in enumerate(_answers(body)):
        weight, text = _weight(raw)
        shown, _, why = _cut(text, "#")
        texts.append(plain(shown))
        whys.append(plain(why))
        if mark == "=" or weight > 0:
            right.append(i)
    return {"option": options(texts, right, whys)}


def _boolean(body: str, plain: Any) -> dict[str, Any]:
    word, _, feedback = _cut(body, "#")
    wrong, _, right = _cut(feedback, "#")
    answer = word.strip().startswith("T")
    whys = (plain(right), plain(wrong))
    return {"answer": answer, "why_true": whys[not answer], "why_false": whys[answer]}


def _match(body: str, plain: Any) -> dict[str, Any]:
    pairs, extras = [], []
    for _, text in _answers(body):
        left, _, right = _cut(text, "->")
        if left.strip():
            pairs.append({"left": plain(left), "right": plain(right), "why": ""})
        else:
            extras.append({"text": plain(right), "why": ""})
    return {"pair": pairs, "extra": extras}


def _short(body: str, plain: Any) -> dict[str, Any]:
    accepted: list[str] = []
    mistakes: list[dict[str, str]] = []
    why = ""
    for _, raw in _answers(body):
        found = _WEIGHT.match(raw)
        weight, text = _weight(raw) if found else (100.0, raw)
        shown, _, feedback = _cut(text, "#")
        if weight >= 100:
            accepted.append(plain(shown))
            why = why or plain(feedback)
        else:
            mistakes.append({"text": plain(shown), "why": plain(feedback)})
    if not accepted:
        raise _BadError("no answer is fully right")
    blank = {"name": "gap", "answer": accepted[0], "accept": accepted[1:], "why": why, "mistake": mistakes}
    return {"blank": [blank]}


def _numeric(body: str, plain: Any) -> dict[str, Any]:
    body = body[1:].strip()
    answers = _answers(body) if body.startswith("=") else [("=", body)]
    key: tuple[float, float] | None = None
    mistakes: list[dict[str, str]] = []
    for _, raw in answers:
        found = _WEIGHT.match(raw)
        weight, text = _weight(raw) if found else (100.0, raw)
        shown, _, feedback = _cut(text, "#")
        value, width = _value(shown.strip())
        if weight >= 100 and key is None:
            key = value, width
        elif weight < 100:
            mistakes.append({"name": f"m{len(mistakes) + 1}", "value": repr(value), "why": plain(feedback)})
    if key is None:
        raise _BadError("no number is fully right")
    return {"answer": repr(key[0]), "tolerance": {"absolute": key[1]}, "mistake": mistakes}


def _value(text: str) -> tuple[float, float]:
    between = _RANGE.match(text)
    if between:
        low, high = float(between.group(1)), float(between.group(2))
        return (low + high) / 2, abs(high - low) / 2
    found = _NUMBER.match(text)
    if found is None:
        raise _BadError(f"{text!r} is not a number with a tolerance")
    return float(found.group(1)), float(found.group(2) or 0.0)


_READERS = {
    "single": _choice,
    "multi": _choice,
    "boolean": _boolean,
    "match": _match,
    "cloze": _short,
    "numeric": _numeric,
}
