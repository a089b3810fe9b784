"""Intervals over seeds, against SciPy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from objtui.measures.intervals import estimate, student


@pytest.mark.parametrize("freedom", [*range(1, 40), 100, 9999])
def test_students_t_is_that_of_scipy(freedom: int) -> None:
    assert student(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=5e-5)


@pytest.mark.parametrize("seeds", [2, 3, 5, 20])
def test_an_interval_of_differences_is_that_of_the_paired_t_test(seeds: int) -> None:
    rng = np.random.default_rng(seeds)
    one, other = rng.normal(size=(2, seeds))
    theirs = stats.ttest_rel(one, other).confidence_interval(0.95)
    ours = estimate(one - other)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), rel=1e-4)
    assert ours.mean == pytest.approx(float(np.mean(one - other)))
    assert (ours.above, ours.below, ours.seeds) == (ours.low, ours.high, seeds)


def test_one_seed_has_a_mean_and_no_interval() -> None:
    ours = estimate([3.0])
    assert (ours.mean, ours.above, ours.below, ours.seeds) == (3.0, 3.0, 3.0, 1)
    assert math.isnan(ours.low)
    assert math.isnan(ours.high)


@pytest.mark.parametrize("values", [[], [1.0, math.nan], [math.inf, 1.0]])
def test_what_is_not_finite_has_no_mean(values: list[float]) -> None:
    assert math.isnan(estimate(values).mean)
