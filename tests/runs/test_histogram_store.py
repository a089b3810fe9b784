"""The store of histograms: what it keeps, and how much of it."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from objtui.measures.histogram import CELLS
from objtui.runs.histogram_store import MAX_MOMENTS, HistogramStore


def counts_of(step: int, heads: int = 2) -> np.ndarray:
    """Counts that tell their step and head."""
    counts = np.zeros((heads, 2, CELLS), dtype=np.int32)
    counts[:, 1, 7] = step + 1000 * np.arange(heads)
    return counts


def filled(steps: list[int], most: int = MAX_MOMENTS, recent: int = 4) -> HistogramStore:
    store = HistogramStore(2, most, recent)
    for step in steps:
        store.add(step, counts_of(step))
    return store


@given(st.lists(st.integers(0, 400), max_size=80), st.integers(8, 20))
@settings(max_examples=60, deadline=None)
def test_what_is_kept_is_what_was_added_whatever_the_order(steps: list[int], most: int) -> None:
    store = filled(steps, most)
    assert len(store) == min(len(set(steps)), most) or len(set(steps)) > most
    assert len(store) <= most
    kept = store.steps
    assert (np.diff(kept) > 0).all()
    for head in range(2):
        series = store.series(head)
        assert series.steps.tolist() == kept.tolist()
        assert series.counts[:, 1, 7].tolist() == (kept + 1000 * head).tolist()


@given(st.lists(st.integers(0, 400), min_size=30, max_size=80))
@settings(max_examples=20, deadline=None)
def test_the_same_moments_in_the_same_order_leave_the_same(steps: list[int]) -> None:
    assert filled(steps, 10).steps.tolist() == filled(steps, 10).steps.tolist()


def test_the_first_and_the_latest_stay() -> None:
    kept = filled(list(range(1000)), 50, 16).steps
    assert kept[0] == 0
    assert kept[-16:].tolist() == list(range(984, 1000))


def test_both_kinds_of_axis_stay_filled() -> None:
    kept = filled(list(range(0, 100_000, 10)), 200).steps
    assert np.diff(kept).max() < 100_000 / 50
    assert np.diff(np.log1p(kept)[1:]).max() < np.log1p(100_000) / 10


def test_counts_of_a_step_that_comes_again_take_the_place_of_those_before() -> None:
    store = filled([1, 2])
    store.add(1, counts_of(500))
    assert store.steps.tolist() == [1, 2]
    assert store.series(0).counts[0, 1, 7] == 500


def test_memory_is_bounded() -> None:
    store = filled(list(range(MAX_MOMENTS + 200)))
    held = store.series(0).counts.nbytes
    assert len(store) == MAX_MOMENTS
    assert held == MAX_MOMENTS * 2 * CELLS * 4
    assert 12 * held < 23e6
