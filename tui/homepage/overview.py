"""What stands behind the next step: readiness by topic, streak, the year's days, labs done. Read in a thread."""

from datetime import datetime
from pathlib import Path

import msgspec

from quiz_bank.blueprints import Blueprint
from quiz_bank.clock import exam_moment
from quiz_bank.daily import Calibration, DayCount, Streak, calibration, day_counts, streak
from quiz_bank.plan import Plan
from quiz_bank.readiness import Readiness, readiness, topic_shares
from tui.learner import Learner
from tui.sessions.day_plan import plan_of

MISSED_BY = 0.1
"""A prediction this far off (relative) is worth a word on Home."""


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """Everything quiet on Home."""

    readiness: Readiness | None
    streak: Streak
    days: tuple[DayCount, ...]
    labs_done: int
    labs: int
    plan: Plan | None
    """Every day until the exam; None without one to come."""
    missed: Calibration | None
    """The quantity whose last prediction was furthest off."""


def overview(learner: Learner, now: datetime, labs_home: Path, catalog: Path | None = None) -> Overview:
    """Read it all; takes milliseconds with a few items, a second with a hundred thousand."""
    day = learner.settings.exam_date
    at = exam_moment(day, learner.store.days.zone) if day is not None else now
    blueprint = blueprint_of(learner)
    ready = None
    if blueprint is not None:
        shares = topic_shares(blueprint)
        ready = readiness(learner.store, at=max(at, now), shares=shares, scheduler=learner.scheduler, now=now)
    done, labs = labs_standing(labs_home, catalog)
    misses = [
        one
        for one in calibration(learner.store)
        if one.last_error is not None and abs(one.last_error) > MISSED_BY
    ]
    return Overview(
        readiness=ready,
        streak=streak(learner.store, now),
        days=tuple(day_counts(learner.store, now)),
        labs_done=done,
        labs=labs,
        plan=plan_of(learner, now),
        missed=max(misses, key=lambda one: abs(one.last_error or 0.0), default=None),
    )


def blueprint_of(learner: Learner) -> Blueprint | None:
    """The exam whose shares weigh the topics: the learner's choice, or the bank's first."""
    prints = learner.bank.blueprints
    return prints.get(learner.settings.blueprint or "") or next(iter(prints.values()), None)


def labs_standing(labs_home: Path, catalog: Path | None = None) -> tuple[int, int]:
    """``(done, all)`` labs; a lab whose progress cannot be read counts as not done."""
    from labs.errors import LabsError
    from labs.lab import CATALOG
    from labs.lab_progress import load_progress

    names = [path.parent.name for path in (catalog or CATALOG).glob("*/lab.toml")]
    done = 0
    for name in names:
        try:
            done += load_progress(labs_home, name).done
        except LabsError:
            continue
    return done, len(names)
