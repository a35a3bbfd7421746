"""Curves and histograms of questions, through plotext: the only module here that imports it."""

from itertools import pairwise
from math import isnan

from textual_plotext import PlotextPlot

from quiz_bank.figures import Histogram, Lines
from tui.prose import said

# Told apart by their marks too: colour is never the only signal.
_MARKERS = ("braille", "dot", "hd", "x")


class FigurePlot(PlotextPlot):
    """One figure, redrawn when size, theme or language change."""

    DEFAULT_CSS = "FigurePlot { height: 10; width: 1fr; max-width: 100; } .-high FigurePlot { height: 17; }"

    def __init__(self, figure: Lines | Histogram) -> None:
        super().__init__()
        self._figure = figure

    def on_mount(self) -> None:
        """Draw."""
        plot = self.plt
        plot.clear_figure()
        figure = self._figure
        plot.title(said(figure.title))
        plot.xlabel(said(figure.x_label))
        plot.ylabel(said(figure.y_label))
        if isinstance(figure, Histogram):
            edges = [float(edge) for edge in figure.edges]
            middles = [(low + high) / 2 for low, high in pairwise(edges)]
            plot.bar(middles, [float(count) for count in figure.counts], width=1.0)
        else:
            self._lines(figure)
        for mark in figure.marks:
            plot.vline(float(mark.x))
            plot.text(said(mark.label), float(mark.x), plot_top(figure))

    def _lines(self, figure: Lines) -> None:
        plot = self.plt
        if figure.log_y:
            plot.yscale("log")
        for number, series in enumerate(figure.series):
            points = [
                (float(x), float(y))
                for x, y in zip(series.x, series.y, strict=True)  # type: ignore[arg-type]
            ]
            # plotext joins what it is given: each run between gaps is a line of its own.
            for index, run in enumerate(_runs(points)):
                plot.plot(
                    [x for x, _ in run],
                    [y for _, y in run],
                    label=said(series.name) if index == 0 else None,
                    marker=_MARKERS[number % len(_MARKERS)],
                )


def plot_top(figure: Lines | Histogram) -> float:
    """The highest value of the picture, where words may stand."""
    if isinstance(figure, Histogram):
        return max(float(count) for count in figure.counts)
    return max(float(y) for series in figure.series for y in series.y if not isnan(float(y)))


def _runs(points: list[tuple[float, float]]) -> list[list[tuple[float, float]]]:
    runs: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if isnan(point[1]):
            runs.append([])
        else:
            runs[-1].append(point)
    return [run for run in runs if run]
