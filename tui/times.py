"""Durations as people say them, in both languages."""

from datetime import timedelta

from tui.i18n import t


def interval(length: timedelta) -> str:
    """When a card comes back: ``10 min``, ``3 h``, ``4 d``, ``2.5 mo``, ``1.2 y``; rounded as Anki rounds."""
    minutes = length.total_seconds() / 60
    if minutes < 59.5:
        return t("times.minutes", n=max(round(minutes), 1))
    if minutes < 60 * 23.5:
        return t("times.hours", n=round(minutes / 60))
    days = minutes / 60 / 24
    if days < 30.5:
        return t("times.days", n=round(days))
    if days < 364.5:
        return t("times.months", n=_short(days / 30.44))
    return t("times.years", n=_short(days / 365.25))


def clock(seconds: float) -> str:
    """``0:41``, ``12:05``, ``1:02:03``."""
    whole = max(int(seconds), 0)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def about_minutes(seconds: float) -> str:
    """``about 7 min``, never less than one."""
    return t("times.about_minutes", n=max(round(seconds / 60), 1))


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
