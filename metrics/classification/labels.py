"""Accuracy, precision, recall and F1 with the baselines that say whether they mean anything.

Values are scikit-learn's (``zero_division=0``, said in a warning where it happens). Intervals resample the
confusion matrix: drawing rows with replacement is drawing its cells from a multinomial.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from metrics.errors import MetricError, require
from metrics.score import Interval, Score
from metrics.signature import signature
from metrics.statistics import DEFAULT_RESAMPLES, DEFAULT_SEED
from metrics.texts import check_text

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

UNKNOWN = "(other)"
"""Where an output that is none of the labels is counted: a wrong answer, not a dropped row."""


class ConfusionMatrix(msgspec.Struct, frozen=True):
    """Counts by true label (row) and predicted label (column)."""

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


class Classification(msgspec.Struct, frozen=True):
    """Everything one table of labels says.

    ``scores`` holds accuracy, ``{precision,recall,f1}_{macro,micro,weighted}`` and ``majority_baseline``,
    the accuracy of always answering the commonest true label; ``per_class`` holds precision, recall, F1
    and support a label.
    """

    scores: dict[str, Score]
    per_class: dict[str, dict[str, float]]
    confusion: ConfusionMatrix


def classification(
    predictions: Sequence[str],
    references: Sequence[str],
    *,
    labels: Sequence[str] | None = None,
    resamples: int = DEFAULT_RESAMPLES,
    seed: int = DEFAULT_SEED,
) -> Classification:
    """Score predicted labels against true ones.

    Args:
        predictions: one label a row; what is not in ``labels`` counts as ``(other)``.
        references: the true labels.
        labels: the closed set; default: those that occur in ``references``.
        resamples: bootstrap resamples; 0 leaves intervals out.
        seed: of the resampling.

    Raises:
        MetricError: ``empty``, ``lengths-differ``, ``not-text``, ``unknown-label`` for a reference outside ``labels``.
    """
    predicted = check_labels(predictions, "prediction")
    true = check_labels(references, "reference")
    if len(predicted) != len(true):
        raise MetricError("lengths-differ", f"{len(predicted)} predictions but {len(true)} references")
    names = sorted(set(true)) if labels is None else list(dict.fromkeys(labels))
    for row, label in enumerate(true):
        if label not in set(names):
            raise MetricError(
                "unknown-label", f"reference {row + 1} is {label!r}, not one of the labels", "", row
            )
    outside = [label for label in predicted if label not in set(names)]
    predicted = [label if label in set(names) else UNKNOWN for label in predicted]
    columns = [*names, UNKNOWN] if outside else names
    sk = require("sklearn.metrics", "classification")
    matrix = sk.confusion_matrix(true, predicted, labels=columns)
    warnings = [f"few rows ({len(true)}): the interval is wide"] if len(true) < 30 else []
    if outside:
        warnings.append(f"{len(outside)} predictions are none of the labels and count as wrong")
    never = [name for name in names if name not in set(predicted)]
    if never:
        warnings.append(f"never predicted, so precision is 0 by convention: {', '.join(never)}")
    intervals = _intervals(matrix, len(names), resamples, seed) if resamples > 0 and len(true) > 1 else {}
    scores = {}
    _commonest, count = Counter(true).most_common(1)[0]
    values: dict[str, float] = {"accuracy": float(sk.accuracy_score(true, predicted))}
    for average in ("macro", "micro", "weighted"):
        p, r, f, _ = sk.precision_recall_fscore_support(
            true, predicted, labels=names, average=average, zero_division=0
        )
        values |= {f"precision_{average}": float(p), f"recall_{average}": float(r), f"f1_{average}": float(f)}
    values["majority_baseline"] = count / len(true)
    for name, value in values.items():
        scores[name] = Score(
            name=name,
            value=value,
            scale="0-1",
            n=len(true),
            signature=signature(
                name,
                libraries=("scikit-learn",),
                labels=len(names),
                zero_division=0,
                outside="wrong",
                bs=resamples if name in intervals else 0,
                seed=seed,
            ),
            interval=intervals.get(name),
            parts={"majority_baseline": values["majority_baseline"]} if name == "accuracy" else {},
            warnings=tuple(warnings),
        )
    precision, recall, f1, support = sk.precision_recall_fscore_support(
        true, predicted, labels=names, average=None, zero_division=0
    )
    per_class = {
        name: {
            "precision": float(precision[i]),
            "recall": float(recall[i]),
            "f1": float(f1[i]),
            "support": float(support[i]),
        }
        for i, name in enumerate(names)
    }
    return Classification(
        scores,
        per_class,
        ConfusionMatrix(tuple(columns), tuple(tuple(int(c) for c in row) for row in matrix)),
    )


def check_labels(labels: Sequence[object], what: str) -> list[str]:
    """Return labels as stripped strings; whole numbers and booleans are labels too, None is not.

    Raises:
        MetricError: ``empty`` or ``not-text``.
    """
    checked = []
    for row, label in enumerate(labels):
        if isinstance(label, bool | int):
            checked.append(str(label))
        else:
            checked.append(check_text(label, what, row).strip())
    if not checked:
        raise MetricError("empty", f"there are no {what}s to score")
    return checked


def _intervals(matrix: Array, n_labels: int, resamples: int, seed: int) -> dict[str, Interval]:
    """Percentile intervals of all averages from multinomial draws of the matrix's cells."""
    import numpy as np

    from metrics.resampling import percentile_interval

    rng = np.random.default_rng(seed)
    cells: Array = np.asarray(matrix, dtype=np.float64)
    n = int(cells.sum())
    drawn = rng.multinomial(n, (cells / n).ravel(), size=resamples).reshape(resamples, *cells.shape)
    right = np.diagonal(drawn, axis1=1, axis2=2)[:, :n_labels].astype(np.float64)
    support = drawn.sum(axis=2)[:, :n_labels].astype(np.float64)
    predicted = drawn.sum(axis=1)[:, :n_labels].astype(np.float64)

    def over(above: Array, below: Array) -> Array:
        ratio: Array = np.divide(above, below, out=np.zeros_like(above), where=below > 0)
        return ratio

    by_class = {
        "precision": over(right, predicted),
        "recall": over(right, support),
        "f1": over(2 * right, predicted + support),
    }
    weights = over(support, support.sum(axis=1, keepdims=True) * np.ones_like(support))
    hits, total_p, total_s = right.sum(axis=1), predicted.sum(axis=1), support.sum(axis=1)
    values = {
        "accuracy": hits / n,
        "precision_micro": over(hits, total_p),
        "recall_micro": over(hits, total_s),
        "f1_micro": over(2 * hits, total_p + total_s),
    }
    for name, array in by_class.items():
        values[f"{name}_macro"] = array.mean(axis=1)
        values[f"{name}_weighted"] = (array * weights).sum(axis=1)
    return {name: percentile_interval(array) for name, array in values.items()}
