"""Markdown decks in hascard's form, in: ``# title``, then a definition, choices, gaps or a numbered order; ``---`` between."""

import re
from pathlib import Path
from typing import Any

from quiz_bank.exchange.drafts import Drafts, ImportFormatError, options

_CHOICE = re.compile(r"([-*]) (.+)\Z")
_BOX = re.compile(r"\[([ *xX])\] ?(.+)\Z")
_NUMBERED = re.compile(r"(\d+)[.)] (.+)\Z")
_GAP = re.compile(r"(?<![\\\w])_((?:\\_|[^_\n])+?)(?<!\\)_(?!\w)")


def read_hascard(path: Path, text: str, drafts: Drafts) -> None:
    """Take the cards of a deck over.

    Raises:
        ImportFormatError: no card at all is in the file.
    """
    lines = text.split("\n")
    starts = [0] + [i + 1 for i, line in enumerate(lines) if re.fullmatch(r"---+\s*", line)]
    found = False
    for start, end in zip(starts, [*(start - 1 for start in starts[1:]), len(lines)], strict=True):
        body = lines[start:end]
        first = next((i for i, line in enumerate(body) if line.strip()), None)
        if first is None:
            continue
        found = True
        if not re.match(r"#+ ?\S", body[first]):
            drafts.refuse(start + first + 1, body[first], "a card begins with `# title`", broken=True)
            continue
        _card(start + first + 1, body[first].lstrip("#").strip(), body[first + 1 :], drafts)
    if not found:
        raise ImportFormatError(path, None, "there is no card in it; a card begins with `# title`")


def _card(line: int, title: str, body: list[str], drafts: Drafts) -> None:
    lost = [one for one in body if re.match(r"!\[.*\]\(.*\)\s*\Z", one)]
    if lost:
        drafts.lose(line, title, ["picture or file beside the card"])
    content = [one.rstrip() for one in body if one.strip() and one not in lost]
    if not content:
        drafts.refuse(line, title, "the card has no back", broken=True)
        return
    for pattern, take in ((_BOX, _boxes), (_CHOICE, _choices), (_NUMBERED, _order)):
        matches = [pattern.match(one) for one in content]
        if all(matches):
            take(line, title, [(m.group(1), m.group(2).strip()) for m in matches if m is not None], drafts)
            return
        if any(matches) and all(
            m is not None or one.startswith(" ") for m, one in zip(matches, content, strict=True)
        ):
            joined = _continued(pattern, content)
            take(line, title, joined, drafts)
            return
    back = "\n".join(content)
    if _GAP.search(back):
        _gaps(line, title, back, drafts)
    else:
        drafts.card(line, title, back.replace("\\_", "_"))


def _continued(pattern: re.Pattern[str], content: list[str]) -> list[tuple[str, str]]:
    """Items whose text goes on in indented lines."""
    items: list[tuple[str, str]] = []
    for one in content:
        match = pattern.match(one)
        if match is not None:
            items.append((match.group(1), match.group(2).strip()))
        elif items:
            items[-1] = (items[-1][0], f"{items[-1][1]} {one.strip()}")
    return items


def _choices(line: int, title: str, items: list[tuple[str, str]], drafts: Drafts) -> None:
    right = [i for i, (mark, _) in enumerate(items) if mark == "*"]
    texts = [text for _, text in items]
    if len(right) != 1:
        drafts.refuse(line, title, f"{len(right)} choices are marked with *; one must be", broken=True)
        return
    drafts.question(line, {"kind": "single", "prompt": title, "option": options(texts, right)})


def _boxes(line: int, title: str, items: list[tuple[str, str]], drafts: Drafts) -> None:
    right = [i for i, (mark, _) in enumerate(items) if mark != " "]
    texts = [text for _, text in items]
    if not 0 < len(right) < len(items):
        drafts.refuse(line, title, "needs at least one right and one wrong option", broken=True)
        return
    drafts.question(line, {"kind": "multi", "prompt": title, "option": options(texts, right)})


def _order(line: int, title: str, items: list[tuple[str, str]], drafts: Drafts) -> None:
    places = [int(mark) for mark, _ in items]
    if sorted(places) != list(range(1, len(items) + 1)):
        drafts.refuse(line, title, f"the places are {places}, not 1 to {len(items)}", broken=True)
        return
    ordered = [text for _, text in sorted(items, key=lambda item: int(item[0]))]
    drafts.question(
        line, {"kind": "order", "prompt": title, "item": [{"text": text, "why": ""} for text in ordered]}
    )


def _gaps(line: int, title: str, back: str, drafts: Drafts) -> None:
    blanks: list[dict[str, Any]] = []

    def gap(found: re.Match[str]) -> str:
        accepted = [one.strip().replace("\\_", "_") for one in found.group(1).split("|") if one.strip()] or [
            "_"
        ]
        name = f"gap{len(blanks) + 1}"
        blanks.append({"name": name, "answer": accepted[0], "accept": accepted[1:], "why": ""})
        return f"[[{name}]]"

    text = _GAP.sub(gap, back).replace("\\_", "_")
    drafts.question(line, {"kind": "cloze", "prompt": f"{title}\n\n{text}", "blank": blanks})
