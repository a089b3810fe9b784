"""The threshold sweep, against scikit-learn on logits that lie on edges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, f1_score, precision_recall_curve

from objtui.measures.histogram import BINS, CELLS, LOGIT_EDGES, count_logits
from objtui.measures.thresholds import f1_at_edges, precision_recall, threshold_sweep

on_edges = st.lists(st.tuples(st.integers(0, BINS - 1), st.booleans()), min_size=1, max_size=60)


def counted(z: np.ndarray, positive: np.ndarray) -> np.ndarray:
    return np.stack([count_logits(z[~positive]), count_logits(z[positive])])


@given(on_edges.filter(lambda rows: any(positive for _, positive in rows)))
def test_at_edges_it_is_what_scikit_learn_gives(rows: list[tuple[int, bool]]) -> None:
    at = np.array([edge for edge, _ in rows])
    z, positive = LOGIT_EDGES[at], np.array([flag for _, flag in rows])
    precision, recall, thresholds = precision_recall_curve(positive, z)
    sweep = threshold_sweep(counted(z, positive))
    found = np.searchsorted(LOGIT_EDGES, thresholds)
    np.testing.assert_allclose(sweep.precision[found], precision[:-1], atol=1e-12)
    np.testing.assert_allclose(sweep.recall[found], recall[:-1], atol=1e-12)
    f1 = [f1_score(positive, z >= threshold, zero_division=0) for threshold in thresholds]
    np.testing.assert_allclose(sweep.f1[found], f1, atol=1e-12)
    assert sweep.f1[sweep.best] == pytest.approx(max(f1))
    np.testing.assert_array_equal(f1_at_edges(counted(z, positive)), sweep.f1)


def test_above_every_row_there_is_no_precision() -> None:
    sweep = threshold_sweep(counted(np.array([-1.0, 1.0]), np.array([False, True])), [2.0, np.inf])
    assert np.isnan(sweep.precision).all()
    assert sweep.recall.tolist() == [0, 0]
    assert sweep.f1.tolist() == [0, 0]


def test_below_every_row_all_are_found_those_beyond_all_bins_too() -> None:
    z = np.array([-np.inf, 0.0, np.inf])
    sweep = threshold_sweep(counted(z, np.array([True, False, True])), [-np.inf])
    assert sweep.recall.tolist() == [1]
    assert sweep.precision == pytest.approx(2 / 3)


def test_between_edges_rows_of_a_bin_are_spread_evenly() -> None:
    counts = np.zeros((2, CELLS), dtype=np.int64)
    counts[1, BINS // 2 + 1] = 8
    quarter = LOGIT_EDGES[BINS // 2 + 1] / 4
    assert threshold_sweep(counts, [quarter]).recall == pytest.approx(0.75)


def test_without_objects_there_is_no_recall() -> None:
    sweep = threshold_sweep(counted(np.array([0.0]), np.array([False])))
    assert np.isnan(sweep.recall).all()
    assert np.isnan(sweep.f1).all()
    assert sweep.best == 0


rows_of_both = st.lists(st.tuples(st.floats(-30, 30), st.booleans()), min_size=2, max_size=80)


@given(rows_of_both.filter(lambda rows: any(positive for _, positive in rows)))
def test_the_curve_of_any_logits_is_that_of_scikit_learn_within_a_bin(
    rows: list[tuple[float, bool]],
) -> None:
    z, positive = np.array([logit for logit, _ in rows]), np.array([flag for _, flag in rows])
    _, recall, thresholds = precision_recall_curve(positive, z)
    curve = precision_recall(counted(z, positive))
    assert curve.recall[0] == 1
    assert curve.precision[0] == pytest.approx(positive.mean())
    # At an edge it is the curve itself: the point of the lowest threshold from there on.
    at_edges = np.isin(curve.logits, LOGIT_EDGES)
    edges = curve.logits[at_edges]
    following = np.searchsorted(thresholds, edges)
    np.testing.assert_allclose(curve.recall[at_edges], recall[following], atol=1e-12)
    # Between edges it lies between theirs.
    bins = np.searchsorted(LOGIT_EDGES, curve.logits[1:], side="right") - 1
    low = np.searchsorted(thresholds, LOGIT_EDGES[bins])
    high = np.searchsorted(thresholds, LOGIT_EDGES[np.minimum(bins + 1, BINS)])
    assert (curve.recall[1:] <= recall[low] + 1e-12).all()
    assert (curve.recall[1:] >= recall[high] - 1e-12).all()


def test_the_area_under_the_curve_is_average_precision_within_its_bins() -> None:
    rng = np.random.default_rng(3)
    positive = rng.random(20_000) < 0.1
    z = rng.normal(np.where(positive, 1.5, -1.5), 1.5)
    curve = precision_recall(counted(z, positive))
    area = -np.trapezoid(np.nan_to_num(curve.precision, nan=1.0), curve.recall)
    assert area == pytest.approx(average_precision_score(positive, z), abs=2e-3)
