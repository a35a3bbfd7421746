"""Whether hidden rows reached somebody: training rows close to the hidden set, and public scores unlike hidden ones.

Evidence for a person, never a deduction.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from labs.data.leakage import Leak, LeakOptions, find_leaks
from labs.grading.evidence import Evidence
from metrics.score import Score

HIDDEN = "hidden"
_SPREADS = 3.5
"""So many robust standard deviations from the class's median gap stand out (Iglewicz and Hoaglin 1993)."""


class CloseRows(msgspec.Struct, frozen=True, kw_only=True):
    """One file that students train on or are tested with, beside the hidden set."""

    file: str
    rows: int
    hidden_rows: int
    counts: dict[str, int]
    """Rows that give a hidden one away, by kind (labs.data.leakage), the surest kind each."""
    examples: tuple[Leak, ...]


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """Public minus hidden of one metric of one submission, so turned that positive means better in public."""

    student: str
    digest: str
    metric: str
    public: float
    hidden: float
    gap: float
    median: float
    """Of the class."""
    kind: Literal["public", "hidden", ""]
    """``public``: far better in public than the class is: public test rows were learnt. ``hidden``: far better on hidden
    rows than the class is: they were known. Empty: as the others."""
    apart: bool
    """Whether the two intervals do not touch."""


class LeakageReport(msgspec.Struct, frozen=True, kw_only=True):
    """``leakage.json``."""

    format_version: Literal[1] = 1
    files: tuple[CloseRows, ...] = ()
    gaps: tuple[Gap, ...] = ()
    base_gaps: dict[str, float] = {}
    """The untuned base model's own gap by metric: how much harder the hidden set is."""

    @property
    def suspicious(self) -> tuple[Gap, ...]:
        """Those that stand out."""
        return tuple(gap for gap in self.gaps if gap.kind)


def find_leakage(
    evidence: Sequence[Evidence], files: Mapping[str, Path] | None = None, hidden: Path | None = None
) -> LeakageReport:
    """Compare files with the hidden set, and every submission's public scores with its hidden ones.

    Args:
        files: what students could train on, by name: the lab's training rows, and rows of their own where known.
        hidden: the hidden set's file; None: there is none.

    Raises:
        DataError: a file cannot be read.
    """
    close = []
    if hidden is not None:
        options = LeakOptions(templates=False, keep=5)  # what counts here is the text of a row
        for name, path in sorted((files or {}).items()):
            found = find_leaks({name: path, HIDDEN: hidden}, options)
            close.append(
                CloseRows(
                    file=name,
                    rows=found.rows[name],
                    hidden_rows=found.rows[HIDDEN],
                    counts=dict(sorted(found.counts[f"{name} > {HIDDEN}"].items())),
                    examples=found.pairs,
                )
            )
    gaps, base = _gaps(evidence)
    return LeakageReport(files=tuple(close), gaps=gaps, base_gaps=base)


def _gaps(evidence: Sequence[Evidence]) -> tuple[tuple[Gap, ...], dict[str, float]]:
    by_metric: dict[str, list[tuple[Evidence, Score, Score]]] = {}
    base: dict[str, float] = {}
    for one in sorted(evidence, key=lambda one: (one.student, one.digest)):
        open_tier, hidden_tier = one.tiers.get("public"), one.tiers.get("hidden")
        if open_tier is None or hidden_tier is None:
            continue
        for metric in sorted(open_tier.scores.keys() & hidden_tier.scores.keys()):
            pair = (one, open_tier.scores[metric], hidden_tier.scores[metric])
            by_metric.setdefault(metric, []).append(pair)
        for metric in open_tier.base_scores.keys() & hidden_tier.base_scores.keys():
            base[metric] = round(gap_of(open_tier.base_scores[metric], hidden_tier.base_scores[metric]), 4)
    gaps = []
    for metric, rows in sorted(by_metric.items()):
        values = [gap_of(in_public, in_hidden) for _, in_public, in_hidden in rows]
        median = statistics.median(values)
        # 1.4826 MAD estimates a normal's standard deviation; never finer than the gap's own sampling error.
        spread = 1.4826 * statistics.median(abs(value - median) for value in values)
        for (one, public, hidden), value in zip(rows, values, strict=True):
            error = (_half(public) + _half(hidden)) / 1.96
            stands_out = len(rows) >= 4 and abs(value - median) > _SPREADS * max(spread, error, 1e-9)
            gaps.append(
                Gap(
                    student=one.student, digest=one.digest, metric=metric, public=public.value, hidden=hidden.value,
                    gap=round(value, 4), median=round(median, 4),
                    kind=("public" if value > median else "hidden") if stands_out else "", apart=_apart(public, hidden),
                )
            )  # fmt: skip
    return tuple(gaps), dict(sorted(base.items()))


def gap_of(public: Score, hidden: Score) -> float:
    """Public minus hidden, turned so that positive is better in public; perplexities as the log of their ratio."""
    if public.scale == "perplexity":
        return math.log(hidden.value / public.value) if min(hidden.value, public.value) > 0 else 0.0
    return public.value - hidden.value


def _half(score: Score) -> float:
    """Half the interval's width, on the scale of ``gap_of``; 0 where there is none."""
    if score.interval is None:
        return 0.0
    low, high = score.interval.low, score.interval.high
    if score.scale == "perplexity":
        return math.log(high / low) / 2 if 0 < low <= high else 0.0
    return (high - low) / 2


def _apart(public: Score, hidden: Score) -> bool:
    if public.interval is None or hidden.interval is None:
        return False
    return public.interval.low > hidden.interval.high or hidden.interval.low > public.interval.high
