"""Check hypotheses and references once, at the border, so that no metric meets a None or a lone surrogate."""

import re
from collections.abc import Sequence

from metrics.errors import MetricError

MAX_CHARACTERS = 200_000
"""Longest text a metric scores. Beyond it n-gram tables need gigabytes: an error is better than a swap storm."""

_SURROGATE = re.compile("[\ud800-\udfff]")

References = Sequence[str] | Sequence[Sequence[str]]
"""One reference a row, or several a row (row-major, unlike sacreBLEU's streams)."""


def check_text(text: object, what: str, row: int) -> str:
    """Return ``text`` if it is a string a metric can score.

    Raises:
        MetricError: ``not-text``, ``surrogate`` or ``too-long``, with the row.
    """
    if not isinstance(text, str):
        shown = "None" if text is None else f"of type {type(text).__name__}"
        raise MetricError(
            "not-text", f"{what} {row + 1} is {shown}, not text", "Pass strings; an empty answer is ''", row
        )
    if len(text) > MAX_CHARACTERS:
        raise MetricError(
            "too-long",
            f"{what} {row + 1} has {len(text):,} characters; the longest text scored is {MAX_CHARACTERS:,}",
            "Cut it, or score it in pieces",
            row,
        )
    if not text.isascii() and _SURROGATE.search(text):
        raise MetricError(
            "surrogate",
            f"{what} {row + 1} holds a lone surrogate, which is not text",
            "Read the file as UTF-8 with errors='strict' and repair the source",
            row,
        )
    return text


def check_texts(texts: Sequence[str], what: str = "text") -> list[str]:
    """Return the texts as a list, each checked; an empty list is an error.

    Raises:
        MetricError: ``empty``, or what :func:`check_text` finds.
    """
    many = f"{what[:-2]}es" if what.endswith("is") else f"{what}s"
    if isinstance(texts, str):
        raise MetricError("not-a-list", f"{many} are one string, not a list of strings", "Wrap it in a list")
    checked = [check_text(text, what, row) for row, text in enumerate(texts)]
    if not checked:
        raise MetricError("empty", f"there are no {many} to score", "An average over nothing has no value")
    return checked


def check_pairs(hypotheses: Sequence[str], references: References) -> tuple[list[str], list[list[str]]]:
    """Return hypotheses and, for each row, its list of references.

    An empty hypothesis is a bad answer and scores as one; an empty reference is a fault of the data and
    raises, because whatever number came out would describe the fault and not the system.

    Raises:
        MetricError: ``empty``, ``lengths-differ``, ``no-reference``, ``empty-reference`` or what
            :func:`check_text` finds.
    """
    hyps = check_texts(hypotheses, "hypothesis")
    if isinstance(references, str):
        raise MetricError(
            "not-a-list", "references are one string, not a list of strings", "Wrap it in a list"
        )
    if len(references) != len(hyps):
        raise MetricError(
            "lengths-differ",
            f"{len(hyps)} hypotheses but {len(references)} references",
            "Each hypothesis needs the reference of its own row",
        )
    rows: list[list[str]] = []
    for row, entry in enumerate(references):
        several = [entry] if isinstance(entry, str) or not isinstance(entry, Sequence) else list(entry)
        if not several:
            raise MetricError(
                "no-reference", f"row {row + 1} has no reference", "Drop the row or add one", row
            )
        for text in several:
            if not check_text(text, "reference", row).strip():
                raise MetricError(
                    "empty-reference",
                    f"reference {row + 1} is empty",
                    "Drop the row or write its reference",
                    row,
                )
        rows.append(several)
    return hyps, rows


def input_warnings(hyps: Sequence[str], what: str = "hypotheses") -> tuple[str, ...]:
    """What a reader of a score should know about the texts it was made from."""
    warnings = []
    if len(hyps) < 30:
        warnings.append(f"few rows ({len(hyps)}): the interval is wide")
    empty = sum(1 for text in hyps if not text.strip())
    if empty:
        warnings.append(f"{empty} of {len(hyps)} {what} are empty")
    return tuple(warnings)
