"""Loss curves: training as a line, validation as rings, a gap where a loss was not finite."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.color import Color, ColorParseError
from textual.widget import Widget

if TYPE_CHECKING:
    from textual_plotext import PlotextPlot

Points = Sequence[tuple[float, float]]
"""Pairs of step and value, in order; NaN marks a gap."""

LINE_MARKERS = ("hd", "braille", "dot", "sd", "hd", "braille")
"""One a curve, so that they differ without colour too."""


def segments(points: Points) -> list[list[tuple[float, float]]]:
    """``points`` cut at every value that is not finite."""
    parts: list[list[tuple[float, float]]] = [[]]
    for step, value in points:
        if math.isfinite(value):
            parts[-1].append((step, value))
        elif parts[-1]:
            parts.append([])
    return [part for part in parts if part]


def thinned(points: Points, most: int) -> list[tuple[float, float]]:
    """At most ``most`` points: means of equal groups, NaN where a group holds one that is not finite."""
    if len(points) <= most:
        return list(points)
    size = -(-len(points) // most)
    groups = [points[at : at + size] for at in range(0, len(points), size)]
    return [
        (sum(step for step, _ in group) / len(group), sum(value for _, value in group) / len(group))
        for group in groups
    ]


class Curves(Widget):
    """A plot of some lines and rings over steps. The plotting library is imported when the first one is drawn."""

    DEFAULT_CSS = "Curves { height: 1fr; width: 1fr; } Curves PlotextPlot { background: $background; }"

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._plot: PlotextPlot | None = None

    def compose(self) -> ComposeResult:
        """The plot."""
        from textual_plotext import PlotextPlot

        self._plot = PlotextPlot()
        yield self._plot

    def draw(
        self, lines: Sequence[Points], rings: Sequence[Points], last_step: int, labels: Sequence[str] = ()
    ) -> None:
        """Draw ``lines`` and ``rings``; the steps run to ``last_step``."""
        if self._plot is None or self.size.width < 12 or self.size.height < 4:
            return
        plt = self._plot.plt
        plt.clear_figure()
        plt.xaxes(True, False)
        plt.yaxes(True, False)
        colours = self._colours()
        room = 2 * self.size.width
        finite = [value for points in (*lines, *rings) for _, value in points if math.isfinite(value)]
        for number, points in enumerate(lines):
            label = labels[number] if number < len(labels) else None
            for part in segments(thinned(points, room)):
                xs, ys = zip(*part, strict=True)
                colour, marker = colours[number % len(colours)], LINE_MARKERS[number % len(LINE_MARKERS)]
                if len(part) == 1:
                    plt.scatter(xs, ys, color=colour, marker=marker, label=label)
                else:
                    plt.plot(xs, ys, color=colour, marker=marker, label=label)
                label = None
        for number, points in enumerate(rings):
            for part in segments(points):
                xs, ys = zip(*part, strict=True)
                plt.scatter(xs, ys, color=colours[(number + 1) % len(colours)], marker="○")
        if last_step > 0:
            plt.xlim(0, last_step)
            ticks = sorted({round(last_step * part / 4) for part in range(5)})
            plt.xticks(ticks, [f"{tick:,}" for tick in ticks])
        if finite:
            low, high = min(finite), max(finite)
            margin = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
            plt.ylim(low - margin, high + margin)
            values = [low + (high - low) * part / 4 for part in range(5)] if high > low else [low]
            plt.yticks(values, [f"{value:.2f}" if abs(value) < 100 else f"{value:,.0f}" for value in values])
        self._plot.refresh()

    def _colours(self) -> list[tuple[int, int, int] | str]:
        """The theme's own colours; names of the sixteen where the theme is the terminal's."""
        names = ("primary", "accent", "success", "error", "secondary", "warning")
        colours: list[tuple[int, int, int] | str] = []
        for name, plain in zip(names, ("blue", "orange", "green", "red", "cyan", "magenta"), strict=True):
            try:
                colour = Color.parse(self.app.theme_variables[name])
            except (ColorParseError, KeyError):
                colours.append(plain)
                continue
            colours.append(plain if colour.ansi is not None else colour.rgb)
        return colours
