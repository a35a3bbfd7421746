"""What a loss curve says, in one word: the vocabulary shared by predictions, verdicts and questions.

A reader looks at two things: how far the curve came down from where it began, and whether it climbed
back up after its lowest point. Three words cover every curve, so one of three is always right.
"""

import math
from collections.abc import Sequence
from typing import Literal

import msgspec

CurveShape = Literal["flattens", "turns-up", "fails"]

SHAPES: tuple[CurveShape, ...] = ("flattens", "turns-up", "fails")

# A validation loss that ends 5 % above its minimum has left it by more than batch-to-batch noise does on
# the hundred or so held-out rows of a lab; one that never came down by 10 % has not learned the task.
TURNED_UP = 1.05
CAME_DOWN = 0.90


class CurveReading(msgspec.Struct, frozen=True):
    """The shape of a curve and the three points it was read from. Losses are in nats a token."""

    shape: CurveShape
    first: float
    lowest: float
    lowest_step: int
    last: float
    diverged: bool = False
    """Whether a value was NaN or infinite, or the loss ended above where it began."""


def read_curve(points: Sequence[tuple[int, float]], began: float | None = None) -> CurveReading:
    """Say what ``points``, pairs of step and loss in order, show.

    Args:
        began: the loss before the first update, where the points begin later: a validation curve whose first
            point comes after ten quick steps may have done all its falling before it.

    Raises:
        ValueError: there are no points, or not one of them is finite.
    """
    finite = [(step, loss) for step, loss in points if math.isfinite(loss)]
    if not finite:
        raise ValueError("a curve needs at least one finite value")
    first = finite[0][1] if began is None or not math.isfinite(began) else began
    lowest_step, lowest = min(finite, key=lambda point: (point[1], point[0]))
    last = finite[-1][1]
    diverged = len(finite) < len(points) or last > first
    shape: CurveShape
    if len(finite) < len(points) or lowest > CAME_DOWN * first:
        shape = "fails"
    elif last >= TURNED_UP * lowest:
        shape = "turns-up"
    else:
        shape = "flattens"
    return CurveReading(shape, first, lowest, lowest_step, last, diverged)
