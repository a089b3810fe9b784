"""Intervals over seeds, against SciPy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from objtui.measures.intervals import (
    estimate,
    estimate_share,
    paired_difference,
    student,
    unpaired_difference,
)

values = st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=8).map(np.array)


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


@given(st.data(), values)
def test_paired_is_that_of_the_paired_t_test(data: st.DataObject, reference: np.ndarray) -> None:
    own = st.lists(st.floats(-1e3, 1e3), min_size=len(reference), max_size=len(reference))
    here = np.array(data.draw(own))
    ours = paired_difference(here, reference)
    assert ours.mean == pytest.approx((here - reference).mean(), abs=1e-9)
    if np.ptp(here - reference) > 1e-3:
        test = stats.ttest_rel(here, reference)
        theirs = test.confidence_interval(0.95)
        close = 1e-5 * (theirs.high - theirs.low) + 1e-9
        assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=close)
        assert ours.half == pytest.approx((theirs.high - theirs.low) / 2, rel=1e-4)
        if abs(test.pvalue - 0.05) > 1e-3:  # on the border rounding decides
            assert ours.inside_noise == (test.pvalue > 0.05)


@given(values, values)
def test_unpaired_is_that_of_welchs_t_test_with_whole_degrees_of_freedom(
    here: np.ndarray, there: np.ndarray
) -> None:
    ours = unpaired_difference(here, there)
    assert ours.mean == pytest.approx(here.mean() - there.mean(), abs=1e-9)
    if np.ptp(here) > 1e-3 and np.ptp(there) > 1e-3:
        test = stats.ttest_ind(here, there, equal_var=False)
        error = math.sqrt(stats.sem(here) ** 2 + stats.sem(there) ** 2)
        widest = [
            stats.t.ppf(0.975, n) for n in (math.floor(test.df - 1e-9), math.floor(test.df + 1e-9))
        ]
        assert any(ours.half == pytest.approx(error * t, rel=1e-4) for t in widest)


def test_pairing_tells_a_small_difference_among_seeds_that_differ_much() -> None:
    seeds = np.array([0.2, 0.5, 0.9, 0.4])
    better = seeds - [0.010, 0.011, 0.009, 0.010]
    assert not paired_difference(better, seeds).inside_noise
    assert unpaired_difference(better, seeds).inside_noise


@pytest.mark.parametrize("compare", [paired_difference, unpaired_difference])
def test_one_seed_has_a_difference_without_an_interval(compare) -> None:
    ours = compare([0.3], [0.1])
    assert ours.mean == pytest.approx(0.2)
    assert math.isnan(ours.half)
    assert not ours.inside_noise


def test_a_seed_that_diverged_is_left_out_of_both() -> None:
    here, there = np.array([1.0, np.nan, 3.0, 5.0]), np.array([0.5, 0.0, np.inf, 4.0])
    assert paired_difference(here, there).mean == 0.75
    assert unpaired_difference(here, there).mean == 1.5
    assert math.isnan(paired_difference(here[:1], [math.nan]).mean)
    assert math.isnan(unpaired_difference([math.nan], here).mean)


def test_heads_that_are_the_same_do_not_differ() -> None:
    assert paired_difference([0.1, 0.2], [0.1, 0.2]).inside_noise
    assert unpaired_difference([0.1, 0.1], [0.1, 0.1]).inside_noise


def test_the_interval_of_a_share_stays_between_0_and_1() -> None:
    few, most = estimate_share([0.0, 0.0, 0.3]), estimate_share([1.0, 1.0, 0.7])
    assert (few.low, most.high) == (0.0, 1.0)
    assert few.high == pytest.approx(estimate([0.0, 0.0, 0.3]).high)
    assert estimate_share([0.4, 0.5, 0.6]) == estimate([0.4, 0.5, 0.6])
    assert math.isnan(estimate_share([0.5]).low)
