"""Heads at a moment and their histograms over steps, for the tests of diagrams."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from objtui.measures.histogram import CELLS, count_logits
from objtui.measures.scores import SCORE_NAMES
from objtui.runs.histogram_store import HistogramSeries
from objtui.ui.panels.head_moment import HeadMoment
from objtui.ui.theme import Theme
from tests.ui.panels.panel_cases import BLOCK

NAMES = ("bce", "ce", "mse")


def counts_of(background: Sequence[float], objects: Sequence[float]) -> np.ndarray:
    """Counts (2, CELLS) of logits."""
    return np.stack([count_logits(background), count_logits(objects)]).astype(np.int32)


def head_moment(
    background: Sequence[float],
    objects: Sequence[float],
    *,
    position: int = 0,
    theme: Theme = BLOCK,
    focused: bool = False,
    diverged: Sequence[bool] = (False, False),
    **scores: Sequence[float],
) -> HeadMoment:
    values = np.full((2, len(SCORE_NAMES)), 0.5)
    for name, of_seeds in scores.items():
        values[:, SCORE_NAMES.index(name)] = of_seeds
    return HeadMoment(
        name=NAMES[position],
        of=theme.head(position),
        focused=focused,
        counts=counts_of(background, objects),
        scores=values,
        diverged=np.array(diverged),
    )


def a_series(moments: dict[int, tuple[Sequence[float], Sequence[float]]]) -> HistogramSeries:
    """Histograms by step, of logits of background and objects."""
    counts = [counts_of(*logits) for logits in moments.values()]
    return HistogramSeries(
        np.array(list(moments), dtype=np.int64),
        np.stack(counts) if counts else np.zeros((0, 2, CELLS), dtype=np.int32),
    )


def _counts(rows: list[tuple[int, int]]) -> np.ndarray:
    counts = np.zeros((2, CELLS), dtype=np.int32)
    for i, (cell, count) in enumerate(rows):
        counts[i % 2, cell] = count
    return counts


some_counts = st.lists(st.tuples(st.integers(0, CELLS - 1), st.integers(0, 10**6)), max_size=6).map(
    _counts
)
