"""Curves drawn with characters: where lines, rings, gaps, ticks and words stand, and that nothing is wider than its room."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.widgets.canvas import BLOCKS, BRAILLE, stroke
from tui.widgets.chart import Curve, Picture, drawn
from tui.widgets.scale import nice_ticks, scale_of, tick_labels

RISING = tuple((float(x), float(x)) for x in range(11))


def text(picture: Picture, width: int = 40, height: int = 12) -> list[str]:
    return [line.plain for line in drawn(picture, width, height)]


def test_a_rising_line_goes_from_the_lower_left_to_the_upper_right() -> None:
    rows = [line.partition("│")[2] or line.partition("┤")[2] for line in text(Picture((Curve(RISING),)))[:-2]]
    starts = [len(row) - len(row.lstrip()) for row in rows if row.strip()]
    assert starts == sorted(starts, reverse=True) and starts[0] > 25 and starts[-1] == 0


def test_a_value_that_is_not_finite_is_a_gap() -> None:
    whole = "".join(text(Picture((Curve(tuple((float(x), 1.0) for x in range(11))),))))
    torn = "".join(
        text(Picture((Curve(tuple((float(x), math.nan if 3 < x < 7 else 1.0) for x in range(11))),)))
    )
    assert sum(sign in torn for sign in "▀▄") > 0 and torn.count("▀") + torn.count("▄") < 0.75 * (
        whole.count("▀") + whole.count("▄")
    )


def test_each_curve_has_a_pen_of_its_own_and_is_named() -> None:
    lines = text(Picture((Curve(RISING, "train"), Curve(RISING[::-1], "eval")), title="Loss"))
    assert lines[0].startswith("Loss") and "▀▀ train" in lines[0] and "eval" in lines[0]
    signs = set("".join(lines[1:]))
    assert signs & set(BLOCKS.glyphs[1:])
    flat = text(Picture((Curve(RISING), Curve(tuple((x, 10 - y) for x, y in RISING)))))
    assert set("".join(flat)) & set(BRAILLE.glyphs[1:])


def test_rings_stand_over_the_line() -> None:
    lines = text(Picture((Curve(RISING), Curve(((5.0, 5.0),), rings=True))))
    assert sum(line.count("○") for line in lines) == 1


def test_ratios_are_evenly_spaced_on_a_log_axis() -> None:
    scale = scale_of([1e-3, 1.0], log=True)
    places = [scale.share(value) for value in (1e-3, 1e-2, 1e-1, 1.0)]
    steps = [after - before for before, after in pairwise(places)]
    assert max(steps) - min(steps) < 1e-9
    assert not scale.holds(0.0) and scale.ticks()


@pytest.mark.parametrize("word", ["end of epoch 1", "第一轮结束"])
@pytest.mark.parametrize("at", [0.0, 5.0, 10.0])
def test_a_mark_has_its_word_beside_it(word: str, at: float) -> None:
    lines = text(Picture((Curve(RISING),), marks=((at, word),)))
    assert word in lines[0]
    assert all(cell_len(line) <= 40 for line in lines)
    assert sum("┊" in line for line in lines) >= 6


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40), st.integers(12, 120), st.integers(6, 40))
def test_nothing_is_wider_or_higher_than_its_room(values: list[float], width: int, height: int) -> None:
    picture = Picture(
        (Curve(tuple(enumerate(values)), "名字"),), title="Title", x_label="步", marks=((1.0, "标记"),)
    )
    lines = text(picture, width, height)
    assert len(lines) in (0, height)
    assert all(cell_len(line) <= width for line in lines)


@given(st.floats(-1e4, 1e4), st.floats(1e-2, 1e9))
def test_ticks_are_round_and_say_what_they_are(low: float, span: float) -> None:
    ticks = nice_ticks(low, low + span)
    assert len(ticks) <= 6
    assert all(low - 1e-6 * span <= tick <= low + span * (1 + 1e-6) for tick in ticks)
    for tick, label in zip(ticks, tick_labels(ticks), strict=True):
        assert "e" in label or float(label.replace(",", "")) == pytest.approx(tick, abs=1e-6 * span)


def test_a_stroke_stays_on_its_canvas() -> None:
    cells = stroke(BLOCKS, [(0.0, 0.0), (1.0, 1.0), (2.0, -1.0)], 10, 5)
    assert all(0 <= column < 10 and 0 <= row < 5 for column, row in cells)
    assert (0, 0) in cells and (9, 4) in cells


def test_without_a_point_there_are_no_axes_either() -> None:
    assert text(Picture((Curve(()),), x_range=(0.0, 90.0))) == []
