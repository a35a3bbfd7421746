"""Lines drawn with characters: a pen says how finely a cell is divided, a stroke is the cells that a line touches."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

Cells = dict[tuple[int, int], int]
"""By column and row, which of the pen's dots are set, as bits."""


class Pen(NamedTuple):
    """How a cell is divided, and the character for each set of dots."""

    across: int
    down: int
    bits: tuple[int, ...]
    """Of each dot, row by row from the top left."""
    glyphs: str
    """By the sum of the bits that are set."""


BLOCKS = Pen(2, 2, (1, 2, 4, 8), " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█")
BRAILLE = Pen(
    2, 4, (0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80), "".join(chr(0x2800 + n) for n in range(256))
)
POINTS = Pen(1, 1, (1,), " •")
CROSSES = Pen(1, 1, (1,), " ×")
PLUSES = Pen(1, 1, (1,), " +")
STARS = Pen(1, 1, (1,), " *")
PENS = (BLOCKS, BRAILLE, POINTS, CROSSES, PLUSES, STARS)
"""One a curve, so that they differ without colour too."""


def stroke(pen: Pen, points: Sequence[tuple[float, float]], width: int, height: int) -> Cells:
    """The cells of a line through ``points``, each a share (0-1) of the width from the left and of the height from the top."""
    far, low = width * pen.across - 1, height * pen.down - 1
    dots = [(round(x * far), round(y * low)) for x, y in points]
    cells: Cells = {}
    for x, y in _joined(dots):
        if 0 <= x <= far and 0 <= y <= low:
            cell = (x // pen.across, y // pen.down)
            cells[cell] = cells.get(cell, 0) | pen.bits[y % pen.down * pen.across + x % pen.across]
    return cells


def _joined(dots: list[tuple[int, int]]) -> Iterable[tuple[int, int]]:
    """The dots and those between each and the next."""
    if len(dots) == 1:
        yield dots[0]
    for (x0, y0), (x1, y1) in pairwise(dots):
        steps = max(abs(x1 - x0), abs(y1 - y0))
        if steps == 0:
            yield x0, y0
            continue
        across, down = (x1 - x0) / steps, (y1 - y0) / steps
        for at in range(steps + 1):
            yield round(x0 + at * across), round(y0 + at * down)
