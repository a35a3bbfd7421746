"""Human ratings: a stratified, blinded sheet for each rater out, choices back in, preference with interval.

Blinding means that the sheet says "left" and "right" and the key that says who is who is another file,
that sides are balanced over items, and that every rater gets their own order.
"""

from __future__ import annotations

import csv
import io
import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from metrics.classification.agreement import fleiss_kappa
from metrics.clean import clean
from metrics.comparing.proportions import sign_test
from metrics.errors import MetricError
from metrics.intervals import wilson
from metrics.score import Interval, Score

COLUMNS = ("item", "prompt", "left", "right", "choice", "comment")
CHOICES = ("left", "right", "tie")


class Candidate(msgspec.Struct, frozen=True):
    """One prompt with both systems' outputs; ``stratum`` is what the sample must cover (task, language)."""

    id: str
    prompt: str
    a: str
    b: str
    stratum: str = ""


class RatingPlan(msgspec.Struct, frozen=True):
    """Who rates what, and on which side each system stands.

    ``sheets`` maps a rater to item numbers in their order; ``shared`` are the items that all raters rate,
    for agreement; ``a_is_left`` is the key, which no rater sees.
    """

    items: dict[str, Candidate]
    sheets: dict[str, tuple[str, ...]]
    shared: tuple[str, ...]
    a_is_left: dict[str, bool]
    strata: dict[str, int]
    seed: int


class Preference(msgspec.Struct, frozen=True):
    """What the raters said. ``share_b`` is B's share of decided items, ``p_value`` a sign test over items."""

    prefer_a: int
    prefer_b: int
    ties: int
    share_b: float
    interval: Interval
    p_value: float
    agreement: Score | None
    warnings: tuple[str, ...] = ()


def plan_ratings(
    candidates: Sequence[Candidate], n: int, raters: Sequence[str], *, shared: int = 20, seed: int
) -> RatingPlan:
    """Draw ``n`` items stratified in proportion (at least one a stratum), share some, deal out the rest.

    Args:
        candidates: all rows that could be rated.
        n: items in all.
        raters: names or numbers of the raters.
        shared: items that every rater gets.
        seed: of the draw, the sides and the orders.

    Raises:
        MetricError: ``too-few`` candidates, raters or items for the plan, ``duplicate`` ids.
    """
    if len({candidate.id for candidate in candidates}) != len(candidates):
        raise MetricError("duplicate", "two candidates have the same id", "Give every row its own id")
    strata: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        strata[candidate.stratum].append(candidate)
    if not raters or len(set(raters)) != len(raters):
        raise MetricError("too-few", "the plan needs at least one rater, each named once")
    if not len(strata) <= n <= len(candidates) or not 0 <= shared <= n:
        raise MetricError(
            "too-few",
            f"{n} items of {len(candidates)} in {len(strata)} strata, {shared} shared, cannot be drawn",
            "Take at least one item a stratum, at most all, and share at most n",
        )
    rng = random.Random(seed)
    quota = _quota({name: len(rows) for name, rows in sorted(strata.items())}, n)
    drawn = [row for name in sorted(strata) for row in rng.sample(strata[name], quota[name])]
    rng.shuffle(drawn)
    items = {f"item-{number:04d}": row for number, row in enumerate(drawn, 1)}
    names = list(items)
    sides = [k % 2 == 0 for k in range(len(names))]
    rng.shuffle(sides)
    common, rest = names[:shared], names[shared:]
    sheets = {}
    for k, rater in enumerate(raters):
        own = [*common, *rest[k :: len(raters)]]
        rng.shuffle(own)
        sheets[rater] = tuple(own)
    return RatingPlan(items, sheets, tuple(common), dict(zip(names, sides, strict=True)), quota, seed)


def sheet_csv(plan: RatingPlan, rater: str) -> str:
    """The CSV that one rater fills in: ``choice`` is left, right or tie.

    Cells that a spreadsheet would run as a formula get an apostrophe before them.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for name in plan.sheets[rater]:
        item = plan.items[name]
        left, right = (item.a, item.b) if plan.a_is_left[name] else (item.b, item.a)
        writer.writerow([name, *(_cell(text) for text in (item.prompt, left, right)), "", ""])
    return out.getvalue()


def read_sheet(text: str, where: str = "sheet") -> dict[str, str]:
    """Choices by item from a filled-in sheet; items without a choice are left out.

    Raises:
        MetricError: ``bad-sheet`` with the line, for an unknown choice, a missing column or an item twice.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    missing = {"item", "choice"} - set(reader.fieldnames or ())
    if missing:
        raise MetricError(
            "bad-sheet", f"{where} has no column {', '.join(sorted(missing))}", "Keep the header row"
        )
    choices: dict[str, str] = {}
    for row in reader:
        item, choice = (row["item"] or "").strip(), (row["choice"] or "").strip().lower()
        if not item or not choice:
            continue
        if item in choices:
            raise MetricError("bad-sheet", f"{where}, line {reader.line_num}: {item} occurs twice")
        if choice not in CHOICES:
            raise MetricError(
                "bad-sheet", f"{where}, line {reader.line_num}: {choice!r}", "Write left, right or tie"
            )
        choices[item] = choice
    return choices


def preference(plan: RatingPlan, filled: Mapping[str, Mapping[str, str]]) -> Preference:
    """Unblind the sheets and say which system people prefer.

    An item counts once: by the majority of its raters, a draw among them being a tie.

    Args:
        plan: the plan the sheets came from.
        filled: rater -> item -> left, right or tie.

    Raises:
        MetricError: ``bad-sheet`` for an item that is not in the plan, ``empty`` where nothing was rated.
    """
    votes: dict[str, list[str]] = defaultdict(list)
    for rater, choices in filled.items():
        for name, choice in choices.items():
            if name not in plan.items:
                raise MetricError(
                    "bad-sheet", f"{rater} rated {name}, which is not in the plan", "Check the key file"
                )
            left = "a" if plan.a_is_left[name] else "b"
            votes[name].append("tie" if choice == "tie" else left if choice == "left" else "ba"[left == "b"])
    if not votes:
        raise MetricError("empty", "no item was rated")
    verdicts = Counter(_majority(cast) for cast in votes.values())
    decided = verdicts["a"] + verdicts["b"]
    complete = [votes[name] for name in plan.shared if len(votes.get(name, ())) == len(filled)]
    warnings = []
    agreement = None
    if len(filled) > 1 and len(complete) > 1:
        try:
            agreement = fleiss_kappa(complete)
        except MetricError as error:
            if error.code != "kappa-undefined":
                raise
            warnings.append(error.message)
    elif len(filled) > 1:
        warnings.append("too few items were rated by everyone: agreement is unknown")
    if decided < 30:
        warnings.append(f"few decided items ({decided}): the interval is wide")
    if decided == 0:
        raise MetricError(
            "empty", "every item is a tie: nobody preferred either", "Rate more items, or stop here"
        )
    return Preference(
        prefer_a=verdicts["a"],
        prefer_b=verdicts["b"],
        ties=verdicts["tie"],
        share_b=verdicts["b"] / decided,
        interval=wilson(verdicts["b"], decided),
        p_value=sign_test(verdicts["a"], verdicts["b"]),
        agreement=agreement,
        warnings=tuple(warnings),
    )


def _majority(votes: Sequence[str]) -> str:
    counts = Counter(votes)
    if counts["a"] == counts["b"]:
        return "tie"
    best = "a" if counts["a"] > counts["b"] else "b"
    return best if counts[best] >= counts["tie"] else "tie"


def _quota(sizes: Mapping[str, int], n: int) -> dict[str, int]:
    """Seats by Sainte-Laguë (1910): one a stratum first, then each to the one most under its share."""
    quota = dict.fromkeys(sizes, 1)
    for _ in range(n - len(sizes)):
        free = [name for name in sizes if quota[name] < sizes[name]]
        quota[max(free, key=lambda name: sizes[name] / (2 * quota[name] + 1))] += 1
    return quota


def _cell(text: str) -> str:
    shown = clean(text)
    return f"'{shown}" if shown[:1] in {"=", "+", "-", "@", "\t", "\r"} else shown
