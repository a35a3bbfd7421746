"""Time as the learner lives it: UTC inside, a study day that rolls over at 4:00 where the learner is.

Moments are stored as whole microseconds since 1970-01-01 UTC: exact for ``datetime``, ordered, and free of
time zones. A study day is a calendar date: someone who reviews at 01:30 is still on yesterday's day.
"""

import os
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
ROLLOVER_HOUR = 4
EXAM_HOUR = 9


def in_utc(moment: datetime) -> datetime:
    """The same moment in UTC.

    Raises:
        ValueError: the datetime is naive, so nobody can say which moment it is.
    """
    if moment.tzinfo is None:
        raise ValueError("a datetime without a time zone names no moment; pass one in UTC")
    return moment.astimezone(UTC)


def to_microseconds(moment: datetime) -> int:
    """Whole microseconds since 1970-01-01 UTC.

    Raises:
        ValueError: the datetime is naive.
    """
    if moment.tzinfo is None:
        in_utc(moment)
    return (moment - EPOCH) // _MICROSECOND


def from_microseconds(microseconds: int) -> datetime:
    """The UTC moment that ``to_microseconds`` was given."""
    return EPOCH + timedelta(microseconds=microseconds)


class StudyDays:
    """Which study day a moment belongs to, in one time zone.

    A study day starts at 4:00 local wall time. On the day the clocks change it lasts 23 or 25 hours.
    """

    def __init__(self, zone: tzinfo, rollover_hour: int = ROLLOVER_HOUR) -> None:
        self.zone = zone
        self.rollover_hour = rollover_hour

    def day_of(self, moment: datetime) -> date:
        """The study day that ``moment`` falls in."""
        local = moment.astimezone(self.zone)
        if local.hour < self.rollover_hour:
            return local.date() - timedelta(days=1)
        return local.date()

    def start(self, day: date) -> datetime:
        """The UTC moment at which the study day begins."""
        # Wall-clock arithmetic on purpose: 4:00 local, however many hours the night had. Where 4:00 itself
        # is skipped (no zone does so today), fold=0 names the moment before the gap.
        return datetime.combine(day, time(self.rollover_hour), self.zone).astimezone(UTC)

    def end(self, day: date) -> datetime:
        """The UTC moment at which the next study day begins."""
        return self.start(day + timedelta(days=1))

    def length(self, day: date) -> timedelta:
        """23, 24 or 25 hours, usually."""
        return self.end(day) - self.start(day)


def exam_moment(day: date, zone: tzinfo, hour: int = EXAM_HOUR) -> datetime:
    """The UTC moment an exam on ``day`` begins, at 9:00 local time unless told otherwise."""
    return datetime.combine(day, time(hour), zone).astimezone(UTC)


def local_zone() -> tzinfo:
    """The machine's time zone with its daylight-saving rules; UTC where the machine does not say.

    ``datetime.astimezone()`` would give today's fixed offset, which is wrong after the next clock change.
    """
    name = os.environ.get("TZ", "").removeprefix(":")
    try:
        if name:
            return ZoneInfo(name)
        link = Path("/etc/localtime")
        target = link.resolve()
        if "zoneinfo" in target.parts:
            return ZoneInfo("/".join(target.parts[target.parts.index("zoneinfo") + 1 :]))
        if target.is_file():
            with target.open("rb") as file:
                return ZoneInfo.from_file(file, key="localtime")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    return datetime.now().astimezone().tzinfo or UTC
