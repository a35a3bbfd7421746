"""Three words cover every loss curve, and each is read from the numbers alone."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labs.curve_shape import SHAPES, read_curve


def test_a_curve_that_comes_down_and_stays_flattens() -> None:
    reading = read_curve([(0, 4.0), (50, 1.2), (100, 1.0), (150, 1.01)])
    assert (reading.shape, reading.lowest_step) == ("flattens", 100)


def test_a_curve_that_climbs_from_its_minimum_turns_up() -> None:
    reading = read_curve([(0, 4.0), (50, 1.0), (100, 1.3)])
    assert (reading.shape, reading.lowest, reading.last) == ("turns-up", 1.0, 1.3)


def test_a_curve_that_barely_moves_fails_to_learn() -> None:
    assert read_curve([(0, 4.0), (50, 3.9), (100, 3.8)]).shape == "fails"


def test_what_fell_before_the_first_point_counts_as_fallen() -> None:
    points = [(10, 2.86), (20, 2.91), (30, 3.55)]  # forty rows at a high rate: all was learned in ten steps
    assert read_curve(points).shape == "fails"
    reading = read_curve(points, began=4.14)
    assert (reading.shape, reading.first, reading.lowest_step) == ("turns-up", 4.14, 10)
    assert read_curve(points, began=math.nan).first == 2.86


def test_nan_is_a_failure_however_low_the_loss_had_come() -> None:
    reading = read_curve([(0, 4.0), (50, 1.0), (100, math.nan)])
    assert reading.shape == "fails"
    assert reading.diverged


def test_the_first_of_equal_minima_counts() -> None:
    assert read_curve([(0, 4.0), (50, 1.0), (100, 1.0)]).lowest_step == 50


def test_nothing_finite_is_an_error_not_a_shape() -> None:
    with pytest.raises(ValueError, match="finite"):
        read_curve([(0, math.nan)])


@given(st.lists(st.floats(0.001, 20), min_size=1))
def test_every_curve_has_one_of_the_three_shapes(losses: list[float]) -> None:
    reading = read_curve(list(enumerate(losses)))
    assert reading.shape in SHAPES
    assert reading.lowest == min(losses)
