"""The F distribution, against SciPy's and a printed table."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from objtui.measures.f_distribution import f_tail


@given(st.floats(0, 1e4), st.integers(1, 200), st.integers(1, 2000))
def test_tails_are_those_of_scipy(ratio: float, above: int, below: int) -> None:
    expected = float(stats.f.sf(ratio, above, below))
    assert f_tail(ratio, above, below) == pytest.approx(expected, rel=1e-8, abs=1e-12)


@pytest.mark.parametrize(
    ("ratio", "above", "below"),
    [(161.45, 1, 1), (18.513, 1, 2), (5.1433, 2, 6), (3.3258, 5, 10), (2.3479, 10, 20)],
)
def test_the_95_percent_points_of_tables_have_tails_of_5(
    ratio: float, above: int, below: int
) -> None:
    assert f_tail(ratio, above, below) == pytest.approx(0.05, rel=1e-3)


def test_the_ends_are_sure() -> None:
    assert f_tail(0.0, 3, 4) == 1
    assert f_tail(math.inf, 3, 4) == 0
