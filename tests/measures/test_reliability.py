"""Reliability by bins of p, against scikit-learn on the logits themselves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.calibration import calibration_curve

from objtui.measures.histogram import BINS, CELLS, LOGIT_EDGES, count_logits
from objtui.measures.reliability import reliability_bins
from objtui.measures.scores import ECE_BINS

MIDDLES = (LOGIT_EDGES[1:] + LOGIT_EDGES[:-1]) / 2
_INNER = np.arange(1, ECE_BINS) / ECE_BINS
CUT_CELLS = set(np.searchsorted(LOGIT_EDGES, np.log(_INNER / (1 - _INNER)), side="right").tolist())
"""Cells of histograms in which an edge of the bins of p lies."""

WHOLE_BINS = [cell for cell in range(1, BINS + 1) if cell not in CUT_CELLS]

rows = st.lists(st.tuples(st.sampled_from(WHOLE_BINS), st.booleans()), min_size=1, max_size=80)


def counted(z: np.ndarray, positive: np.ndarray) -> np.ndarray:
    return np.stack([count_logits(z[~positive]), count_logits(z[positive])])


@given(rows)
def test_bins_that_hold_no_edge_give_what_scikit_learn_gives(
    drawn: list[tuple[int, bool]],
) -> None:
    z = MIDDLES[np.array([cell for cell, _ in drawn]) - 1]
    positive = np.array([flag for _, flag in drawn])
    p = expit(z)
    share, mean_p = calibration_curve(positive, p, n_bins=ECE_BINS, strategy="uniform")
    bins = reliability_bins(counted(z, positive))
    some = bins.rows > 1e-9
    np.testing.assert_allclose(bins.share[some], share, atol=1e-9)
    np.testing.assert_allclose(bins.mean_p[some], mean_p, atol=1e-3)  # middles of bins, not means
    assert bins.rows.sum() == pytest.approx(len(z))


def test_many_rows_are_near_what_the_logits_give() -> None:
    rng = np.random.default_rng(1)
    z = rng.normal(0, 3, 40_000)
    positive = rng.random(40_000) < expit(0.7 * z)
    p = expit(z)
    share, mean_p = calibration_curve(positive, p, n_bins=ECE_BINS, strategy="uniform")
    bins = reliability_bins(counted(z, positive))
    np.testing.assert_allclose(bins.share, share, atol=0.01)
    np.testing.assert_allclose(bins.mean_p, mean_p, atol=0.002)
    of = np.minimum((p * ECE_BINS).astype(int), ECE_BINS - 1)
    by_bin = [abs(positive[of == i].sum() - p[of == i].sum()) for i in range(ECE_BINS)]
    assert bins.ece == pytest.approx(sum(by_bin) / len(p), abs=0.002)


def test_p_of_0_and_1_are_in_the_outer_bins() -> None:
    z = np.array([-np.inf, -700.0, 700.0, np.inf])
    bins = reliability_bins(counted(z, np.array([False, False, True, True])))
    assert bins.rows[[0, -1]] == pytest.approx([2, 2])
    assert bins.mean_p[[0, -1]] == pytest.approx([0, 1])
    assert bins.share[[0, -1]] == pytest.approx([0, 1])
    assert bins.ece == pytest.approx(0)


def test_bins_without_rows_have_neither_p_nor_share() -> None:
    bins = reliability_bins(np.zeros((2, CELLS), dtype=np.int64))
    assert np.isnan(bins.mean_p).all()
    assert np.isnan(bins.share).all()
    assert np.isnan(bins.ece)


def test_heads_are_binned_at_once() -> None:
    many = np.random.default_rng(0).integers(0, 9, (3, 2, CELLS))
    bins = reliability_bins(many)
    for head in range(3):
        np.testing.assert_allclose(bins.mean_p[head], reliability_bins(many[head]).mean_p)


@pytest.mark.parametrize(("rows", "sd"), [(300, 1.0), (5000, 3.0), (5000, 30.0), (400, 8.0)])
def test_the_ece_that_chance_gives_is_that_of_labels_drawn_by_their_p(rows: int, sd: float) -> None:
    rng = np.random.default_rng(0)
    z = rng.normal(-1, sd, rows)
    p = expit(z)
    bin_of = np.minimum((p * ECE_BINS).astype(int), ECE_BINS - 1)

    def ece_by_chance() -> float:
        surplus = (rng.random(rows) < p) - p
        return float(np.abs(np.bincount(bin_of, surplus, ECE_BINS)).sum() / rows)

    drawn = [ece_by_chance() for _ in range(1000)]
    mean, high = reliability_bins(counted(z, rng.random(rows) < p)).chance_ece
    assert mean == pytest.approx(np.mean(drawn), rel=0.12)
    assert high == pytest.approx(np.quantile(drawn, 0.95), rel=0.12)
