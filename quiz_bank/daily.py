"""Day by day: the streak, a year's heat map, and how good the learner's predictions of runs have been."""

from datetime import date, datetime, timedelta
from typing import Literal

import msgspec

from quiz_bank.clock import from_microseconds, to_microseconds
from quiz_bank.store import Store

Verdict = Literal["hit", "near", "miss"]
_MIN_PREDICTIONS = 5


class DayCount(msgspec.Struct, frozen=True):
    """What was done on one study day."""

    day: date
    reviews: int = 0
    new: int = 0
    correct: int = 0
    seconds: float = 0.0


class Streak(msgspec.Struct, frozen=True):
    """Study days in a row."""

    days: int
    """Up to today, or up to yesterday while today is still open."""
    today_done: bool
    longest: int


class Prediction(msgspec.Struct, frozen=True, kw_only=True):
    """One quantity of one run: said, computed, measured."""

    lab: str
    run: str
    quantity: str
    """Id of what was predicted: trainable_parameters, peak_memory, curve ..."""
    unit: str = ""
    said: str
    """As the learner gave it: a number, or a word such as the shape of a curve."""
    formula: str | None = None
    """What the formula gives with the run's own settings."""
    measured: str
    relative_error: float | None = None
    """(said - measured) / measured; None where the quantity is not a number."""
    verdict: Verdict
    card: str | None = None
    """Id of the card that was made of a miss."""
    at: datetime | None = None
    """UTC moment it was stored; set by the store."""


class Calibration(msgspec.Struct, frozen=True):
    """How predictions of one quantity have gone."""

    quantity: str
    n: int
    hits: int
    median_error: float | None
    """Relative, signed: positive for too high; None below five numbers."""
    last_error: float | None


def day_counts(store: Store, now: datetime, days: int = 365) -> list[DayCount]:
    """Every study day up to today, the empty ones too, oldest first: a heat map."""
    today = store.days.day_of(now)
    first = today - timedelta(days=days - 1)
    rows = store.rows(
        "SELECT day, reviews, new, correct, seconds FROM day WHERE day BETWEEN ? AND ?",
        (first.toordinal(), today.toordinal()),
    )
    done = {int(str(row[0])): row for row in rows}
    counts = []
    for ordinal in range(first.toordinal(), today.toordinal() + 1):
        _, reviews, new, correct, seconds = done.get(ordinal, (ordinal, 0, 0, 0, 0.0))
        counts.append(
            DayCount(
                date.fromordinal(ordinal),
                int(str(reviews)),
                int(str(new)),
                int(str(correct)),
                float(str(seconds)),
            )
        )
    return counts


def streak(store: Store, now: datetime) -> Streak:
    """Study days in a row with at least one answer."""
    rows = store.rows("SELECT day FROM day WHERE reviews > 0 OR attempts > 0 ORDER BY day")
    days = {int(str(row[0])) for row in rows}
    today = store.days.day_of(now).toordinal()
    longest = run = 0
    for day in sorted(days):
        run = run + 1 if day - 1 in days else 1
        longest = max(longest, run)
    current, day = 0, today if today in days else today - 1
    while day in days:
        current, day = current + 1, day - 1
    return Streak(current, today in days, longest)


def keep_prediction(store: Store, prediction: Prediction, now: datetime) -> None:
    """Store what was said and what was measured; the same quantity of the same run is replaced."""
    with store.transaction() as db:
        db.execute(
            "INSERT OR REPLACE INTO prediction(at, lab, run, quantity, unit, said, formula, measured, "
            "relative_error, verdict, card) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                to_microseconds(now),
                prediction.lab,
                prediction.run,
                prediction.quantity,
                prediction.unit,
                prediction.said,
                prediction.formula,
                prediction.measured,
                prediction.relative_error,
                prediction.verdict,
                prediction.card,
            ),
        )


def predictions(store: Store, *, run: str | None = None, quantity: str | None = None) -> list[Prediction]:
    """Predictions in the order they were stored, of one run or one quantity if named."""
    wanted = [("run", run), ("quantity", quantity)]
    where = " AND ".join(f"{name} = ?" for name, value in wanted if value is not None) or "1"
    rows = store.rows(
        "SELECT at, lab, run, quantity, unit, said, formula, measured, relative_error, verdict, card "
        f"FROM prediction WHERE {where} ORDER BY id",
        [value for _, value in wanted if value is not None],
    )
    names = (
        "lab",
        "run",
        "quantity",
        "unit",
        "said",
        "formula",
        "measured",
        "relative_error",
        "verdict",
        "card",
    )
    return [
        msgspec.convert(
            {**dict(zip(names, row[1:], strict=True)), "at": from_microseconds(int(str(row[0])))}, Prediction
        )
        for row in rows
    ]


def calibration(store: Store) -> list[Calibration]:
    """How the learner's predictions have gone, by quantity; the most predicted first."""
    by_quantity: dict[str, list[Prediction]] = {}
    for prediction in predictions(store):
        by_quantity.setdefault(prediction.quantity, []).append(prediction)
    found = []
    for quantity, made in by_quantity.items():
        errors = [one.relative_error for one in made if one.relative_error is not None]
        ordered = sorted(errors)
        found.append(
            Calibration(
                quantity,
                len(made),
                sum(one.verdict == "hit" for one in made),
                ordered[len(ordered) // 2] if len(ordered) >= _MIN_PREDICTIONS else None,
                errors[-1] if errors else None,
            )
        )
    return sorted(found, key=lambda one: (-one.n, one.quantity))
