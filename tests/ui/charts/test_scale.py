"""Scales of the curve panel: round ends, ticks and labels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from objtui.ui.charts.scale import step_scale, value_scale


def test_a_linear_scale_has_round_ends_around_the_values():
    scale = value_scale(0.031, 0.684, False, 5)
    assert (scale.low, scale.high) == pytest.approx((0.0, 0.8))
    assert [scale.label(tick) for tick in scale.ticks] == ["0", ".2", ".4", ".6", ".8"]


def test_a_log_scale_has_decades():
    scale = value_scale(3e-7, 12.0, True, 5)
    assert (scale.low, scale.high) == pytest.approx((2e-7, 20.0))
    assert [scale.label(tick) for tick in scale.ticks] == ["1e-6", "1e-4", ".01", "1"]


def test_equal_values_lie_within_the_scale():
    for value in (0.0, 0.5, -3.0, 1e150):
        scale = value_scale(value, value, False, 4)
        assert 0 < float(scale.place(value)) < 1


@given(st.floats(-1e150, 1e150), st.floats(-1e150, 1e150), st.integers(1, 12))
def test_values_lie_between_the_ends_of_a_linear_scale(a, b, ticks):
    low, high = min(a, b), max(a, b)
    scale = value_scale(low, high, False, ticks)
    places = scale.place([low, high])
    assert np.isfinite(places).all()
    assert (places > -1e-6).all()
    assert (places < 1 + 1e-6).all()
    assert all(len(scale.label(tick)) <= 12 for tick in scale.ticks)


@given(st.floats(1e-150, 1e150), st.floats(1e-150, 1e150), st.integers(1, 12))
def test_values_lie_between_the_ends_of_a_log_scale(a, b, ticks):
    low, high = min(a, b), max(a, b)
    scale = value_scale(low, high, True, ticks)
    places = scale.place([low, high])
    assert (places > -1e-6).all()
    assert (places < 1 + 1e-6).all()
    assert len(scale.ticks) <= max(ticks, 2)


@given(st.integers(0, 10**9), st.integers(1, 10**9), st.booleans(), st.integers(0, 20))
def test_steps_have_a_place_and_fill_two_fifths_of_it(last, steps, log, ticks):
    scale = step_scale(last, max(last, steps), log, ticks)
    assert float(scale.place(max(last, 1))) <= 1 + 1e-9
    if not log and last:
        assert float(scale.place(last)) >= 0.4 - 1e-9


def test_the_scale_of_steps_ends_where_the_training_does():
    assert step_scale(1240, 1500, False, 5).high == 1500
    assert step_scale(310, 1500, False, 5).high == 500
