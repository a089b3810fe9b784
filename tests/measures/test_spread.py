"""Differences of scores against the t-tests of scipy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from objtui.measures.spread import paired_difference, unpaired_difference

values = st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=8).map(np.array)


@given(st.data(), values)
def test_paired_is_that_of_the_paired_t_test(data: st.DataObject, reference: np.ndarray) -> None:
    own = st.lists(st.floats(-1e3, 1e3), min_size=len(reference), max_size=len(reference))
    here = np.array(data.draw(own))
    found = paired_difference(here, reference)
    assert found.mean == pytest.approx((here - reference).mean())
    assert found.error == pytest.approx(stats.sem(here - reference))
    if found.error > 1e-6 and np.ptp(here - reference) > 1e-3:
        statistic = stats.ttest_rel(here, reference).statistic
        assert found.mean / found.error == pytest.approx(statistic)
        if abs(abs(statistic) - 2) > 1e-9:  # on the border rounding decides
            assert found.inside == (abs(statistic) < 2)


@given(values, values)
def test_unpaired_is_that_of_welchs_t_test(here: np.ndarray, there: np.ndarray) -> None:
    found = unpaired_difference(here, there)
    assert found.mean == pytest.approx(here.mean() - there.mean(), abs=1e-9)
    if np.ptp(here) > 1e-3 and np.ptp(there) > 1e-3:
        statistic = stats.ttest_ind(here, there, equal_var=False).statistic
        assert found.mean / found.error == pytest.approx(statistic)


def test_pairing_finds_a_small_difference_among_seeds_that_differ_much() -> None:
    seeds = np.array([0.2, 0.5, 0.9, 0.4])
    better = seeds - [0.010, 0.011, 0.009, 0.010]
    assert not paired_difference(better, seeds).inside
    assert unpaired_difference(better, seeds).inside


def test_one_seed_has_a_difference_without_a_spread() -> None:
    for compare in (paired_difference, unpaired_difference):
        found = compare(np.array([0.3]), np.array([0.1]))
        assert found.mean == pytest.approx(0.2)
        assert math.isnan(found.spread)
        assert not found.inside


def test_a_seed_that_diverged_is_left_out_of_both() -> None:
    here, there = np.array([1.0, np.nan, 3.0, 5.0]), np.array([0.5, 0.0, np.inf, 4.0])
    assert paired_difference(here, there).mean == 0.75
    assert unpaired_difference(here, there).mean == 1.5
    nothing = np.array([np.nan])
    assert math.isnan(paired_difference(here[:1], nothing).mean)
    assert math.isnan(unpaired_difference(nothing, here).mean)


def test_heads_that_are_the_same_do_not_differ() -> None:
    same = np.array([0.1, 0.2])
    assert paired_difference(same, same).inside
