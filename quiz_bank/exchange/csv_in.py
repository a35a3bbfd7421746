"""CSV, in: our own columns, or two columns that become front and back of cards."""

import csv
import io
from collections import Counter
from pathlib import Path
from typing import Any

from quiz_bank.exchange.csv_out import unguarded
from quiz_bank.exchange.drafts import Drafts, ImportFormatError, options

_MAX_CELL = 1_000_000


def read_csv(path: Path, text: str, drafts: Drafts) -> None:
    """Take the rows over; a comma, a semicolon or a tab separates.

    Raises:
        ImportFormatError: there are no rows, or a quote is left open.
    """
    csv.field_size_limit(_MAX_CELL)
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] | None = None
    rows = 0
    begins = 1
    while True:
        begins = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            raise ImportFormatError(path, begins, str(error)) from error
        if not any(cell.strip() for cell in cells):
            continue
        if header is None and _is_header(cells):
            header = [cell.strip().casefold() for cell in cells]
            continue
        rows += 1
        if header is None:
            if len(cells) < 2:
                drafts.refuse(begins, cells[0], "one column; a card needs a front and a back", broken=True)
            else:
                drafts.card(begins, unguarded(cells[0]), unguarded(cells[1]))
        elif len(cells) > len(header):
            drafts.refuse(begins, cells[0], f"{len(cells)} cells under {len(header)} columns", broken=True)
        else:
            _row(begins, {name: unguarded(cell) for name, cell in zip(header, cells, strict=False)}, drafts)
    if not rows:
        raise ImportFormatError(path, None, "there is no row in it")


def _is_header(cells: list[str]) -> bool:
    names = {cell.strip().casefold() for cell in cells}
    return bool(names & {"front", "prompt", "question"}) and len(names) > 1


def _row(line: int, row: dict[str, str], drafts: Drafts) -> None:
    prompt = row.get("prompt") or row.get("question") or row.get("front") or ""
    kind = row.get("kind", "").strip() or ("card" if "back" in row or "option_1" not in row else "single")
    item_id = row.get("id") or None
    if not prompt.strip():
        drafts.refuse(line, item_id or "", "the prompt is empty", broken=True)
        return
    if kind == "card":
        drafts.card(line, prompt, row.get("answer") or row.get("back") or "", item_id)
        return
    fields: dict[str, Any] = {"kind": kind, "prompt": prompt, "explain": row.get("explain", "")}
    fields |= {name: row[name] for name in ("bloom", "exam_note", "source") if row.get(name)}
    if row.get("difficulty", "").strip().isdecimal():
        fields["difficulty"] = int(row["difficulty"])
    if row.get("code"):
        fields["code"] = row["code"]
    given = [(row[f"option_{i}"], row.get(f"why_{i}", "")) for i in range(1, 11) if row.get(f"option_{i}")]
    try:
        fields |= _answer(kind, row.get("answer", "").strip(), row, given)
    except ValueError as error:
        drafts.refuse(line, prompt, str(error), broken=True)
        return
    drafts.question(line, fields, item_id)


def _answer(kind: str, answer: str, row: dict[str, str], given: list[tuple[str, str]]) -> dict[str, Any]:
    texts, whys = [text for text, _ in given], [why for _, why in given]
    if kind in ("single", "multi"):
        places = [int(place) - 1 for place in answer.split(",") if place.strip()]
        if (
            not places
            or not all(0 <= place < len(given) for place in places)
            or (kind == "single" and len(places) > 1)
        ):
            raise ValueError(f"answer {answer!r} does not name options 1 to {len(given)}")
        return {"option": options(texts, places, whys)}
    if kind == "boolean":
        if answer.casefold() not in ("true", "false"):
            raise ValueError(f"answer {answer!r} is neither true nor false")
        by_text = dict(given)
        true, false = list(by_text.values())[:2] if len(given) == 2 else ("", "")
        return {"answer": answer.casefold() == "true", "why_true": true, "why_false": false}
    if kind == "numeric":
        width = float(row.get("tolerance") or 0.0)
        unit = {"unit": row["unit"]} if row.get("unit") else {}
        return {"answer": repr(float(answer)), "tolerance": {"absolute": width}, **unit}
    if kind == "order":
        return {"item": [{"text": text, "why": why} for text, why in given]}
    pairs = [(*_split(text), why) for text, why in given]
    if kind == "match":
        return {
            "pair": [{"left": left, "right": right, "why": why} for left, right, why in pairs if left],
            "extra": [{"text": right, "why": why} for left, right, why in pairs if not left],
        }
    if kind == "cloze":
        return {"blank": [_blank(name, accepted, why) for name, accepted, why in pairs]}
    if kind == "spot":
        return _spot(answer, row.get("code", ""), pairs)
    raise ValueError(f"unknown kind {kind!r}")


def _split(text: str) -> tuple[str, str]:
    left, arrow, right = text.partition("=>")
    if not arrow:
        raise ValueError(f"{text!r}: write left => right")
    return left.strip(), right.strip()


def _blank(name: str, accepted: str, why: str) -> dict[str, Any]:
    forms = [form.strip() for form in accepted.split(" | ") if form.strip()]
    if not forms:
        raise ValueError(f"gap {name!r} has no answer")
    return {"name": name, "answer": forms[0], "accept": forms[1:], "why": why}


def _spot(answer: str, code: str, pairs: list[tuple[str, str, str]]) -> dict[str, Any]:
    lines = code.split("\n")
    wrong = {int(place) for place in answer.split(",") if place.strip()}
    whys = {int(number): why for number, _, why in pairs if number.isdecimal()}
    if not wrong or not all(1 <= place <= len(lines) for place in wrong | whys.keys()):
        raise ValueError(f"answer {answer!r} does not name lines 1 to {len(lines)}")
    alone = {i for i, line in enumerate(lines, 1) if sum(line in other for other in lines) == 1}
    if wrong - alone:
        raise ValueError(
            f"line {min(wrong - alone)} stands in the code more than once: nothing tells it apart"
        )
    # Most lines share a reason, which says itself once; a line such as `)` that is there twice can have no other.
    shared = Counter(why for i, why in whys.items() if i not in wrong).most_common(1)
    why_other = shared[0][0] if shared else ""
    named = wrong | {i for i, why in whys.items() if why != why_other and i in alone}
    suspects = [
        {"contains": lines[i - 1], "wrong": i in wrong, "why": whys.get(i, "")} for i in sorted(named)
    ]
    return {"line": suspects, "why_other": why_other}
