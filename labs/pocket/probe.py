"""What the model can do before any tuning: exact answers to documents of its own corpus that it has not read."""

from collections import defaultdict
from random import Random
from typing import Any

from labs.pocket.architecture import CONTEXT
from labs.pocket.batches import ANSWER, encoded
from labs.pocket.corpus.documents import Document
from labs.pocket.corpus.mixture import documents
from labs.pocket.tokenizer import SPECIAL

PROBE_SEED = 770_077
EACH = 60
SPAN = 32  # tokens of the random sequence to be repeated


def unseen(seed: int = PROBE_SEED, each: int = EACH) -> dict[str, list[Document]]:
    """`each` conversations of every kind that ends in an answer, by kind."""
    found: dict[str, list[Document]] = defaultdict(list)
    for count, document in enumerate(documents(seed), start=1):
        if document.turns and len(found[document.family]) < each:
            found[document.family].append(document)
        if count >= each * 100:
            break
    return dict(found)


def exact_answers(model: Any, tokenizer: Any, family: list[Document]) -> float:
    """Share of the last answers that greedy decoding would give to the last token, the end included.

    Greedy decoding gives exactly the reference when the most likely token is the right one at each of its places, so
    one forward pass over prompt and reference decides it.
    """
    import torch

    right, asked = 0, 0
    with torch.no_grad():
        for document in family:
            ids, weights = encoded(tokenizer, document)
            if len(ids) > CONTEXT:
                continue
            start = max(place for place, weight in enumerate(weights) if weight < ANSWER) + 1
            best = model(input_ids=torch.tensor([ids])).logits[0, start - 1 : -1].argmax(-1)
            right += best.tolist() == ids[start:]
            asked += 1
    return right / asked


def copies_anything(model: Any, size: int) -> float:
    """Share of tokens repeated rightly when a random sequence comes a second time."""
    import torch

    random = Random(PROBE_SEED)
    spans = [random.choices(range(len(SPECIAL), size), k=SPAN) for _ in range(16)]
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([span + span for span in spans])).logits
    best, right = logits[:, SPAN:-1].argmax(-1), torch.tensor(spans)[:, 1:]
    return float((best == right).float().mean())


def probe(model: Any, tokenizer: Any) -> dict[str, float]:
    """Share of exact answers by kind of document, best first, then the share of random tokens repeated."""
    model.eval()
    shares = {family: exact_answers(model, tokenizer, some) for family, some in unseen().items()}
    ordered = dict(sorted(shares.items(), key=lambda item: -item[1]))
    return {**ordered, "random tokens": copies_anything(model, len(tokenizer))}
