"""One axis: from values to shares of its length, and the round values that are written beside it."""

import math
from dataclasses import dataclass

_MOST_TICKS = 6


@dataclass(frozen=True)
class Scale:
    """Values from ``low`` to ``high``, both included; ``log`` spaces them by their ratio."""

    low: float
    high: float
    log: bool = False

    def share(self, value: float) -> float:
        """Where ``value`` stands: 0 at ``low``, 1 at ``high``."""
        low, high, value = (
            (math.log10(self.low), math.log10(self.high), math.log10(value))
            if self.log
            else (self.low, self.high, value)
        )
        return (value - low) / (high - low) if high > low else 0.5

    def holds(self, value: float) -> bool:
        """Whether ``value`` can be shown at all: finite, and above zero where ratios count."""
        return math.isfinite(value) and (value > 0 or not self.log)

    def ticks(self) -> list[float]:
        """Round values within, at most six (nine where ratios count)."""
        return _decades(self.low, self.high) if self.log else nice_ticks(self.low, self.high)


def scale_of(values: list[float], log: bool = False) -> Scale:
    """A scale that holds all ``values`` with a little air above and below."""
    known = [value for value in values if math.isfinite(value) and (value > 0 or not log)]
    if not known:
        return Scale(1.0, 10.0, log) if log else Scale(0.0, 1.0)
    low, high = min(known), max(known)
    if log:
        air = (high / low) ** 0.05 if high > low else 2.0
        return Scale(low / air, high * air, log)
    margin = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
    # To halves of the ticks' step: a curve that grows moves its axis seldom, not with every value.
    step = _step(high - low + 2 * margin) / 2
    bottom = math.floor((low - margin) / step) * step
    # What is never below zero, such as a loss, has an axis that is not either.
    return Scale(max(bottom, 0.0) if low >= 0 else bottom, math.ceil((high + margin) / step) * step)


def nice_ticks(low: float, high: float) -> list[float]:
    """Multiples of 1, 2, 2.5 or 5 times a power of ten from ``low`` to ``high``, at most six."""
    if high <= low:
        return [low]
    step = _step(high - low)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    decimals = max(2 - math.floor(math.log10(step)), 0)
    return [round(at * step, decimals) for at in range(first, last + 1)]


def _step(span: float) -> float:
    """The smallest round step that goes into ``span`` five times at most."""
    power = 10.0 ** math.floor(math.log10(span / (_MOST_TICKS - 1)))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if span / (factor * power) <= _MOST_TICKS - 1)


def tick_labels(ticks: list[float]) -> list[str]:
    """The ticks as they are written: all with as many decimals as the longest needs."""
    if any(tick and abs(tick) < 1e-3 for tick in ticks):
        return [f"{tick:.1e}".replace("e-0", "e-") if tick else "0" for tick in ticks]
    decimals = max(len(f"{tick:.10f}".rstrip("0").partition(".")[2]) for tick in ticks)
    return [f"{tick:,.{decimals}f}" for tick in ticks]


def _decades(low: float, high: float) -> list[float]:
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in ((1,), (1, 3), (1, 2, 5)):
        ticks = [factor * 10.0**power for power in powers for factor in factors]
        within = [tick for tick in ticks if low <= tick <= high]
        if len(within) >= 3:
            return within[:: -(-len(within) // 9)]
    return nice_ticks(low, high)
