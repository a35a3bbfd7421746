"""Pictures of questions, drawn from their numbers."""

from itertools import pairwise
from math import isnan

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from quiz_bank.figures import Bars, Confusion, Figure, Histogram, Lines, Table
from tui.prose import prose, said


def figure_widget(figure: Figure) -> Widget:
    """A widget that shows the figure: a plot, or text for tables and matrices."""
    if isinstance(figure, Lines):
        from tui.widgets.plot import FigurePlot

        return FigurePlot(figure)
    if isinstance(figure, Histogram):
        return Static(_histogram(figure), markup=False, classes="figure")
    if isinstance(figure, Bars):
        return Static(_bars(figure), markup=False, classes="figure")
    return Static(_grid(figure), markup=False, classes="figure")


def _bars(figure: Bars) -> Content:
    labels = [prose(label) for label in figure.labels]
    values = [float(value) for value in figure.values]
    wide = max(label.cell_length for label in labels)
    top = max((abs(value) for value in values), default=1.0) or 1.0
    lines = [prose(figure.title, "bold"), Content.styled(said(figure.y_label), "$muted")]
    for label, value in zip(labels, values, strict=True):
        bar = "█" * round(30 * abs(value) / top)
        lines.append(
            Content.assemble(
                " " * (wide - label.cell_length), label, "  ", (bar, "$primary"), f" {_number(value)}"
            )
        )
    return Content("\n").join(lines)


def _histogram(figure: Histogram) -> Content:
    """One line a class, with its count: questions ask for the numbers, not only for the shape."""
    edges = [float(edge) for edge in figure.edges]
    counts = [float(count) for count in figure.counts]
    spans = [f"{_number(low)}–{_number(high)}" for low, high in pairwise(edges)]
    wide, top = max(map(len, spans)), max(counts, default=1.0) or 1.0
    head = f"{said(figure.x_label)}  │  {said(figure.y_label)}"
    lines = [prose(figure.title, "bold"), Content.styled(head, "$muted")]
    for at, (span, count) in enumerate(zip(spans, counts, strict=True)):
        eighths = round(8 * 36 * count / top)
        bar = "█" * (eighths // 8) + (" ▏▎▍▌▋▊▉"[eighths % 8] if eighths % 8 else "")
        last = at == len(counts) - 1
        marks = [
            said(mark.label)
            for mark in figure.marks
            if edges[at] <= float(mark.x) < edges[at + 1] or (last and float(mark.x) == edges[-1])
        ]
        named = ("  ◂ " + ", ".join(marks), "$accent") if marks else ""
        lines.append(
            Content.assemble(
                (span.rjust(wide), "$muted"),
                "  ",
                (bar or "▏" * (count > 0), "$primary"),
                f" {_number(count)}",
                named,
            )
        )
    return Content("\n").join(lines)


def _grid(figure: Confusion | Table) -> Content:
    if isinstance(figure, Confusion):
        header = [Content(""), *(prose(label, "bold") for label in figure.labels)]
        rows = [
            [prose(label, "bold"), *(Content(_number(float(cell))) for cell in row)]
            for label, row in zip(figure.labels, figure.matrix, strict=True)
        ]
    else:
        header = [prose(cell, "bold") for cell in figure.header]
        rows = [
            [Content(_number(cell)) if isinstance(cell, int | float) else prose(cell) for cell in row]
            for row in figure.rows
        ]
    widths = [max(row[column].cell_length for row in (header, *rows)) for column in range(len(header))]
    lines = [prose(figure.title, "bold")]
    for row in (header, *rows):
        cells = [
            Content.assemble(" " * (width - cell.cell_length), cell)
            if column
            else cell.pad_right(width - cell.cell_length)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append(Content("   ").join(cells))
    return Content("\n").join(lines)


def _number(value: float) -> str:
    if isnan(value):
        return "–"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.4g}"
