"""Shares of variance of a full grid."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from objtui.sweep.variance import shares_of


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


def test_equal_values_have_no_shares() -> None:
    assert shares_of(np.ones((2, 2, 3)), ["a", "b"]) is None
