"""Percentiles of logits from their histogram."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from objtui.measures.histogram import BINS, LOGIT_EDGES

Floats = npt.NDArray[np.float64]

PERCENTS = (5, 25, 50, 75, 95)
"""The percentiles that bands are drawn between."""


def percentiles(counts: npt.ArrayLike, percents: tuple[int, ...] = PERCENTS) -> Floats:
    """The logit below which so many percent of the rows lie: `(..., CELLS)` → `(..., percents)`.

    It lies in the bin that holds the row of that rank (the inverted cumulated distribution,
    Hyndman and Fan, 1996, type 1), and inside the bin by linear interpolation: less than a bin's
    width from the row. −inf and inf where the row lies below or above all bins, NaN without rows.

    Args:
        percents: whole, above 0 and below 100.
    """
    cells = np.asarray(counts, dtype=np.int64)
    up_to = np.cumsum(cells, axis=-1)  # (..., CELLS)
    rows = up_to[..., -1]
    columns = [_percentile(cells, up_to, rows * percent) for percent in percents]
    return np.stack(columns, axis=-1)


def _percentile(
    cells: npt.NDArray[np.int64], up_to: npt.NDArray[np.int64], hundredfold: npt.NDArray[np.int64]
) -> Floats:
    """The logit of a rank, which is given a hundredfold so that it is whole: `(...)`."""
    # Exact in whole numbers: a rank that falls on a bin's last row must not slip into the next.
    cell = (up_to * 100 >= hundredfold[..., None]).argmax(axis=-1)[..., None]
    before = np.take_along_axis(up_to - cells, cell, axis=-1)[..., 0]
    here = np.take_along_axis(cells, cell, axis=-1)[..., 0]
    cell = cell[..., 0]
    inside = (hundredfold / 100 - before) / np.maximum(here, 1)
    left, right = LOGIT_EDGES[np.clip(cell - 1, 0, BINS - 1)], LOGIT_EDGES[np.clip(cell, 1, BINS)]
    value = left + (right - left) * inside
    value = np.where(cell == 0, -np.inf, np.where(cell == BINS + 1, np.inf, value))
    placed: Floats = np.where(up_to[..., -1] > 0, value, np.nan)
    return placed
