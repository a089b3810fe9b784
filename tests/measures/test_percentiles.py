"""Percentiles from histograms, against those of the logits themselves."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from objtui.measures.histogram import BINS, LOGIT_EDGES, count_logits
from objtui.measures.percentiles import PERCENTS, percentiles

logits = st.floats(-900, 900, width=32)


def bin_width(z: float) -> float:
    cell = min(int(np.searchsorted(LOGIT_EDGES, z, side="right")), BINS)
    return float(LOGIT_EDGES[cell] - LOGIT_EDGES[cell - 1])


@given(st.lists(logits, min_size=1, max_size=60))
def test_every_percentile_is_in_the_bin_of_the_row_of_its_rank(values: list[float]) -> None:
    ranked = np.percentile(values, PERCENTS, method="inverted_cdf")
    for found, row in zip(percentiles(count_logits(values)), ranked, strict=True):
        assert abs(found - row) <= bin_width(float(row)) * (1 + 1e-12)


def test_many_rows_have_their_percentiles_within_a_bin() -> None:
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.normal(-6, 2, 20_000), rng.normal(3, 4, 3_000)])
    for found, true in zip(
        percentiles(count_logits(values)), np.percentile(values, PERCENTS), strict=True
    ):
        assert abs(found - true) <= bin_width(float(true))


def test_inside_a_bin_rows_count_as_spread_evenly() -> None:
    cell = BINS // 2 + 1
    counts = np.zeros(BINS + 2, dtype=np.int64)
    counts[cell] = 4
    width = LOGIT_EDGES[cell] - LOGIT_EDGES[cell - 1]
    np.testing.assert_allclose(percentiles(counts, (25, 50)), width * np.array([0.25, 0.5]))


def test_without_rows_there_is_none() -> None:
    assert np.isnan(percentiles(count_logits([]))).all()


def test_rows_beyond_all_bins_are_infinitely_far() -> None:
    found = percentiles(count_logits([-math.inf, 0.01, math.inf]))
    assert found[0] == -math.inf
    assert 0 <= found[2] <= LOGIT_EDGES[BINS // 2 + 1]
    assert found[-1] == math.inf


def test_it_works_on_the_last_axis_of_many_histograms() -> None:
    many = np.random.default_rng(0).integers(0, 9, (2, 3, BINS + 2))
    found = percentiles(many)
    assert found.shape == (2, 3, 5)
    for index in np.ndindex(2, 3):
        assert found[index] == pytest.approx(percentiles(many[index]))
