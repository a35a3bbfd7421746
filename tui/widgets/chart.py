"""Curves over two axes. Cheap to draw, so that a run can be watched without a key ever waiting for the picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from rich.cells import cell_len
from textual.content import Content
from textual.geometry import Region
from textual.strip import Strip
from textual.visual import Visual
from textual.widget import Widget

from tui.widgets.canvas import PENS, Cells, stroke
from tui.widgets.scale import Scale, scale_of, tick_labels

Points = Sequence[tuple[float, float]]
"""Pairs in order; a value that is not finite is a gap."""
STYLES = ("$primary", "$accent", "$success", "$error", "$secondary", "$warning")
_AXIS = "$quiet"
_Cell = tuple[str, str]
"""A character and its style."""


@dataclass(frozen=True)
class Curve:
    """A line through points, or rings at them."""

    points: Points
    name: str = ""
    rings: bool = False


@dataclass(frozen=True)
class Picture:
    """What a chart shows."""

    curves: tuple[Curve, ...] = ()
    title: str = ""
    x_label: str = ""
    x_range: tuple[float, float] | None = None
    """None: from the first to the last point."""
    marks: tuple[tuple[float, str], ...] = ()
    """Upright lines: where, and the word beside each."""
    log_y: bool = False


class Chart(Widget):
    """Draws a picture into the room there is; of the next picture, only the lines that differ."""

    DEFAULT_CSS = "Chart { height: 1fr; width: 1fr; text-wrap: nowrap; }"

    def __init__(self, picture: Picture | None = None, id: str | None = None) -> None:
        super().__init__(id=id)
        self.picture = picture or Picture()
        self._lines: list[Content] = []

    def show(self, picture: Picture) -> None:
        """Draw another picture."""
        if picture == self.picture:
            return
        self.picture = picture
        before, self._lines = self._lines, drawn(picture, self.size.width, self.size.height)
        if len(before) != len(self._lines):
            self.refresh()
            return
        for at, (old, new) in enumerate(zip(before, self._lines, strict=True)):
            if old.plain != new.plain or old.spans != new.spans:
                self.refresh(Region(0, at, self.size.width, 1))

    def on_resize(self) -> None:
        """Draw it anew."""
        self._lines = drawn(self.picture, self.size.width, self.size.height)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line; only those that were marked are asked for."""
        if y >= len(self._lines):
            return Strip.blank(self.size.width, self.rich_style)
        return Visual.to_strips(self, self._lines[y], self.size.width, 1, self.visual_style, pad=True)[0]


def drawn(picture: Picture, width: int, height: int) -> list[Content]:
    """The lines of a picture in ``width`` x ``height`` cells; none where nothing can be told in so little, or at all."""
    if not picture.marks and not any(curve.points for curve in picture.curves):
        return []
    ys = scale_of([y for curve in picture.curves for _, y in curve.points], picture.log_y)
    head = _head(picture, width)
    rows = height - len(head) - 2 - bool(picture.x_label)
    ticks = ys.ticks()
    labels = tick_labels(ticks)
    gutter = max(map(len, labels))
    columns = width - gutter - 1
    if rows < 3 or columns < 10:
        return []
    xs = _across(picture)
    cells = [[(" ", "")] * columns for _ in range(rows)]
    for x, _ in picture.marks:
        _draw_mark(x, xs, cells)
    for number, curve in enumerate(picture.curves):
        _draw_curve(curve, number, xs, ys, cells)
    for x, word in picture.marks:
        _draw_word(x, word, xs, cells[0])
    beside = {
        round((1 - ys.share(tick)) * (rows - 1)): label for tick, label in zip(ticks, labels, strict=True)
    }
    lines = list(head)
    for at, row in enumerate(cells):
        label = beside.get(at)
        axis = f"{label or '':>{gutter}}{'┤' if label is not None else '│'}"
        runs = [
            ("".join(sign for sign, _ in run), style) for style, run in groupby(row, key=lambda cell: cell[1])
        ]
        lines.append(Content.assemble((axis, _AXIS), *runs))
    lines += [Content.styled(line, _AXIS) for line in _foot(xs, gutter, columns)]
    if picture.x_label:
        lines.append(
            Content.styled(
                picture.x_label.rjust(width - cell_len(picture.x_label) + len(picture.x_label)), _AXIS
            )
        )
    return lines


def _across(picture: Picture) -> Scale:
    if picture.x_range is not None:
        return Scale(*picture.x_range)
    all_x = [x for curve in picture.curves for x, _ in curve.points] or [0.0, 1.0]
    return Scale(min(all_x), max(all_x))


def _head(picture: Picture, width: int) -> list[Content]:
    """The title, and behind or under it the name of each curve with its pen."""
    title = Content.styled(picture.title, "bold")
    named = [(number, curve.name) for number, curve in enumerate(picture.curves) if curve.name]
    parts: list[Content | str | tuple[str, str]] = []
    for number, name in named:
        style = STYLES[number % len(STYLES)]
        parts += [
            "   " if parts else "",
            (_sample(picture.curves[number], number), style),
            (f" {name}", "$muted"),
        ]
    legend = Content.assemble(*parts)
    if not named:
        return [title] if picture.title else []
    if title.cell_length + legend.cell_length + 4 <= width:
        return [Content.assemble(title, "    " if picture.title else "", legend)]
    return [title.truncate(width, ellipsis=True), legend.truncate(width, ellipsis=True)]


def _sample(curve: Curve, number: int) -> str:
    pen = PENS[number % len(PENS)]
    return "○" if curve.rings else pen.glyphs[pen.bits[0] | pen.bits[1] if len(pen.bits) > 1 else 1] * 2


def _draw_curve(curve: Curve, number: int, xs: Scale, ys: Scale, cells: list[list[_Cell]]) -> None:
    pen, style = PENS[number % len(PENS)], STYLES[number % len(STYLES)]
    rows, columns = len(cells), len(cells[0])
    for part in segments(curve.points, ys):
        places = [(xs.share(x), 1 - ys.share(y)) for x, y in part]
        if curve.rings:
            for x, y in places:
                if 0 <= x <= 1 and 0 <= y <= 1:
                    cells[round(y * (rows - 1))][round(x * (columns - 1))] = ("○", style)
            continue
        touched: Cells = stroke(pen, places, columns, rows)
        for (column, row), bits in touched.items():
            cells[row][column] = (pen.glyphs[bits], style)


def _draw_mark(x: float, xs: Scale, cells: list[list[_Cell]]) -> None:
    if 0 <= xs.share(x) <= 1:
        for row in cells:
            row[round(xs.share(x) * (len(row) - 1))] = ("┊", _AXIS)


def _draw_word(x: float, word: str, xs: Scale, row: list[_Cell]) -> None:
    """The word of a mark at its right, or at its left where there is no more room."""
    at, wide = round(xs.share(x) * (len(row) - 1)), cell_len(word)
    if not 0 <= at < len(row) or wide >= len(row):
        return
    start = at + 1 if at + 1 + wide <= len(row) else max(at - wide, 0)
    for letter in word:
        row[start] = (letter, "$muted")
        if cell_len(letter) == 2:
            row[start + 1] = ("", "$muted")
        start += cell_len(letter)


def _foot(xs: Scale, gutter: int, columns: int) -> list[str]:
    """The lower axis with its ticks, and their values under them where they do not run into each other."""
    line, under = ["─"] * columns, [" "] * (gutter + 1 + columns)
    ticks = xs.ticks()
    free = 0
    for tick, label in zip(ticks, tick_labels(ticks), strict=True):
        at = round(xs.share(tick) * (columns - 1))
        line[at] = "┬"
        start = min(max(gutter + 1 + at - len(label) // 2, 0), len(under) - len(label))
        if start >= free:
            under[start : start + len(label)] = label
            free = start + len(label) + 1
    return [" " * gutter + "└" + "".join(line), "".join(under).rstrip()]


def segments(points: Points, ys: Scale) -> list[list[tuple[float, float]]]:
    """``points`` cut at every value that cannot be shown."""
    parts: list[list[tuple[float, float]]] = [[]]
    for x, y in points:
        if ys.holds(y):
            parts[-1].append((x, y))
        elif parts[-1]:
            parts.append([])
    return [part for part in parts if part]
