"""The halves of the evaluation rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from objtui.measures.halves import fitting_half

classes = st.lists(st.booleans(), max_size=200).map(lambda flags: np.array(flags, dtype=bool))
seeds = st.integers(0, 2**63 - 1)


@given(classes, seeds)
def test_half_of_every_class_is_fitted_on(positive: np.ndarray, seed: int) -> None:
    chosen = fitting_half(positive, seed)
    assert chosen.shape == positive.shape
    for of_class in (positive, ~positive):
        assert chosen[of_class].sum() == of_class.sum() // 2


@given(classes, seeds)
def test_the_halves_depend_on_classes_and_seed_alone(positive: np.ndarray, seed: int) -> None:
    assert np.array_equal(fitting_half(positive, seed), fitting_half(positive.copy(), seed))


def test_the_halves_are_the_same_on_every_machine() -> None:
    chosen = fitting_half(np.arange(12) % 3 == 0, 7)
    assert np.flatnonzero(chosen).tolist() == [1, 5, 6, 7, 9, 11]


def test_another_seed_gives_halves_that_have_nothing_to_do_with_the_first() -> None:
    positive = np.zeros(10_000, dtype=bool)
    one, other = fitting_half(positive, 0), fitting_half(positive, 1)
    assert (one & other).sum() == pytest.approx(2500, abs=4 * 25)  # sd of the hypergeometric: 25


def test_neighbours_are_divided_by_chance() -> None:
    chosen = fitting_half(np.zeros(10_000, dtype=bool), 0)
    assert (chosen[1:] != chosen[:-1]).sum() == pytest.approx(5000, abs=4 * 50)
