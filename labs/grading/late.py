"""What lateness costs: grace, a share of the points for each day begun, a floor, extensions of one's own."""

import datetime
import math

from labs.submission.assignment import Deadline

_DAY = 86_400.0


def days_late(deadline: Deadline, student: str, received: datetime.datetime) -> int:
    """Days begun after the deadline and its grace; 0 in time."""
    due = deadline.extensions.get(student, deadline.at)
    if due is None:
        return 0
    seconds = (received - due).total_seconds() - 60 * deadline.grace_minutes
    return max(0, math.ceil(seconds / _DAY))


def late_percent(deadline: Deadline, days: int) -> float:
    """Percent of the points earned that lateness takes: never more than what leaves the floor."""
    return min(days * deadline.percent_per_day, 100.0 - deadline.floor_percent) if days else 0.0
