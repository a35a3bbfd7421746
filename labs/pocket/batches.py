"""Documents as rows of token ids, in batches of similar length: rows start where documents start."""

from collections.abc import Iterator
from random import Random
from typing import Any

from labs.pocket.architecture import CONTEXT
from labs.pocket.corpus.documents import Document
from labs.pocket.corpus.mixture import documents
from labs.pocket.tokenizer import END, SPECIAL

POOL = 1024  # rows sorted by length at a time: enough that batches need little padding
ANSWER, PROSE, PROMPT = 1.0, 0.3, 0.2
"""Weight of a token's loss. Most of a prompt is drawn at random and cannot be predicted: at full weight it drowns the answers."""

Row = tuple[list[int], list[float]]


def encoded(tokenizer: Any, document: Document) -> Row:
    """Token ids and loss weights of one document, through the chat template or plain; always ended."""
    if not document.turns:
        ids = tokenizer(document.text + END).input_ids
        return ids, [PROSE] * len(ids)
    ids, weights = [], []
    for role, content in document.turns:
        turn = tokenizer(f"<|{role}|>{content}{END}").input_ids
        ids += turn
        weights += [PROMPT] + [ANSWER if role == "assistant" else PROMPT] * (len(turn) - 1)
    return ids, weights


def repeats(random: Random, size: int) -> Row:
    """Tokens drawn from the whole vocabulary, then the same again, with gaps: copying whatever it is that stands there.

    Any of the copies, the first too, may lack its beginning: what then comes new is one token in twenty of those scored.
    """
    long = random.randint(4, 60)
    span = random.choices(range(len(SPECIAL), size), k=long)
    ids: list[int] = []
    weights: list[float] = []
    for again in range(random.randint(2, 3) if long > 20 else random.randint(2, 6)):
        if random.random() < 0.3:
            gap = random.choices(range(len(SPECIAL), size), k=random.randint(1, 6))
            ids += gap
            weights += [0.0] * len(gap)
        part = span if random.random() < 0.6 or long < 8 else span[random.randint(0, long // 2) :]
        ids += part
        weights += [ANSWER if again else 0.0] * len(part)
    return ids, weights


def rows(tokenizer: Any, seed: int, repeated: float) -> Iterator[Row]:
    """One document a row, or, for one row in eight, several up to the context; a share `repeated` are repeats."""
    random = Random(seed)
    stream = documents(seed)
    while True:
        if random.random() < repeated:
            ids, weights = repeats(random, len(tokenizer))
        else:
            ids, weights = [], []
            for _ in range(random.randint(2, 9) if random.random() < 0.125 else 1):
                more, their = encoded(tokenizer, next(stream))
                ids += more
                weights += their
        yield ids[:CONTEXT], weights[:CONTEXT]


def batches(tokenizer: Any, seed: int, tokens: int, repeated: float = 0.0) -> Iterator[tuple[Any, Any]]:
    """Endless (input_ids, weights), each `(batch, seq)`; `batch * seq` stays near `tokens`; padding weighs nothing."""
    random = Random(seed + 1)
    stream = rows(tokenizer, seed, repeated)
    while True:
        pool = sorted((next(stream) for _ in range(POOL)), key=lambda row: len(row[0]))
        groups: list[list[Row]] = [[]]
        for row in pool:
            if groups[-1] and len(row[0]) * (len(groups[-1]) + 1) > tokens:
                groups.append([])
            groups[-1].append(row)
        random.shuffle(groups)
        for group in groups:
            yield collate(group, tokenizer.pad_token_id)


def collate(group: list[Row], pad_id: int) -> tuple[Any, Any]:
    """Right-padded ids and weights."""
    import torch

    width = max(len(ids) for ids, _ in group)
    ids = torch.tensor([row + [pad_id] * (width - len(row)) for row, _ in group])
    weights = torch.tensor([row + [0.0] * (width - len(row)) for _, row in group])
    return ids, weights
