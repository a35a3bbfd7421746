"""Home in words and bars: each function gives what one part of the page shows."""

import math
from pathlib import Path
from typing import TYPE_CHECKING

from textual.content import Content

from metrics.clean import clean
from tui.homepage.drawing import bar, heat_map, sparkline
from tui.homepage.next_step import NextStep
from tui.homepage.overview import Overview
from tui.i18n import t, t_or
from tui.lab_titles import lab_title
from tui.learner import Learner
from tui.prose import said
from tui.times import about_minutes, clock

if TYPE_CHECKING:
    from tui.screens.run_view import RunView

_NAME = 14


def next_lines(step: NextStep, learner: Learner, width: int) -> tuple[Content, Content]:
    """The one bright line, and the reason under it."""
    topic = _topic(learner, step.topic) if step.topic else ""
    match step.kind:
        case "exam":
            title, why = t("home.next_exam"), t("home.next_exam_why", n=step.n)
        case "due":
            title = t("home.next_due", n=step.n, minutes=about_minutes(step.seconds))
            why = (
                t("home.next_due_why", n=step.topic_n, topic=topic)
                if step.topic_n < step.n
                else t("home.next_due_all", topic=topic)
            )
        case "new":
            title, why = t("home.next_new", n=step.n), t("home.next_new_why", topic=topic)
        case "practice":
            title, why = t("home.next_practice"), t("home.next_practice_why", n=step.waiting.tomorrow)
        case _:
            title, why = t("home.next_rest"), t("home.next_practice_why", n=step.waiting.tomorrow)
    bright = Content.styled(title, "bold $accent")
    if step.kind != "rest":
        enter = Content.styled(f"⏎ {t('home.start')}", "bold $accent")
        gap = max(width - bright.cell_length - enter.cell_length, 2)
        bright = Content.assemble(bright, " " * gap, enter)
    return bright, Content.styled(why, "$muted")


def ready_lines(behind: Overview | None, learner: Learner, width: int, rows: int) -> Content:
    """Readiness by topic: name, bar, value and interval; how many answers are missing where too little is known."""
    if behind is None or behind.readiness is None:
        return Content("")
    day = learner.settings.exam_date
    head = t("home.ready_on", date=_date(day.month, day.day)) if day else t("home.ready_now")
    lines = [Content.styled(head, "$muted")]
    topics = sorted(behind.readiness.topics, key=lambda topic: -topic.share)
    for topic in topics[:rows]:
        name = Content(_topic(learner, topic.topic)).truncate(_NAME, ellipsis=True)
        name = name.pad_right(_NAME - name.cell_length)
        if topic.estimate is None:
            missing = t("home.too_little", n=topic.answers_missing)
            lines.append(Content.assemble(name, (missing, "$quiet")))
            continue
        value, spread = 100 * topic.estimate.value, 100 * topic.estimate.half_width
        drawn = bar(topic.estimate.value, width)
        lines.append(Content.assemble(name, drawn, f"{value:4.0f}", (f" ±{spread:.0f}", "$muted")))
    return Content("\n").join(lines)


def side_lines(
    step: NextStep, behind: Overview | None, run: "RunView | None", catalog: Path | None = None
) -> Content:
    """Due today, tomorrow and the days after; streak; labs and the run that trains."""
    counts = step.waiting
    lines = [Content.styled(t("home.due"), "$muted")]
    days = sparkline([float(n) for n in counts.days])
    due = t("home.due_counts", today=counts.today, tomorrow=counts.tomorrow)
    lines += [Content(due), Content.assemble((days, "$secondary"), (f"  {t('home.this_week')}", "$quiet"))]
    if behind is not None:
        lines += [Content(""), Content.styled(t("home.streak_head"), "$muted")]
        last = sparkline([float(day.reviews) for day in behind.days[-14:]])
        lines.append(Content.assemble(t("home.streak", n=behind.streak.days), "  ", (last, "$success")))
    if behind is not None and behind.labs:
        lines += [Content(""), Content.styled(t("home.labs"), "$muted")]
        lines.append(Content(t("home.labs_done", n=behind.labs_done, all=behind.labs)))
    if run is not None:
        lines += _run_lines(run, catalog)
    return Content("\n").join(lines)


def _run_lines(run: "RunView", catalog: Path | None) -> list[Content]:
    """Each fact on a line of its own: beside a long title it would be cut."""
    from tui.screens.run_outcome import sign_of

    name = lab_title(run.lab, catalog) if run.lab else clean(run.run_id, one_line=True)
    sign, style = sign_of(run)
    lines = [Content.assemble((f"{sign} ", style), (name, "bold"))]
    step = t("home.run_step", step=run.step, total=run.total_steps or "…")
    if run.is_over:
        step = t(f"run.state_{run.state}")
    elif run.phase != "train":
        step = t(f"run.phase_{run.phase}")  # before the first step and behind the last one
    left = "" if run.eta_s is None or run.is_over else f"  {t('run.left', time=clock(run.eta_s))}"
    lines.append(Content.assemble("  ", step, (left, "$muted")))
    losses = [loss for loss in run.losses if not math.isnan(loss)]
    if losses:
        recent = sparkline(_thinned(run.losses, 16))
        lines.append(
            Content.assemble("  ", t("home.run_loss", loss=f"{losses[-1]:.2f}"), " ", (recent, "$primary"))
        )
    return lines


def year_lines(behind: Overview, weeks: int) -> Content:
    """The year as a heat map."""
    total = sum(day.reviews for day in behind.days)
    head = Content.styled(t("home.year", n=total, longest=behind.streak.longest), "$muted")
    names = t("home.weekdays").split()
    return Content("\n").join([head, *heat_map(behind.days, weeks, names)])


def remark(behind: Overview | None) -> str:
    """A word on the last prediction that was far off."""
    if behind is None or behind.missed is None or behind.missed.last_error is None:
        return ""
    error = behind.missed.last_error
    name = behind.missed.quantity
    quantity = t_or(f"results.q_{name.replace('.', '_')}", name.replace("_", " "))
    key = "home.too_high" if error > 0 else "home.too_low"
    return t(key, percent=f"{abs(error) * 100:.0f}", quantity=clean(quantity, one_line=True))


def _topic(learner: Learner, topic: str) -> str:
    known = learner.bank.topics.get(topic)
    return said(known.short) if known is not None else clean(topic, one_line=True)


def _date(month: int, day: int) -> str:
    return t("home.date", month=t("home.months").split()[month - 1], day=day)


def _thinned(values: list[float], count: int) -> list[float]:
    """At most ``count`` of the values, evenly, the last one among them."""
    if len(values) <= count:
        return values
    step = len(values) / count
    return [values[min(int((index + 1) * step) - 1, len(values) - 1)] for index in range(count)]
