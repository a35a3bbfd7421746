"""Which submissions look copied: within a class and against past terms. Evidence for a person, never a deduction.

Every measure is shown with its base rate, the values that all pairs of this class have: where everyone trains on the same
rows from the same base, honest runs are alike too.
"""

import statistics
from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from labs.grading.evidence import Evidence
from labs.grading.overlap import (
    Answers,
    Factors,
    Log,
    answers_of,
    factors_of,
    log_of,
    shared_share,
    tensor_digests,
    tensor_pairs,
    update_cosines,
)
from labs.grading.store import GradeStore

Measure = Literal["tensors", "update", "answers", "mistakes", "losses", "times"]
MEASURES: tuple[Measure, ...] = ("tensors", "update", "answers", "mistakes", "losses", "times")
"""Share of identical tensors; cosine of dW = B A; share of identical answers, and of identical mistakes among rows that
both got wrong; share of steps with an identical loss, and with an identical time."""


class CopyOptions(msgspec.Struct, frozen=True, kw_only=True):
    """When a pair is shown to a person."""

    tensors: float = 0.5
    update: float = 0.98
    mistakes: float = 0.9
    losses: float = 0.9
    times: float = 0.5
    least_rows: int = 10
    """Rows that both got wrong, below which identical mistakes say little."""
    least_steps: int = 5
    common: float = 0.5
    """A measure that more than this share of the class's pairs reach is no sign: the lab makes runs alike. ``tensors`` and
    ``times`` always are one: no two runs share them by chance."""


class BaseRate(msgspec.Struct, frozen=True, kw_only=True):
    """What pairs of this class have, 0-1 (``update``: -1 to 1)."""

    pairs: int
    median: float
    p95: float
    highest: float


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One submission of a pair."""

    student: str
    digest: str
    file: str
    term: str = ""
    """Name of a past term's folder; empty: this class."""


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """A pair that a person should look at; ``first`` was received first, or belongs to a past term."""

    first: Side
    second: Side
    signs: tuple[Measure, ...]
    """The measures that stand out."""
    measures: dict[str, float]
    rarity: dict[str, float]
    """By measure: share of the class's pairs that reach at least this value."""
    same_archive: bool = False
    same_weights: bool = False
    """SHA-256 of the canonical tensors is the same."""
    same_seed: bool = False
    """An innocent reason for identical losses and a high cosine: one seed, one lab, one machine type."""


class CopyReport(msgspec.Struct, frozen=True, kw_only=True):
    """``copies.json``."""

    format_version: Literal[1] = 1
    compared: int
    past: int
    base_rates: dict[str, BaseRate]
    pairs: tuple[Copy, ...]


class _Print(msgspec.Struct, frozen=True):
    side: Side
    evidence: Evidence
    tensors: tuple[str, ...]
    answers: Answers
    log: Log
    factors: Factors | None


def find_copies(
    store: GradeStore, evidence: Sequence[Evidence], past: Sequence[GradeStore] = (), options: CopyOptions | None = None
) -> CopyReport:  # fmt: skip
    """Compare every submission that could be parsed with every other, and with those of past terms.

    Submissions of one student are not compared with each other. Takes memory for one module's A and B of all
    submissions at a time, and time that grows with the square of their number (300 of rank 16: half a minute).
    """
    options = options or CopyOptions()
    mine = [_print(store, one, "") for one in _parsed(evidence)]
    old = [_print(term, one, term.folder.name) for term in past for one in _parsed(list(term.all_evidence()))]
    prints = [*mine, *old]
    values = _measure(prints, len(mine), options)
    among_class = {pair: found for pair, found in values.items() if pair[1] < len(mine)}
    spread: dict[str, list[float]] = {
        name: sorted(found[name] for found in among_class.values() if name in found) for name in MEASURES
    }
    pairs = []
    for (at, other), found in sorted(values.items()):
        rarity = {name: _share_from(spread[name], value) for name, value in found.items()}
        signs = _signs(found, rarity, options)
        same_weights = _weights(prints[at]) == _weights(prints[other]) != ""
        if signs or same_weights:
            pairs.append(_copy(prints[at], prints[other], signs, found, rarity, same_weights))
    pairs.sort(key=_weight)
    rates = {name: _rate(values) for name, values in spread.items() if values}
    return CopyReport(compared=len(mine), past=len(old), base_rates=rates, pairs=tuple(pairs))


def _parsed(evidence: Sequence[Evidence]) -> list[Evidence]:
    return [one for one in evidence if one.refused is None and one.adapter is not None]


def _print(store: GradeStore, evidence: Evidence, term: str) -> _Print:
    side = Side(student=evidence.student, digest=evidence.digest, file=evidence.file, term=term)
    return _Print(
        side, evidence, tensor_digests(store, evidence.digest), answers_of(store, evidence.digest),
        log_of(store, evidence.digest), factors_of(store, evidence),
    )  # fmt: skip


def _measure(
    prints: Sequence[_Print], among: int, options: CopyOptions
) -> dict[tuple[int, int], dict[str, float]]:
    """All measures of the pairs of different students, the first of which is one of the first ``among``."""
    found: dict[tuple[int, int], dict[str, float]] = {}
    adapters = [at for at, one in enumerate(prints) if one.factors is not None]
    cosines: Any = None
    if adapters:
        factors = [one.factors for one in prints if one.factors is not None]
        cosines = update_cosines(factors, sum(at < among for at in adapters))
    place = {at: number for number, at in enumerate(adapters)}
    shared = {(a, b): share for a, b, share in tensor_pairs([one.tensors for one in prints])}
    for at in range(among):
        for other in range(at + 1, len(prints)):
            one, two = prints[at], prints[other]
            if other < among and one.side.student and one.side.student == two.side.student:
                continue
            values = {"tensors": shared.get((at, other), 0.0)}
            if at in place and other in place:
                values["update"] = float(cosines[place[at], place[other]])
            for name, first, second, least in (
                ("answers", one.answers.given, two.answers.given, 1),
                ("mistakes", one.answers.mistakes, two.answers.mistakes, options.least_rows),
                ("losses", one.log.losses, two.log.losses, options.least_steps),
                ("times", one.log.times, two.log.times, options.least_steps),
            ):
                share, count = shared_share(first, second)
                if count >= least:
                    values[name] = share
            found[at, other] = {name: round(value, 4) for name, value in values.items()}
    return found


def _signs(found: dict[str, float], rarity: dict[str, float], options: CopyOptions) -> tuple[Measure, ...]:
    signs: list[Measure] = []
    for name in MEASURES:
        limit = getattr(options, name, None)
        if limit is None or found.get(name, 0.0) < limit:
            continue
        if name in ("tensors", "times") or rarity[name] <= options.common:
            signs.append(name)
    return tuple(signs)


def _copy(
    one: _Print, two: _Print, signs: tuple[Measure, ...], found: dict[str, float], rarity: dict[str, float],
    same_weights: bool,
) -> Copy:  # fmt: skip
    def order(side: _Print) -> tuple[bool, Any, str]:
        return (side.side.term == "", side.evidence.received, side.side.digest)

    first, second = sorted((one, two), key=order)
    seeds = [side.evidence.spec.seed if side.evidence.spec else None for side in (one, two)]
    return Copy(
        first=first.side, second=second.side, signs=signs, measures=found, rarity=rarity,
        same_archive=one.side.digest == two.side.digest, same_weights=same_weights,
        same_seed=seeds[0] is not None and seeds[0] == seeds[1],
    )  # fmt: skip


def _weights(one: _Print) -> str:
    return one.evidence.adapter.sha256 if one.evidence.adapter else ""


def _weight(pair: Copy) -> tuple[Any, ...]:
    """The clearest first; ties by name, so that the order is always the same."""
    order = (not pair.same_weights, -len(pair.signs), -pair.measures.get("update", 0.0))
    return (*order, pair.first.term, pair.first.student, pair.second.student, pair.second.digest)


def _rate(values: list[float]) -> BaseRate:
    p95 = values[min(int(0.95 * len(values)), len(values) - 1)]
    return BaseRate(
        pairs=len(values), median=round(statistics.median(values), 4), p95=p95, highest=values[-1]
    )


def _share_from(ordered: list[float], value: float) -> float:
    """Share of the values that are at least ``value``; 0 where there are none."""
    return round((len(ordered) - bisect_left(ordered, value)) / len(ordered), 4) if ordered else 0.0
