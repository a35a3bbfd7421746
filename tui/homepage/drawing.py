"""Bars, sparklines and the year's heat map as text."""

from collections.abc import Sequence
from datetime import date

from textual.content import Content

from quiz_bank.daily import DayCount

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_LEVELS = "▁▂▃▄▅▆▇█"


def bar(share: float, width: int) -> Content:
    """``share`` (0-1) of ``width`` cells, to an eighth of a cell, the rest as a faint ground.

    Quiet on purpose: the next step is the bright thing on a page.
    """
    eighths = round(max(min(share, 1.0), 0.0) * width * 8)
    full, part = divmod(eighths, 8)
    drawn = "█" * full + (_EIGHTHS[part] if part else "")
    return Content.assemble((drawn, "$secondary"), ("░" * (width - len(drawn)), "$border"))


def sparkline(values: Sequence[float]) -> str:
    """One character a value, the highest a full block; NaN is a gap."""
    known = [value for value in values if value == value]
    if not known:
        return " " * len(values)
    low, high = min(0.0, min(known)), max(known)
    span = (high - low) or 1.0
    return "".join(
        " " if value != value else _LEVELS[min(int((value - low) / span * 8), 7)] for value in values
    )


def heat_map(days: Sequence[DayCount], weeks: int, names: Sequence[str]) -> list[Content]:
    """Seven lines, Monday first, one column a week, the newest on the right; darker for more answers.

    Nothing done is a dot, so that days are told apart without colour too.
    """
    if not days:
        return []
    top = max((day.reviews for day in days), default=0) or 1
    newest = days[-1].day
    counts: dict[date, int] = {day.day: day.reviews for day in days}
    lines = []
    for weekday in range(7):
        cells: list[tuple[str, str]] = [(f"{names[weekday]} ", "$quiet")]
        for week in range(weeks - 1, -1, -1):
            ordinal = newest.toordinal() - newest.weekday() - 7 * week + weekday
            day = date.fromordinal(ordinal)
            cells.append((" ", "") if day > newest or day not in counts else _cell(counts[day], top))
        lines.append(Content.assemble(*cells))
    return lines


def _cell(count: int, top: int) -> tuple[str, str]:
    if count == 0:
        return "·", "$quiet"
    level = min(int(4 * count / (top + 1)), 3)
    return "░▒▓█"[level], "$success"
