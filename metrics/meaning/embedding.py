"""Embedding similarity and BERTScore with a local encoder; both are fooled by negation, so read the rows too."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from metrics.errors import require
from metrics.meaning.encoder import Encoder
from metrics.score import Score
from metrics.signature import signature
from metrics.statistics import DEFAULT_RESAMPLES, DEFAULT_SEED, mean_statistics
from metrics.texts import References, check_pairs, input_warnings


def embedding_similarity(
    hypotheses: Sequence[str],
    references: References,
    encoder: Encoder | str | Path,
    *,
    resamples: int = DEFAULT_RESAMPLES,
    seed: int = DEFAULT_SEED,
) -> Score:
    """Mean cosine of sentence embeddings (mean pooling), -1 to 1; a row with several references takes the best.

    Raises:
        MetricError: ``no-encoder``, or see :func:`metrics.texts.check_pairs`.
    """
    hyps, refs = check_pairs(hypotheses, references)
    require("torch", "embedding similarity")
    model = encoder if isinstance(encoder, Encoder) else Encoder(encoder)
    flat = [ref for row in refs for ref in row]
    vectors = model.sentences([*hyps, *flat])
    values = []
    position = len(hyps)
    for i, row in enumerate(refs):
        values.append(float((vectors[position : position + len(row)] @ vectors[i]).max()))
        position += len(row)
    made = signature(
        "embedding_cosine",
        libraries=("transformers",),
        encoder=model.name,
        pooling="mean",
        layer=model.layer,
        max_length=model.max_length,
        refs=max(map(len, refs)),
    )
    warnings = input_warnings(hyps) + model.warnings([*hyps, *flat])
    return mean_statistics("embedding_cosine", values, made, scale="ratio", warnings=warnings).score(
        resamples=resamples, seed=seed
    )


def bertscore(
    hypotheses: Sequence[str],
    references: References,
    encoder: Encoder | str | Path,
    *,
    idf: bool = False,
    resamples: int = DEFAULT_RESAMPLES,
    seed: int = DEFAULT_SEED,
) -> Score:
    """Mean BERTScore F1 (Zhang et al., 2020): greedy matching of token embeddings, not rescaled.

    Without the baseline rescaling of the bert-score package values crowd near the top; compare them only
    under one encoder and layer, both of which are in the signature.

    Args:
        hypotheses: one output a row.
        references: one reference a row, or a list a row (best F1 counts).
        encoder: a loaded :class:`Encoder`, a folder, or a cached hub id.
        idf: weight tokens by rarity among these references.
        resamples: bootstrap resamples; 0 leaves the interval out.
        seed: of the resampling.

    Raises:
        MetricError: ``no-encoder``, or see :func:`metrics.texts.check_pairs`.
    """
    hyps, refs = check_pairs(hypotheses, references)
    torch = require("torch", "BERTScore")
    model = encoder if isinstance(encoder, Encoder) else Encoder(encoder)
    flat = [ref for row in refs for ref in row]
    embedded = [
        (torch.nn.functional.normalize(vectors, dim=-1), ids) for vectors, ids in model.tokens([*hyps, *flat])
    ]
    weight = _idf([ids for _, ids in embedded[len(hyps) :]]) if idf else {}
    rows = []
    position = len(hyps)
    for i, row in enumerate(refs):
        several = embedded[position : position + len(row)]
        rows.append(
            max((_matched(embedded[i], ref, weight, torch) for ref in several), key=lambda prf: prf[2])
        )
        position += len(row)
    made = signature(
        "bertscore_f1",
        libraries=("transformers",),
        encoder=model.name,
        layer=model.layer,
        idf=idf,
        rescaled=False,
        max_length=model.max_length,
        refs=max(map(len, refs)),
    )
    return mean_statistics(
        "bertscore_f1",
        [f for _, _, f in rows],
        made,
        scale="ratio",
        parts={
            "precision": math.fsum(p for p, _, _ in rows) / len(rows),
            "recall": math.fsum(r for _, r, _ in rows) / len(rows),
        },
        warnings=input_warnings(hyps) + model.warnings([*hyps, *flat]),
    ).score(resamples=resamples, seed=seed)


def _matched(
    hyp: tuple[Any, list[int]], ref: tuple[Any, list[int]], weight: dict[int, float], torch: Any
) -> tuple[float, float, float]:
    """Precision, recall and F1 of one pair; an empty side matches nothing."""
    if not hyp[1] or not ref[1]:
        return 0.0, 0.0, 0.0
    cosines = hyp[0] @ ref[0].T
    precision = _weighted(cosines.max(dim=1).values, hyp[1], weight, torch)
    recall = _weighted(cosines.max(dim=0).values, ref[1], weight, torch)
    both = precision + recall
    return precision, recall, 2 * precision * recall / both if both > 0 else 0.0


def _weighted(best: Any, ids: list[int], weight: dict[int, float], torch: Any) -> float:
    if not weight:
        return float(best.mean())
    default = max(weight.values())
    weights = torch.tensor([weight.get(token, default) for token in ids])
    total = float(weights.sum())
    return float((best * weights).sum()) / total if total > 0 else float(best.mean())


def _idf(documents: list[list[int]]) -> dict[int, float]:
    seen: Counter[int] = Counter()
    for document in documents:
        seen.update(set(document))
    return {token: math.log((len(documents) + 1) / (count + 1)) for token, count in seen.items()}
