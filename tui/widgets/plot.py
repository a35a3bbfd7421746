"""Curves of questions, drawn from their numbers."""

from quiz_bank.figures import Lines, Series, Steps
from tui.prose import said
from tui.widgets.chart import Chart, Curve, Picture


class FigurePlot(Chart):
    """One figure of a question."""

    DEFAULT_CSS = "FigurePlot { height: 10; width: 1fr; max-width: 100; } .-high FigurePlot { height: 17; }"

    def __init__(self, figure: Lines) -> None:
        super().__init__(picture_of(figure))


def _points(series: Series) -> tuple[tuple[float, float], ...]:
    """A curve's (x, y); a variant's figure holds the numbers that its steps and formulas gave."""
    assert not isinstance(series.x, Steps)
    return tuple((x, float(y)) for x, y in zip(series.x, series.y, strict=True))


def picture_of(figure: Lines) -> Picture:
    """The figure in the language of now; its numbers are numbers by now, not formulas."""
    unit = said(figure.y_label)
    curves = [
        Curve(
            _points(series),
            said(series.name),
        )
        for series in figure.series
    ]
    return Picture(
        tuple(curves),
        title=f"{said(figure.title)}  ({unit})" if unit else said(figure.title),
        x_label=said(figure.x_label),
        marks=tuple((float(mark.x), said(mark.label)) for mark in figure.marks),
        log_y=figure.log_y,
    )
