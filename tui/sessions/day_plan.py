"""The plan from today to the exam, for the app: reckoned in a thread, kept with the learner, said in one line."""

from datetime import datetime
from math import ceil

from quiz_bank.plan import Plan, plan
from tui.i18n import t
from tui.learner import Learner


def plan_of(learner: Learner, now: datetime) -> Plan | None:
    """Every day until the exam at the learner's minutes; None without an exam to come. Plays days forward: a thread's work."""
    exam, minutes = learner.scheduler.exam, learner.settings.minutes_a_day
    if exam is None or exam <= now:
        return None
    return plan(learner.store, now=now, exam=exam, minutes_a_day=minutes, scheduler=learner.scheduler)


def plan_line(found: Plan) -> str:
    """What still fits into today, and what will be left over at the exam."""
    today, minutes = found.days[0], round(found.minutes_a_day)
    fits = t("home.plan_today", minutes=minutes, reviews=today.reviews, new=today.new)
    if not today.reviews and not today.new:
        fits = t("home.plan_none", minutes=minutes)
    if found.enough:
        return fits + t("home.plan_enough")
    left = found.left_over_new + found.left_over_reviews
    needed = max(ceil(found.minutes_needed), minutes + 1)
    return fits + t("home.plan_left", n=left, needed=needed)
