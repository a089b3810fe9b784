"""The axis on which charts place rows, against NumPy's histogram and SciPy's sigmoid."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from objtui.figures.row_axis import RowAxis
from objtui.measures.histogram import LOGIT_EDGES, count_logits
from objtui.measures.logit_axis import LogitScale

Z, P = RowAxis(LogitScale(-40, 40)), RowAxis(LogitScale(-40, 40), probability=True)


@given(st.lists(st.integers(0, len(LOGIT_EDGES) - 2), min_size=1, max_size=50))
def test_shares_by_p_are_those_of_the_sigmoids_of_rows(cells: list[int]) -> None:
    logits = (LOGIT_EDGES[:-1] + LOGIT_EDGES[1:])[cells] / 2
    shares, beyond = P.shares(count_logits(logits), P.edges(4))
    edges = logit(P.edges(4)[1:-1])  # a row whose cell holds an edge is shared out by it
    apart = ~np.isin(np.searchsorted(LOGIT_EDGES, edges), np.asarray(cells) + 1)
    expected, _ = np.histogram(expit(logits), P.edges(4), weights=np.ones(len(logits)))
    if apart.all():
        assert shares * len(logits) == pytest.approx(expected, abs=1e-6)
    assert shares.sum() == pytest.approx(1)
    assert beyond == pytest.approx([0, 0], abs=1e-12)


def test_rows_beyond_the_axis_stand_in_its_outermost_bins_and_are_told() -> None:
    shares, beyond = Z.shares(count_logits([-100.0, 0.1, 0.1, 100.0]), Z.edges(8))
    assert shares == pytest.approx([0.25, 0, 0, 0, 0.5, 0, 0, 0.25])
    assert beyond == pytest.approx([0.25, 0.25])


@given(st.floats(-1e4, 1e4))
def test_a_logit_has_its_place_on_either_axis(z: float) -> None:
    assert P.place(z) == pytest.approx(expit(z))
    assert Z.place(z) == pytest.approx(np.clip(z, -40, 40))
    assert P.logits(P.place(np.array([z / 1000]))) == pytest.approx([z / 1000], abs=1e-6)


def test_p_of_0_and_1_are_no_finite_logits() -> None:
    assert P.logits(np.array([0.0, 0.5, 1.0])).tolist() == [-np.inf, 0.0, np.inf]
