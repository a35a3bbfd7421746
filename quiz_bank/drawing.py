"""Formulas of a picture into its numbers."""

from collections.abc import Mapping, Sequence

import msgspec

from quiz_bank.figures import Bars, Confusion, Figure, Histogram, Lines, Mark, Number, Series, Steps, Table
from quiz_bank.formulas import number
from quiz_bank.placeholders import fill_text
from quiz_bank.questions import Value
from quiz_bank.seeds import Draws
from quiz_bank.text import Text

_MAX_POINTS = 10_000


def drawn(figure: Figure, names: Mapping[str, Value], draws: Draws) -> Figure:
    """``figure`` with every formula computed, every placeholder filled and its noise added.

    Raises:
        FormulaError: a formula or placeholder fails.
    """
    title = fill_text(figure.title, names)
    if isinstance(figure, Lines):
        series = tuple(_curve(one, names, draws) for one in figure.series)
        return msgspec.structs.replace(figure, title=title, series=series, marks=_marks(figure.marks, names))
    if isinstance(figure, Histogram):
        return msgspec.structs.replace(
            figure,
            title=title,
            edges=_numbers(figure.edges, names),
            counts=_numbers(figure.counts, names),
            marks=_marks(figure.marks, names),
        )
    if isinstance(figure, Bars):
        labels = tuple(fill_text(label, names) for label in figure.labels)
        return msgspec.structs.replace(
            figure, title=title, labels=labels, values=_numbers(figure.values, names)
        )
    if isinstance(figure, Confusion):
        labels = tuple(fill_text(label, names) for label in figure.labels)
        matrix = tuple(_numbers(row, names) for row in figure.matrix)
        return msgspec.structs.replace(figure, title=title, labels=labels, matrix=matrix)
    assert isinstance(figure, Table)
    header = tuple(fill_text(cell, names) for cell in figure.header)
    rows = tuple(tuple(fill_text(c, names) if isinstance(c, Text) else c for c in row) for row in figure.rows)
    return msgspec.structs.replace(figure, title=title, header=header, rows=rows)


def figure_faults(figure: Figure) -> list[str]:
    """What is wrong with the shape of a picture that has been drawn."""
    faults = []
    if isinstance(figure, Lines):
        if not figure.series:
            faults.append("has no series")
        for series in figure.series:
            assert not isinstance(series.x, Steps)
            if not series.x or len(series.x) != len(series.y):
                faults.append(f"series {series.name.en!r} has {len(series.x)} x and {len(series.y)} y values")
            if figure.log_y and any(isinstance(y, int | float) and y <= 0 for y in series.y):
                faults.append(f"series {series.name.en!r} is not positive on a log axis")
    if isinstance(figure, Histogram):
        edges = [edge for edge in figure.edges if not isinstance(edge, str)]
        if len(edges) != len(figure.counts) + 1:
            faults.append(f"has {len(edges)} edges for {len(figure.counts)} counts; one more is needed")
        if edges != sorted(edges):
            faults.append("edges do not rise")
        if any(not isinstance(count, str) and count < 0 for count in figure.counts):
            faults.append("has a negative count")
    if isinstance(figure, Bars) and len(figure.labels) != len(figure.values):
        faults.append(f"has {len(figure.labels)} labels for {len(figure.values)} values")
    if isinstance(figure, Confusion):
        n = len(figure.labels)
        if len(figure.matrix) != n or any(len(row) != n for row in figure.matrix):
            faults.append(f"the matrix is not {n} by {n}")
        if any(
            not isinstance(cell, str) and (cell < 0 or cell != int(cell))
            for row in figure.matrix
            for cell in row
        ):
            faults.append("a cell is no whole number of cases")
    if isinstance(figure, Table) and any(len(row) != len(figure.header) for row in figure.rows):
        faults.append("a row is not as wide as the header")
    return faults


def _numbers(values: Sequence[Number], names: Mapping[str, Value]) -> tuple[Number, ...]:
    return tuple(number(value, names) for value in values)


def _marks(marks: Sequence[Mark], names: Mapping[str, Value]) -> tuple[Mark, ...]:
    return tuple(Mark(number(mark.x, names), fill_text(mark.label, names)) for mark in marks)


def _curve(series: Series, names: Mapping[str, Value], draws: Draws) -> Series:
    x = _points(series.x) if isinstance(series.x, Steps) else series.x
    if isinstance(series.y, str):
        y: tuple[Number, ...] = tuple(
            number(series.y, {**names, "x": at}) + (series.noise * draws.normal() if series.noise else 0.0)
            for at in x
        )
    else:
        y = _numbers(series.y, names)
    return Series(name=fill_text(series.name, names), x=x, y=y, noise=0.0)


def _points(steps: Steps) -> tuple[float, ...]:
    if steps.step <= 0 or steps.stop < steps.start:
        return ()
    count = min(int((steps.stop - steps.start) / steps.step + 1e-9) + 1, _MAX_POINTS)
    return tuple(round(steps.start + i * steps.step, 9) for i in range(count))
