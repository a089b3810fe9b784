"""Logit histograms: their edges, counting into them, and spreading them over other edges."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from objtui.measures.histogram import (
    BINS,
    CELLS,
    LOGIT_EDGES,
    count_logits,
    rebin,
    rebin_probability,
)

logits = st.floats(-1000, 1000, width=32) | st.sampled_from([-math.inf, math.inf, 0.0, -0.0])
counts = arrays.arrays(np.int64, CELLS, elements=st.integers(0, 10**6), fill=st.just(0))
ascending = st.lists(st.floats(-900, 900), min_size=1, max_size=12).map(sorted)


def split_by_hand(cells: np.ndarray, edges: list[float]) -> list[float]:
    """Every bin's rows, cell by cell, by the share of its width between two edges."""
    bounds = [-math.inf, *edges, math.inf]
    result = [0.0] * (len(edges) + 1)
    for cell, rows in enumerate(cells.tolist()):
        if cell in (0, CELLS - 1):  # beyond all bins, and so beyond all edges
            result[0 if cell == 0 else -1] += rows
            continue
        low, high = float(LOGIT_EDGES[cell - 1]), float(LOGIT_EDGES[cell])
        for i in range(len(result)):
            shared = min(high, bounds[i + 1]) - max(low, bounds[i])
            result[i] += rows * max(0.0, shared) / (high - low)
    return result


def test_edges_ascend_and_are_symmetric_about_0_which_is_one() -> None:
    assert LOGIT_EDGES.shape == (BINS + 1,)
    assert (np.diff(LOGIT_EDGES) > 0).all()
    assert np.array_equal(LOGIT_EDGES, -LOGIT_EDGES[::-1])
    assert LOGIT_EDGES[BINS // 2] == 0


def test_edges_are_exact_in_float32_and_cannot_be_changed() -> None:
    assert np.array_equal(LOGIT_EDGES.astype(np.float32).astype(np.float64), LOGIT_EDGES)
    with pytest.raises(ValueError, match="read-only"):
        LOGIT_EDGES[0] = 1


def test_an_edge_is_where_saturation_begins() -> None:
    assert np.abs(LOGIT_EDGES - math.log(99)).min() < 2.5e-4


def test_edges_reach_past_the_logit_whose_sigmoid_is_0_in_float64() -> None:
    assert math.exp(-LOGIT_EDGES[-1]) == 0
    assert LOGIT_EDGES[-1] > 745


@given(st.lists(logits, max_size=50))
def test_every_logit_is_in_the_one_bin_that_holds_it(values: list[float]) -> None:
    found = count_logits(values)
    assert found.shape == (CELLS,)
    assert found.dtype == np.int64
    bounds = [-math.inf, *LOGIT_EDGES.tolist(), math.inf]
    for cell in {0, CELLS - 1, *np.flatnonzero(found).tolist()}:
        low, high = bounds[cell], bounds[cell + 1]
        holds = [low <= z < high or (high == math.inf and z == high) for z in values]
        assert found[cell] == sum(holds)
    assert found.sum() == len(values)


def test_nan_has_no_bin() -> None:
    with pytest.raises(ValueError, match="NaN"):
        count_logits([0.0, math.nan])


@given(counts, ascending)
def test_rebinning_keeps_the_total_and_makes_nothing_negative(
    cells: np.ndarray, edges: list[float]
) -> None:
    spread = rebin(cells, edges)
    assert spread.shape == (len(edges) + 1,)
    assert spread.sum() == pytest.approx(cells.sum(), rel=1e-12)
    assert (spread >= -1e-6).all()


@given(counts, ascending)
def test_rebinning_splits_bins_by_width(cells: np.ndarray, edges: list[float]) -> None:
    np.testing.assert_allclose(rebin(cells, edges), split_by_hand(cells, edges), atol=1e-3)


@given(counts)
def test_rebinning_onto_the_same_edges_changes_nothing(cells: np.ndarray) -> None:
    np.testing.assert_allclose(rebin(cells, LOGIT_EDGES), cells, atol=1e-6)


def test_rebinning_works_on_the_last_axis_of_many_histograms() -> None:
    many = np.random.default_rng(0).integers(0, 9, (2, 3, CELLS))
    edges = [-3.0, 0.1, 7.0]
    spread = rebin(many, edges)
    assert spread.shape == (2, 3, 4)
    for index in np.ndindex(2, 3):
        np.testing.assert_allclose(spread[index], rebin(many[index], edges))


@given(counts, st.lists(st.floats(0, 1), min_size=1, max_size=9).map(sorted))
def test_edges_of_probability_are_those_of_their_logits(
    cells: np.ndarray, edges: list[float]
) -> None:
    by_logit = [
        -math.inf if p == 0 else math.inf if p == 1 else math.log(p) - math.log1p(-p) for p in edges
    ]
    spread = rebin_probability(cells, edges)
    assert spread.sum() == pytest.approx(cells.sum(), rel=1e-12)
    np.testing.assert_allclose(spread, split_by_hand(cells, by_logit), atol=1e-3)


def test_rows_beyond_all_bins_stay_beyond_all_edges() -> None:
    beyond = 2 * float(LOGIT_EDGES[-1])
    cells = count_logits([-math.inf, -beyond, 0.5, beyond, math.inf, math.inf])
    assert rebin_probability(cells, [0.0, 0.5, 1.0]).tolist() == [2, 0, 1, 3]
    assert rebin(cells, [-2 * beyond, 0, 2 * beyond]).tolist() == [2, 0, 1, 3]
