"""Figures as plain geometry, which a template draws as SVG: the same points, ticks and bars for the same values."""

import math
from collections.abc import Sequence

import msgspec

from labs.grading.evidence import Evidence

WIDTH, HEIGHT = 640, 240
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 12, 30
_MOST_POINTS = 600


class Tick(msgspec.Struct, frozen=True):
    """A place on an axis with what stands there."""

    at: float
    label: str


class Curves(msgspec.Struct, frozen=True, kw_only=True):
    """Training loss as lines (a gap where it was not finite), validation loss as dots. Pixels."""

    lines: tuple[str, ...]
    """``x,y x,y ...`` as ``polyline`` takes it."""
    dots: tuple[tuple[float, float], ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]


class Bar(msgspec.Struct, frozen=True):
    """One bar of a histogram."""

    x: float
    y: float
    width: float
    height: float
    count: int
    label: str


def curves(evidence: Evidence) -> Curves | None:
    """The loss curves of a run; None where nothing was logged."""
    every = max(1, math.ceil(len(evidence.steps) / _MOST_POINTS))
    steps = [(point.step, point.loss) for point in evidence.steps[::every]]
    dots = [(point.step, point.loss) for point in evidence.evaluations if point.loss is not None]
    losses = [loss for _, loss in steps if loss is not None] + [loss for _, loss in dots]
    losses = [loss for loss in losses if math.isfinite(loss)]
    if not losses:
        return None
    x_ticks = nice_ticks(0, max(step for step, _ in [*steps, *dots]))
    y_ticks = nice_ticks(min(losses), max(losses))

    def x(step: float) -> float:
        return _px(step, x_ticks, LEFT, WIDTH - RIGHT)

    def y(loss: float) -> float:
        return _px(loss, y_ticks, HEIGHT - BOTTOM, TOP)

    lines: list[list[str]] = [[]]
    for step, loss in steps:
        if loss is None or not math.isfinite(loss):
            lines.append([])
        else:
            lines[-1].append(f"{x(step)},{y(loss)}")
    return Curves(
        lines=tuple(" ".join(line) for line in lines if line),
        dots=tuple((x(step), y(loss)) for step, loss in dots if math.isfinite(loss)),
        x_ticks=tuple(Tick(x(value), f"{value:g}") for value in x_ticks),
        y_ticks=tuple(Tick(y(value), f"{value:g}") for value in y_ticks),
    )


def histogram(shares: Sequence[float], bins: int = 10) -> tuple[Bar, ...]:
    """How many of ``shares`` (0-1) lie in each tenth; 1 belongs to the last."""
    counts = [0] * bins
    for share in shares:
        counts[min(max(int(share * bins + 1e-9), 0), bins - 1)] += 1
    width = (WIDTH - LEFT - RIGHT) / bins
    room = HEIGHT - TOP - BOTTOM - 14
    highest = max(*counts, 1)
    return tuple(
        Bar(
            round(LEFT + at * width + 2, 2), round(HEIGHT - BOTTOM - room * count / highest, 2), round(width - 4, 2),
            round(room * count / highest, 2), count, f"{100 * at // bins}-{100 * (at + 1) // bins}",
        )
        for at, count in enumerate(counts)
    )  # fmt: skip


def nice_ticks(low: float, high: float, about: int = 5) -> tuple[float, ...]:
    """Round numbers that cover ``low`` to ``high``, about ``about`` of them (Heckbert, Graphics Gems I, 1990)."""
    if not high > low:
        low, high = low - 0.5, low + 0.5
    rough = (high - low) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return tuple(round(number * step, 10) for number in range(first, last + 1))


def _px(value: float, ticks: Sequence[float], start: float, end: float) -> float:
    return round(start + (value - ticks[0]) / (ticks[-1] - ticks[0]) * (end - start), 2)
