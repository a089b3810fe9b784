"""Which share of a head's rows has a dL/dz of exactly 0, where histograms tell."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from objtui.measures.vanishing import vanished_share
from objtui.runs.columns import ScoreColumns
from objtui.runs.comparison import Comparison
from objtui.runs.history import HeadHistory

Floats = npt.NDArray[np.float64]


def has_hard_targets(columns: ScoreColumns, head: int) -> bool:
    """Whether a loss of 0 can be reached: targets are 0 and 1, and nothing stands between."""
    if "loss_floor" not in columns.score_names:
        return False
    floor = columns.score("loss_floor")[:, head]  # (moments, seeds)
    return len(floor) > 0 and not np.any(floor[-1] > 0)


def vanished_shares(
    runs: Comparison, history: HeadHistory, head: int, counts: npt.NDArray[np.integer]
) -> Floats:
    """By class, background first: counts `(..., 2, CELLS)` of a head → `(..., 2)`.

    NaN where that is not known: of soft targets, or of a loss or number format that is not ours.
    """
    run, position = history.run_of(head)
    if not has_hard_targets(run.columns, position):
        return np.full(counts.shape[:-1], np.nan)
    formula = runs.source_of(head).formulas[position]
    return vanished_share(counts, formula, run.header.dtype)
