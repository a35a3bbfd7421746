"""Documents as rows of token ids, in batches of similar length: rows start where documents start."""

from collections.abc import Iterator
from random import Random
from typing import Any

from labs.pocket.architecture import CONTEXT
from labs.pocket.corpus.documents import Document
from labs.pocket.corpus.mixture import documents
from labs.pocket.tokenizer import END

POOL = 1024  # rows sorted by length at a time: enough that batches need little padding


def written(document: Document) -> str:
    """The document as the model reads it: through the chat template, or plain; always ended."""
    if document.turns:
        parts = [f"<|{role}|>{content}{END}" for role, content in document.turns]
        return "".join(parts)
    return document.text + END


def rows(tokenizer: Any, seed: int) -> Iterator[list[int]]:
    """Token ids of one document, or, for one row in eight, of several in a row up to the context."""
    random = Random(seed)
    stream = documents(seed)
    while True:
        many = random.randint(2, 9) if random.random() < 0.125 else 1
        ids: list[int] = []
        for _ in range(many):
            ids.extend(tokenizer(written(next(stream))).input_ids)
        yield ids[:CONTEXT]


def batches(tokenizer: Any, seed: int, tokens: int) -> Iterator[tuple[Any, Any]]:
    """Endless (input_ids, labels), each `(batch, seq)` int64; `batch * seq` stays near `tokens`; padding is -100."""
    random = Random(seed + 1)
    stream = rows(tokenizer, seed)
    while True:
        pool = sorted((next(stream) for _ in range(POOL)), key=len)
        groups: list[list[list[int]]] = [[]]
        for row in pool:
            if groups[-1] and len(row) * (len(groups[-1]) + 1) > tokens:
                groups.append([])
            groups[-1].append(row)
        random.shuffle(groups)
        for group in groups:
            yield collate(group, tokenizer.pad_token_id)


def collate(group: list[list[int]], pad_id: int) -> tuple[Any, Any]:
    """Right-padded ids and labels."""
    import torch

    width = max(map(len, group))
    ids = torch.tensor([row + [pad_id] * (width - len(row)) for row in group])
    labels = torch.tensor([row + [-100] * (width - len(row)) for row in group])
    return ids, labels
