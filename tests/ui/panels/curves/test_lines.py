"""The moving average, against its closed form and Adam's bias correction."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from objtui.ui.panels.curves.lines import debiased_average

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30)
WEIGHTS = st.floats(0.0, 0.99)


@given(VALUES, WEIGHTS)
def test_it_is_the_average_weighted_by_powers_of_the_weight(values, weight):
    expected = [
        np.average(values[: t + 1], weights=weight ** np.arange(t, -1, -1.0))
        for t in range(len(values))
    ]
    assert debiased_average(np.array(values), weight) == pytest.approx(expected, abs=1e-6)


@given(VALUES, st.floats(0.01, 0.99))
def test_it_is_an_average_from_zero_divided_by_adams_correction(values, weight):
    average, expected = 0.0, []
    for t, value in enumerate(values, 1):
        average = weight * average + (1 - weight) * value
        expected.append(average / (1 - weight**t))
    assert debiased_average(np.array(values), weight) == pytest.approx(expected, rel=1e-6, abs=1e-5)


def test_a_constant_stays_as_it_is_from_the_first_value_on():
    assert debiased_average(np.full(50, 3.0), 0.9) == pytest.approx(np.full(50, 3.0))


def test_what_is_not_finite_is_left_out_and_stays_a_gap():
    smoothed = debiased_average(np.array([1.0, np.nan, np.inf, 4.0]), 0.5)
    assert np.isnan(smoothed[1:3]).all()
    assert smoothed[3] == pytest.approx((0.125 * 1 + 4) / 1.125)


def test_columns_are_smoothed_apart():
    values = np.array([[1.0, 10.0], [3.0, np.nan], [5.0, 30.0]])
    both = debiased_average(values, 0.6)
    for column in range(2):
        np.testing.assert_array_equal(both[:, column], debiased_average(values[:, column], 0.6))
