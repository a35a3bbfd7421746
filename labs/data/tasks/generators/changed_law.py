"""A law that changed: invented amendments, the entries that state them, and prompts with what a search finds.

Every number in the answers of some facts is replaced, so that what a tuned model has learned is out of date. The
entries are questions with answers, searched with BM25; nothing here is law.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from random import Random
from typing import Any

from labs.data.tasks.generators.labour_law_qa import facts
from labs.data.tasks.generators.row import Row

UNITS = "months?|years?|days?|hours?|percent|people|times"
ENGLISH = ("two", "three", "four", "five", "seven", "eight", "nine", "eleven", "fourteen", "forty", "sixty")
CHINESE = ("二", "三", "四", "五", "七", "八", "九", "十一", "十四", "四十", "六十")
_EN = re.compile(
    rf"\b(one|two|three|six|ten|twelve|fifteen|twenty|thirty|four|24|80)(?='? (?:{UNITS}))", re.I
)
_ZH = re.compile(r"(百分之)?([一二三四六八十]+)(?=(个月|年|日|小时|人|倍|十|，|以上|（))")
FOUND = 3
"""Entries that the search puts into the prompt."""
SHOWN = {"en": "Entries found:\n{entries}\nQuestion: {q}", "zh": "检索到的条目：\n{entries}\n问题：{q}"}


def amended(answer: str, language: str, pick: int) -> str | None:
    """The answer with its first number replaced; None where it has none."""
    if language == "en":
        match = _EN.search(answer)
        if match is None:
            return None
        new = ENGLISH[pick % len(ENGLISH)]
        new = ENGLISH[(pick + 1) % len(ENGLISH)] if new == match[1].lower() else new
        new = new.capitalize() if match[1][0].isupper() else new
        text = answer[: match.start()] + new + answer[match.end() :]
        return re.sub(rf"\b({new}) (month|year|day|hour)\b", r"\1 \2s", text)
    match = _ZH.search(answer)
    if match is None:
        return None
    new = CHINESE[pick % len(CHINESE)]
    new = CHINESE[(pick + 1) % len(CHINESE)] if new == match[2] else new
    return answer[: match.start(2)] + new + answer[match.end(2) :]


def _pieces(text: str) -> list[str]:
    """What BM25 matches on: English words and pairs of Han characters."""
    han = re.findall(r"[一-鿿]", text)
    return re.findall(r"[a-z0-9-]+", text.lower()) + [a + b for a, b in pairwise(han)]


class Entries:
    """Questions with their answers, to be searched by the words of a new question."""

    def __init__(self, entries: Sequence[tuple[str, str]]) -> None:
        import bm25s

        self.entries = list(entries)
        self.index = bm25s.BM25()
        self.index.index(
            [_pieces(f"{question} {answer}") for question, answer in self.entries], show_progress=False
        )

    def found(self, question: str, k: int = FOUND) -> list[tuple[str, str]]:
        """The `k` best entries for `question`, best first."""
        ids, _ = self.index.retrieve([_pieces(question)], k=k, show_progress=False)
        return [self.entries[int(i)] for i in ids[0]]


def prompt(question: str, found: Sequence[tuple[str, str]], language: str) -> str:
    """The question with the entries found in front of it."""
    lines = "\n".join(f"{number}. {asked} {answer}" for number, (asked, answer) in enumerate(found, start=1))
    return SHOWN[language].format(entries=lines, q=question)


def _amendments(
    random: Random, taught: Sequence[dict[str, Any]]
) -> list[tuple[str, str, str, dict[str, Any]]]:
    """(language, entry question, current answer, fact): numbers replaced where there are any."""
    entries = []
    for fact in taught:
        pick = random.randrange(len(ENGLISH))
        for side, language in enumerate(("en", "zh")):
            answer = fact["answer"][side]
            entries.append((language, fact[language][0], amended(answer, language, pick) or answer, fact))
    return entries


def changed(seed: int = 31) -> dict[str, list[Row]]:
    """Test rows on the amended facts, bare and with what a search finds; training rows that read entries.

    Training prompts draw on many other versions of the law, with entries in any order: to answer, one must read.
    """
    random = Random(seed)
    taught = facts()
    now = _amendments(random, taught)
    index = {
        lang: Entries([(q, a) for language, q, a, _ in now if language == lang]) for lang in ("en", "zh")
    }
    bare, shown = [], []
    for language, _, answer, fact in now:
        old = fact["answer"][0 if language == "en" else 1]
        if answer == old:
            continue
        for number, question in enumerate(fact[f"held_{language}"]):
            name, meta = f"changed-{fact['id']}-{language}-{number}", {"fact": fact["id"], "old": old}
            bare.append(Row(name, language, fact["group"], question, answer, meta=meta))
            asked = prompt(question, index[language].found(question), language)
            shown.append(Row(f"{name}-shown", language, fact["group"], asked, answer, meta=meta))
    train: list[Row] = []
    for version in range(8):
        law = _amendments(random, taught)
        index = {
            lang: Entries([(q, a) for language, q, a, _ in law if language == lang]) for lang in ("en", "zh")
        }
        for language, _, answer, fact in law:
            question = random.choice(fact[language][1:])
            found = index[language].found(question)
            entry = (fact[language][0], answer)
            found = found if entry in found else [*found[: FOUND - 1], entry]
            random.shuffle(found)
            name = f"reading-{fact['id']}-{language}-{version}"
            train.append(
                Row(
                    name,
                    language,
                    fact["group"],
                    prompt(question, found, language),
                    answer,
                    meta={"fact": fact["id"]},
                )
            )
    random.shuffle(train)
    return {"test-changed": bare, "test-changed-shown": shown, "train-reading": train}
