"""Dates as people type them: ``2026-12-04``, ``4.12.2026``, ``12/4``, ``2026年12月4日``, or a number of days from now."""

import re
from datetime import date, datetime, timedelta

_ISO = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_DAY_FIRST = re.compile(r"(\d{1,2})\.\s*(\d{1,2})\.\s*(\d{4})")
_MONTH_DAY = re.compile(r"(\d{1,2})\s*[-/月]\s*(\d{1,2})\s*日?")


class DateError(ValueError):
    """Not a date, or one that is over; ``code`` names a text in ``settings``."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def read_date(text: str, now: datetime) -> date:
    """The date meant; without a year the next one. Raises DateError."""
    today = now.astimezone().date()
    text = text.strip()
    try:
        if found := _ISO.fullmatch(text):
            wanted = date(int(found[1]), int(found[2]), int(found[3]))
        elif found := _DAY_FIRST.fullmatch(text):
            wanted = date(int(found[3]), int(found[2]), int(found[1]))
        elif found := _MONTH_DAY.fullmatch(text):
            wanted = date(today.year, int(found[1]), int(found[2]))
            if wanted < today:
                wanted = wanted.replace(year=today.year + 1)
        elif text.isdigit() and len(text) <= 3:
            wanted = today + timedelta(days=int(text))
        else:
            raise DateError("date_unreadable")
    except ValueError as error:
        raise error if isinstance(error, DateError) else DateError("date_unreadable") from error
    if wanted < today:
        raise DateError("date_over")
    if wanted > today + timedelta(days=3650):
        raise DateError("date_unreadable")
    return wanted
