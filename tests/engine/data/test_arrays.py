"""Standardising and checking feature arrays in blocks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.preprocessing import StandardScaler

from objtui.engine.data import arrays
from objtui.engine.data.arrays import find_not_finite, require_finite, row_blocks, standardize
from objtui.errors import DataError


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_features_are_standardised_by_the_training_rows(
    dtype: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrays, "BLOCK_VALUES", 100)
    rng = np.random.default_rng(0)
    train, val = (rng.normal(5, 3, (rows, 7)).astype(dtype) for rows in (501, 99))
    scaler = StandardScaler().fit(train.astype(np.float64))
    expected = [scaler.transform(each.astype(np.float64)) for each in (train, val)]
    standardize(train, val)
    np.testing.assert_allclose(train, expected[0], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(val, expected[1], rtol=1e-5, atol=1e-6)


@given(value=st.floats(-1e6, 1e6), rows=st.integers(1, 30))
def test_a_constant_feature_becomes_0_everywhere(value: float, rows: int) -> None:
    train, val = np.full((rows, 1), value), np.array([[value + 1]])
    standardize(train, val)
    assert not train.any()
    assert not val.any()


def test_a_spread_beyond_float64_is_refused() -> None:
    with pytest.raises(DataError, match="feature 2 spreads too far"):
        standardize(np.array([[0.0, -1.5e308], [0.0, 1.5e308]]), None)


@given(rows=st.integers(0, 50), width=st.integers(1, 2000))
def test_blocks_cover_every_row_once(rows: int, width: int) -> None:
    covered = [i for block in row_blocks(rows, width) for i in range(block.start, block.stop)]
    assert covered == list(range(rows))


def test_the_first_value_that_is_not_finite_is_named_with_their_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(arrays, "BLOCK_VALUES", 6)
    features = np.zeros((10, 3))
    assert find_not_finite(features) is None
    features[4, 1], features[7, 0], features[7, 2] = np.nan, np.inf, -np.inf
    assert find_not_finite(features) == (3, 4, 1)
    with pytest.raises(DataError, match=r"x: feature 2 of row 5 .* \(3 such values\)"):
        require_finite(features, "x")
