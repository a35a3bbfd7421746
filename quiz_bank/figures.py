"""Pictures as data: an item carries the numbers of its curve, histogram, matrix or table, never an image.

Every number may be written as a formula over the item's parameters, so that the picture varies with them.
``quiz_bank.variants`` replaces the formulas; what it hands out holds only numbers.
"""

import msgspec

from quiz_bank.text import Text

Number = int | float | str
"""A number, or a formula as a string. After presentation: always a number."""


class Steps(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The points ``start, start + step, ... , stop`` (``stop`` included where a step meets it)."""

    start: float
    stop: float
    step: float


class Series(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One curve: ``y`` as a list over ``x``, or as one formula in ``x`` with optional noise."""

    name: Text
    x: tuple[float, ...] | Steps
    y: tuple[Number, ...] | str
    noise: float = 0.0
    """Standard deviation of seeded noise added to ``y`` when it is a formula, in units of ``y``."""


class Mark(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A vertical line with a word, such as an epoch's end or a checkpoint."""

    x: Number
    label: Text


class Lines(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="lines", kw_only=True
):
    """Curves over one axis: losses, learning rates, gradient norms. NaN in ``y`` is a gap."""

    title: Text
    x_label: Text
    y_label: Text
    series: tuple[Series, ...]
    marks: tuple[Mark, ...] = msgspec.field(default=(), name="mark")
    log_y: bool = False


class Histogram(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="histogram", kw_only=True
):
    """Counts between edges: ``len(edges) == len(counts) + 1``."""

    title: Text
    x_label: Text
    y_label: Text
    edges: tuple[Number, ...]
    counts: tuple[Number, ...]
    marks: tuple[Mark, ...] = msgspec.field(default=(), name="mark")


class Bars(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="bars", kw_only=True
):
    """One bar a label."""

    title: Text
    y_label: Text
    labels: tuple[Text, ...]
    values: tuple[Number, ...]


class Confusion(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="confusion", kw_only=True
):
    """A confusion matrix: rows are the true classes, columns the predicted ones, as in scikit-learn."""

    title: Text
    labels: tuple[Text, ...]
    matrix: tuple[tuple[Number, ...], ...]


class Table(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="table", kw_only=True
):
    """A small table; a cell is text or a number. Cells are prose (placeholders work), never formulas."""

    title: Text
    header: tuple[Text, ...]
    rows: tuple[tuple[Text | int | float, ...], ...]


Figure = Lines | Histogram | Bars | Confusion | Table
