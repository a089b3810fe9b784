"""Shares of variance of a full grid."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from objtui.measures.spread import ALIKE
from objtui.sweep.variance import LEVEL, shares_of


def test_effects_that_are_known_have_their_shares() -> None:
    rate, width, seeds = np.array([0.0, 2.0]), np.array([0.0, 1.0, 2.0]), np.array([-0.5, 0.5])
    table = rate[:, None, None] + width[None, :, None] + seeds
    shares = shares_of(table, ["rate", "width"])
    assert shares is not None
    variances = [values.var() for values in (rate, width, seeds)]
    expected = [each / sum(variances) for each in variances]
    assert [each.share for each in shares.factors] == pytest.approx(expected[:2])
    assert shares.seeds == pytest.approx(expected[2])
    assert shares.together == pytest.approx(0)


def test_what_factors_do_together_is_neither_of_theirs() -> None:
    shares = shares_of(np.array([[[1.0], [0.0]], [[0.0], [1.0]]]), ["a", "b"])
    assert shares is not None
    assert shares.together == pytest.approx(1)


@given(
    st.lists(st.integers(2, 3), min_size=1, max_size=3),
    st.integers(1, 4),
    st.integers(0, 1000),
)
def test_shares_add_up_to_one(values: list[int], seeds: int, draw: int) -> None:
    table = np.random.default_rng(draw).normal(size=(*values, seeds))
    shares = shares_of(table, [f"f{i}" for i in range(len(values))])
    assert shares is not None
    whole = sum(each.share for each in shares.factors) + shares.together + shares.seeds
    assert whole == pytest.approx(1)


def test_a_factor_within_the_noise_of_seeds_is_said_to_be() -> None:
    noise = np.random.default_rng(0).normal(size=(2, 2, 8))
    noise[:, 1] = noise[:, 0, ::-1]  # other values, of the same mean
    noise[1] += 10
    shares = shares_of(noise, ["large", "none"])
    assert shares is not None
    assert [each.within_noise for each in shares.factors] == [False, True]


def test_a_factor_far_above_the_seeds_is_no_noise_where_another_changes_its_size() -> None:
    cells = np.array([[0.33, 0.155], [0.11, 0.087], [0.084, 0.083]])
    table = cells[..., None] + np.array([-0.01, 0.01])
    shares = shares_of(table, ["rate", "scale"])
    assert shares is not None
    assert [each.within_noise for each in shares.factors] == [False, False]


def test_a_factor_that_matters_in_opposite_ways_is_not_called_noise() -> None:
    table = np.array([[1.0, 0.0], [0.0, 1.0]])[..., None] + np.array([-0.01, 0.0, 0.01])
    shares = shares_of(table, ["a", "b"])
    assert shares is not None
    assert shares.together > 0.9
    assert not any(each.within_noise for each in shares.factors)


def test_a_single_seed_tells_nothing_of_noise() -> None:
    shares = shares_of(np.array([[[1.0], [1.1]], [[1.1], [1.0]]]), ["a", "b"])
    assert shares is not None
    assert not any(each.within_noise for each in shares.factors)


@given(st.integers(2, 5), st.integers(2, 6), st.integers(0, 1000), st.floats(0, 3))
def test_one_factor_is_noise_where_the_analysis_of_variance_says_so(
    values: int, seeds: int, draw: int, effect: float
) -> None:
    table = np.random.default_rng(draw).normal(size=(values, seeds))
    table[0] += effect
    shares = shares_of(table, ["a"])
    assert shares is not None
    assert shares.factors[0].within_noise == (stats.f_oneway(*table).pvalue > LEVEL)


@given(st.integers(0, 1000), st.floats(0, 2))
def test_of_two_factors_both_mean_squares_are_held_against_that_within_cells(
    draw: int, effect: float
) -> None:
    table = np.random.default_rng(draw).normal(size=(3, 2, 4))
    table[0] += effect
    cells, whole = table.mean(-1), table.mean()
    within = sum(table[i, j].var(ddof=1) for i in range(3) for j in range(2)) / 6
    rows, columns = cells.mean(1), cells.mean(0)
    alone = 8 * rows.var(ddof=1)
    rest = cells - rows[:, None] - columns + whole
    together = 4 * np.square(rest).sum() / 2
    chances = [stats.f.sf(each / within, 2, 18) for each in (alone, together)]
    shares = shares_of(table, ["a", "b"])
    assert shares is not None
    assert shares.factors[0].within_noise == (min(chances) > LEVEL)


def test_equal_values_have_no_shares() -> None:
    for value in (1.0, 0.81902683464335):  # the mean of which is rounded to another value
        assert shares_of(np.full((3, 4, 5), value), ["a", "b"]) is None


def test_values_that_are_alike_have_none_either() -> None:
    table = np.full((3, 4, 5), 0.81902683464335)
    table[1:] *= 1 + ALIKE / 2
    assert shares_of(table, ["a", "b"]) is None
    table[2:] *= 1 + ALIKE
    shares = shares_of(table, ["a", "b"])
    assert shares is not None
    assert shares.factors[0].share == pytest.approx(1)
