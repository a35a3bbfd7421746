"""The law task again, spoiled or extended on purpose: files beside `train.jsonl` that the data labs train or test on."""

import re
from collections.abc import Sequence
from itertools import count
from random import Random

import msgspec

from labs.data.tasks.generators import labour_law_qa
from labs.data.tasks.generators.row import Row
from labs.pocket.corpus.mixture import documents

WRONG = 0.3
"""Share of wrong answers in the noisy files."""
CLEAN_ROWS = 600
NOISY_ROWS = 2000
LEAKED = 75
PROBE_SEED = 770_001
"""A corpus seed that the base was not trained on."""


def noisy(rows: Sequence[Row], seed: int) -> list[Row]:
    """The rows with 30 % of the answers taken from another fact of the same language."""
    random = Random(seed)
    answers = {lang: sorted({row.answer for row in rows if row.lang == lang}) for lang in ("en", "zh")}
    spoiled = set(random.sample(range(len(rows)), round(WRONG * len(rows))))
    out = []
    for number, row in enumerate(rows):
        if number in spoiled:
            other = random.choice([answer for answer in answers[row.lang] if answer != row.answer])
            row = msgspec.structs.replace(row, answer=other, meta={**row.meta, "wrong": True})
        out.append(row)
    return out


def many(total: int, seed: int) -> list[Row]:
    """More rephrasings of the same questions, until there are `total` rows."""
    found: dict[str, Row] = {}
    for turn in count(seed):
        for row in labour_law_qa.rows(turn)["train"]:
            found.setdefault(row.prompt, msgspec.structs.replace(row, id=f"{row.id}-{turn}"))
        if len(found) >= total:
            break
    rows = list(found.values())
    Random(seed).shuffle(rows)
    return rows[:total]


def leaked(train: Sequence[Row], test: Sequence[Row], seed: int) -> tuple[list[Row], list[Row], list[Row]]:
    """(training rows with near-duplicates of some test rows, those test rows, the other test rows).

    Test rows come as they are or framed; both forms of a question stay on one side.
    """
    random = Random(seed)
    names = sorted({row.id.removesuffix("-framed") for row in test})
    random.shuffle(names)
    inside: set[str] = set()
    for name in names:
        if sum(row.id.removesuffix("-framed") in inside for row in test) < LEAKED:
            inside.add(name)
    seen = [row for row in test if row.id.removesuffix("-framed") in inside]
    rest = [row for row in test if row.id.removesuffix("-framed") not in inside]
    copies = []
    for row in seen:
        if not row.id.endswith("-framed"):
            thanks, lead = ("谢谢！", "你好，") if row.lang == "zh" else (" Thanks!", "Hello. ")
            copies += [
                msgspec.structs.replace(row, id=f"{row.id}-copy-{n}", prompt=prompt)
                for n, prompt in enumerate((row.prompt + thanks, lead + row.prompt))
            ]
    mixed = [*train[:CLEAN_ROWS], *copies]
    random.shuffle(mixed)
    return mixed, seen, rest


def general(seed: int, total: int, split: str) -> list[Row]:
    """Rows of the base model's own kind: single exchanges of the corpus, in either language."""
    rows: list[Row] = []
    prompts: set[str] = set()
    for document in documents(seed):
        if len(document.turns) == 2 and document.turns[0][1] not in prompts:
            (_, prompt), (_, answer) = document.turns
            prompts.add(prompt)
            lang = "zh" if re.search("[一-鿿]", answer) else "en"
            rows.append(Row(f"general-{split}-{len(rows):04}", lang, document.family, prompt, answer))
        if len(rows) == total:
            break
    return rows


def variants() -> dict[str, list[Row]]:
    """File name, without `.jsonl`, to rows."""
    splits = labour_law_qa.rows()
    train, test = list(splits["train"]), list(splits["test"])
    with_copies, seen, rest = leaked(train, test, seed=21)
    return {
        "train-noisy": noisy(train[:CLEAN_ROWS], seed=22),
        "train-noisy-2000": noisy(many(NOISY_ROWS, seed=40), seed=23),
        "train-leaked": with_copies,
        "test-leaked": seen,
        "test-clean": rest,
        "general": general(PROBE_SEED + 1, 400, "mix"),
        "probe": general(PROBE_SEED, 200, "probe"),
    }
