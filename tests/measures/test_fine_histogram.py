"""Fine cells: where every logit stands, and that they add up to the bins of histograms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from objtui.measures.fine_histogram import (
    FINE_CELLS,
    FINE_EDGES,
    PIECES,
    cells_from_0,
    coarse_counts,
    fine_cells,
)
from objtui.measures.histogram import LOGIT_EDGES, count_logits


def test_every_edge_of_a_bin_is_an_edge_bit_for_bit() -> None:
    assert np.array_equal(FINE_EDGES[::PIECES], LOGIT_EDGES)


def test_edges_ascend_and_are_exact_in_float32() -> None:
    assert (np.diff(FINE_EDGES) > 0).all()
    assert np.array_equal(FINE_EDGES.astype("f4").astype("f8"), FINE_EDGES)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_a_logit_at_an_edge_or_beside_it_stands_where_a_search_puts_it(dtype: str) -> None:
    edges = FINE_EDGES.astype(dtype)
    z = np.concatenate(
        [
            edges,
            np.nextafter(edges, np.array(np.inf, dtype)),
            np.nextafter(edges, np.array(-np.inf, dtype)),
            (edges[1:] + edges[:-1]) / 2,
        ]
    )
    assert np.array_equal(fine_cells(z), np.searchsorted(edges, z, side="right"))


@given(st.lists(st.floats(allow_nan=False), max_size=30))
def test_any_logit_stands_where_a_search_puts_it(logits: list[float]) -> None:
    z = np.array(logits, np.float64)
    assert np.array_equal(fine_cells(z), np.searchsorted(FINE_EDGES, z, side="right"))


@given(st.lists(st.floats(allow_nan=False), max_size=30))
def test_counts_of_fine_cells_are_those_of_the_bins(logits: list[float]) -> None:
    z = np.array(logits, np.float64)
    fine = np.bincount(fine_cells(z), minlength=FINE_CELLS).astype(np.int64)
    assert np.array_equal(coarse_counts(fine), count_logits(z))


def test_cells_are_as_far_from_0_on_either_side() -> None:
    z = np.array([-0.0011, -0.0005, 0.0, 0.0005, 0.0011])
    assert cells_from_0(fine_cells(z)).tolist() == [1, 0, 0, 0, 1]
