"""Values over steps in the columns of a diagram."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from objtui.ui.charts.scale import step_scale
from objtui.ui.charts.step_columns import column_ranges, last_before, step_places

NAN = float("nan")


def test_step_0_has_no_place_on_a_log_axis():
    scale = step_scale(100, 100, True, 5)
    places = step_places(np.array([0, 1, 10, 100]), scale)
    assert np.isnan(places[0])
    np.testing.assert_allclose(places[1:], [0, 0.5, 1])


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=200), st.integers(1, 20))
def test_every_value_is_within_the_range_of_its_column(values, columns):
    y = np.array(values)
    x = np.linspace(0, 1, len(y))
    low, high = column_ranges(x, y, columns)
    assert np.nanmin(low) == y.min()
    assert np.nanmax(high) == y.max()
    assert (low <= high)[~np.isnan(low)].all()


def test_columns_between_two_moments_lie_on_the_line_through_them():
    low, high = column_ranges(np.array([0.0, 1.0]), np.array([0.0, 10.0]), 11)
    np.testing.assert_allclose(low, np.arange(11))
    np.testing.assert_allclose(high, np.arange(11))


def test_a_missing_value_breaks_the_line():
    low, _ = column_ranges(np.array([0.0, 0.5, 1.0]), np.array([1.0, NAN, 1.0]), 11)
    assert np.isnan(low[1:10]).all()
    assert low[0] == low[10] == 1


def test_a_column_holds_the_last_moment_up_to_its_end():
    held = last_before(np.array([0.0, 0.05, 0.32, 0.5]), 10)
    assert held.tolist() == [1, 1, 1, 2, 2, 3, -1, -1, -1, -1]
    assert last_before(np.array([NAN, 0.3]), 4).tolist() == [-1, 1, -1, -1]
    assert last_before(np.array([NAN]), 3).tolist() == [-1, -1, -1]
