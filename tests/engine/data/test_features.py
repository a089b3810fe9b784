"""Features of rows: as numbers, and as crops in 8 bits that are standardised when asked for."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy
from sklearn.preprocessing import StandardScaler

from objtui.engine.data.features import CropTable, NumberTable, crop_tables

SIDES = [(0.25, 0.5), (1.0, 0.75), (0.5, 1.0)]


def tables(
    pixels: np.ndarray, kinds: np.ndarray, dtype: torch.dtype = torch.float64
) -> list[CropTable]:
    """Of the first half of some rows, which are trained on, and of the others."""
    half = len(pixels) // 2
    parts = (slice(None, half), slice(half, None))
    return crop_tables([pixels[p] for p in parts], [kinds[p] for p in parts], SIDES, dtype)[0]


def raw(pixels: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    """The same features as plain numbers."""
    return np.hstack([pixels / 255, np.array(SIDES)[kinds]])


def some_rows(rows: int = 60, width: int = 7) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return (
        rng.integers(0, 256, (rows, width), dtype=np.uint8),
        rng.integers(0, 3, rows).astype(np.int16),
    )


@settings(max_examples=60, deadline=None)
@given(
    st_numpy.arrays(np.uint8, st.tuples(st.integers(2, 40), st.integers(1, 6))),
    st.randoms(use_true_random=False),
)
def test_they_are_standardised_as_scikit_learn_does(pixels: np.ndarray, random: object) -> None:
    kinds = np.array([random.randrange(3) for _ in pixels], np.int16)  # type: ignore[attr-defined]
    half = len(pixels) // 2
    scaler = StandardScaler().fit(raw(pixels, kinds)[:half])
    expected = scaler.transform(raw(pixels, kinds))
    constant = np.ptp(raw(pixels, kinds)[:half], axis=0) == 0
    expected[:, constant] = 0
    train, val = tables(pixels, kinds)
    np.testing.assert_allclose(train.dense(), expected[:half], atol=1e-9)
    np.testing.assert_allclose(val.dense(), expected[half:], atol=1e-9)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_rows_taken_by_number_are_those_of_all(dtype: torch.dtype) -> None:
    (table, _), index = tables(*some_rows()), torch.tensor([3, 0, 3, 29])
    here = table.to(torch.device("cpu"), dtype)
    out = torch.empty(4, 9, dtype=dtype)
    here.take(index, out)
    assert here.dense().dtype == dtype
    assert torch.equal(out, here.dense()[index])
    assert torch.equal(here.block(slice(5, 9)), here.dense()[5:9])
    numbers = NumberTable(here.dense())
    numbers.take(index, out)
    assert torch.equal(out, here.dense()[index])
    assert numbers.shape == here.shape == (30, 9)
    assert len(numbers) == len(here) == 30


def test_a_constant_feature_is_0_for_whatever_comes_later() -> None:
    pixels, kinds = some_rows()
    pixels[:30, 2] = 77
    kinds[:30] = 1
    train, val = tables(pixels, kinds)
    assert not train.dense()[:, [2, 7, 8]].any()
    assert not val.dense()[:, [2, 7, 8]].any()


def test_pixels_are_kept_in_8_bits() -> None:
    table = tables(*some_rows())[0].to(torch.device("cpu"), torch.float32)
    assert table.pixels.dtype == torch.uint8
    assert table.pixels.nbytes == 30 * 7
