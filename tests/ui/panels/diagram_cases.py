"""Heads at a moment and their histograms over steps, for the tests of diagrams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from objtui.measures.histogram import CELLS, count_logits
from objtui.measures.scores import SCORE_NAMES
from objtui.runs.histogram_store import HistogramSeries
from objtui.runs.history import Moment
from objtui.ui.panels.scene import Scene
from objtui.ui.theme import Theme
from tests.ui.panels.panel_cases import a_history, a_scene

NAMES = ("bce", "ce", "mse")


def counts_of(background: Sequence[float], objects: Sequence[float]) -> np.ndarray:
    """Counts (2, CELLS) of logits."""
    return np.stack([count_logits(background), count_logits(objects)]).astype(np.int32)


@dataclass(frozen=True, eq=False)
class HeadCase:
    """A head of two seeds at one moment."""

    counts: np.ndarray
    scores: np.ndarray
    diverged: np.ndarray


def a_head(
    background: Sequence[float],
    objects: Sequence[float],
    *,
    diverged: Sequence[bool] = (False, False),
    **scores: Sequence[float],
) -> HeadCase:
    values = np.full((2, len(SCORE_NAMES)), 0.5)
    for name, of_seeds in scores.items():
        values[:, SCORE_NAMES.index(name)] = of_seeds
    return HeadCase(counts_of(background, objects), values, np.array(diverged))


def heads_scene(heads: Sequence[HeadCase], theme: Theme, **shown: Any) -> Scene:
    """Heads at one moment; without any, before the first one."""
    history = a_history(names=NAMES[: max(len(heads), 1)])
    if not heads:
        return a_scene(history, theme, **shown)
    parts = ("diverged", "scores", "counts")
    diverged, scores, counts = (np.stack([getattr(head, part) for head in heads]) for part in parts)
    return a_scene(history, theme, moment=Moment(7, 0.7, True, diverged, scores, counts), **shown)


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
