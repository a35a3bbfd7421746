"""Is the output JSON, and are its fields right: strict parsing, then precision and recall over leaves."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from metrics.errors import MetricError
from metrics.intervals import wilson
from metrics.score import Score
from metrics.signature import signature
from metrics.statistics import DEFAULT_RESAMPLES, DEFAULT_SEED, RowStatistics
from metrics.texts import References, check_pairs, check_texts, input_warnings

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

MAX_DEPTH = 200
"""Nesting that is still data. Deeper text is an attack or a loop, and Python's parser would overflow."""

_FENCE = re.compile(r"\A\s*```(?:json|JSON)?\s*\n(.*?)\n?\s*```\s*\Z", re.DOTALL)


class _NotStrictError(ValueError):
    """JSON that Python reads and the standard does not allow."""


def parse_json(text: str, *, allow_fence: bool = False) -> Any:
    """Parse strictly by RFC 8259: no NaN or Infinity, no key twice, no trailing text, at most 200 levels.

    Raises:
        ValueError: with the reason; never RecursionError.
    """
    if allow_fence and (fenced := _FENCE.match(text)):
        text = fenced.group(1)
    if _depth(text) > MAX_DEPTH:
        raise _NotStrictError(f"nested deeper than {MAX_DEPTH} levels")
    return json.loads(text, object_pairs_hook=_unique_keys, parse_constant=_no_constant)


def json_validity(
    texts: Sequence[str], *, require: type | tuple[type, ...] | None = dict, allow_fence: bool = False
) -> Score:
    """Fraction of texts that are strict JSON, 0-1, with Wilson's interval.

    Args:
        texts: model outputs.
        require: the type at the top: ``dict`` (an object) by default; None accepts any value.
        allow_fence: accept one Markdown code fence around it. Off: the next program would not.

    Raises:
        MetricError: see :func:`metrics.texts.check_texts`.
    """
    checked = check_texts(texts)
    valid = sum(1 for text in checked if _is_valid(text, require, allow_fence))
    shown = "any" if require is None else "+".join(t.__name__ for t in _as_tuple(require))
    return Score(
        name="json_validity",
        value=valid / len(checked),
        scale="0-1",
        n=len(checked),
        signature=signature("json_validity", strict="rfc8259", top=shown, fence=allow_fence),
        interval=wilson(valid, len(checked)),
        parts={"valid": float(valid)},
        warnings=input_warnings(checked, "texts"),
    )


def json_field_f1(
    hypotheses: Sequence[str],
    references: References,
    *,
    allow_fence: bool = False,
    resamples: int = DEFAULT_RESAMPLES,
    seed: int = DEFAULT_SEED,
) -> Score:
    """Micro F1 over fields, 0-1: a field is a path with its exact value, and list items have no order.

    An output that is not JSON has no fields, so all fields of its reference are missed.

    Args:
        hypotheses: model outputs.
        references: JSON texts, one a row.
        allow_fence: accept a Markdown code fence around a hypothesis.
        resamples: bootstrap resamples for the interval; 0 leaves it out.
        seed: of the resampling.

    Raises:
        MetricError: ``reference-not-json`` or see :func:`metrics.texts.check_pairs`.
    """
    return json_field_statistics(hypotheses, references, allow_fence=allow_fence).score(
        resamples=resamples, seed=seed
    )


def json_field_statistics(
    hypotheses: Sequence[str], references: References, *, allow_fence: bool = False
) -> RowStatistics:
    """(matched, predicted, expected) fields a row."""
    hyps, refs = check_pairs(hypotheses, references)
    rows = []
    invalid = 0
    for row, (hyp, several) in enumerate(zip(hyps, refs, strict=True)):
        try:
            expected = leaves(parse_json(several[0]))
        except ValueError as error:
            raise MetricError(
                "reference-not-json", f"reference {row + 1} is not JSON: {error}", "Repair the reference", row
            ) from error
        try:
            predicted = leaves(parse_json(hyp, allow_fence=allow_fence))
        except ValueError:
            invalid += 1
            predicted = Counter()
        rows.append(((predicted & expected).total(), predicted.total(), expected.total()))
    matched, n_predicted, n_expected = (sum(column) for column in zip(*rows, strict=True))
    warnings = list(input_warnings(hyps))
    if invalid:
        warnings.append(f"{invalid} of {len(hyps)} outputs are not JSON and count as empty")
    return RowStatistics(
        "json_field_f1",
        "0-1",
        signature("json_field_f1", average="micro", lists="unordered", values="exact", fence=allow_fence),
        rows,
        lambda sums: 2 * sums[0] / (sums[1] + sums[2]) if sums[1] + sums[2] else 0.0,
        _f1_of,
        parts={
            "precision": matched / n_predicted if n_predicted else 0.0,
            "recall": matched / n_expected if n_expected else 0.0,
            "invalid": float(invalid),
        },
        warnings=tuple(warnings),
    )


def leaves(value: Any) -> Counter[tuple[tuple[str, ...], str]]:
    """Every scalar with its path; list positions become ``[]``, and 1, 1.0 and true stay three things."""
    found: Counter[tuple[tuple[str, ...], str]] = Counter()
    stack: list[tuple[tuple[str, ...], Any]] = [((), value)]
    while stack:
        path, item = stack.pop()
        if isinstance(item, dict) and item:
            stack.extend(((*path, f".{key}"), inner) for key, inner in item.items())
        elif isinstance(item, list) and item:
            stack.extend(((*path, "[]"), inner) for inner in item)
        else:
            found[path, json.dumps(item, ensure_ascii=False)] += 1
    return found


def _is_valid(text: str, require: type | tuple[type, ...] | None, allow_fence: bool) -> bool:
    try:
        value = parse_json(text, allow_fence=allow_fence)
    except ValueError:
        return False
    return require is None or isinstance(value, require)


def _as_tuple(types: type | tuple[type, ...]) -> tuple[type, ...]:
    return types if isinstance(types, tuple) else (types,)


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _NotStrictError("a key occurs twice")
    return made


def _no_constant(name: str) -> Any:
    raise _NotStrictError(f"{name} is not JSON")


def _depth(text: str) -> int:
    """Deepest nesting of brackets outside strings."""
    depth = deepest = 0
    for match in re.finditer(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', text, re.DOTALL):
        character = match.group()
        if character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest


def _f1_of(sums: Array) -> Array:
    import numpy as np

    below = sums[:, 1] + sums[:, 2]
    values: Array = np.divide(2 * sums[:, 0], below, out=np.zeros(len(sums)), where=below > 0)
    return values
