"""Values over steps, brought to the columns of a diagram."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from objtui.ui.charts.scale import Scale

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LARGEST = 1e150
"""A value beyond it, of which even a range could not be computed, counts as not finite."""

SMALLEST = 1e-150
"""A value below it in size, of which a scale could not be computed either, is drawn as 0."""


def step_places(steps: Ints, scale: Scale) -> Floats:
    """Where steps lie, from 0 to 1; NaN for those that a log scale has no place for: (moments,)."""
    placed = steps > 0 if scale.log else steps >= 0
    places = scale.place(np.where(placed, steps, max(scale.low, 1.0)))
    return np.where(placed, places, np.nan)


def column_ranges(x: Floats, y: Floats, columns: int) -> tuple[Floats, Floats]:
    """The lowest and highest y of every column: (columns,) each.

    A column without a moment has what a straight line between the nearest moments has there; NaN
    before the first, after the last, and beside a moment without a value.

    Args:
        x: (moments,), ascending, in 0…1; NaN for moments without a place.
        y: (moments,), NaN where there is no value.
    """
    placed = ~np.isnan(x)
    x, y = x[placed], y[placed]
    low, high = np.full(columns, np.nan), np.full(columns, np.nan)
    if not len(x):
        return low, high
    column = np.clip(np.floor(0.5 + (columns - 1) * x).astype(np.int64), 0, columns - 1)
    starts = np.flatnonzero(np.diff(column, prepend=-1))
    low[column[starts]] = np.fmin.reduceat(y, starts)
    high[column[starts]] = np.fmax.reduceat(y, starts)
    between = np.interp(np.linspace(0.0, 1.0, columns), x, y, left=np.nan, right=np.nan)
    has_moment = np.zeros(columns, dtype=bool)
    has_moment[column[starts]] = True
    return np.where(has_moment, low, between), np.where(has_moment, high, between)


def last_before(x: Floats, columns: int) -> Ints:
    """The moment that holds in every column: (columns,), −1 before the first and after the last.

    It is the last one up to the column's end, as the step cursor has it.
    """
    placed = np.flatnonzero(~np.isnan(x))
    if not len(placed):
        return np.full(columns, -1, dtype=np.int64)
    column = np.clip((x[placed] * columns).astype(np.int64), 0, columns - 1)
    at = np.searchsorted(column, np.arange(columns), side="right") - 1
    held = np.where(at >= 0, placed[np.maximum(at, 0)], -1)
    return np.where(np.arange(columns) > column[-1], -1, held)


def decimated(
    line: Floats, bins: Ints, keep: Literal["low", "high", "both"] = "both"
) -> list[Ints]:
    """The pieces of a line between its gaps, as indices of the points that are to be drawn.

    Of every bin only the lowest or highest point is kept, or both.

    Args:
        line: (moments,), NaN in gaps.
        bins: (moments,), ascending: the column in which each point is drawn.
    """
    drawn = np.flatnonzero(~np.isnan(line))
    if not len(drawn):
        return []
    order = drawn[np.lexsort((line[drawn], bins[drawn]))]
    change = np.flatnonzero(np.diff(bins[order]))
    lowest = order[np.concatenate(([0], change + 1))]
    highest = order[np.concatenate((change, [len(order) - 1]))]
    chosen = {"low": [lowest], "high": [highest], "both": [lowest, highest]}[keep]
    kept = np.unique(np.concatenate(chosen))
    gaps = np.cumsum(np.isnan(line))[kept]
    return np.split(kept, np.flatnonzero(np.diff(gaps)) + 1)
