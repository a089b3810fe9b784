"""The axis and the one scale of heights that all histogram panels share."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from objtui.measures.frames import NEGATIVE, POSITIVE
from objtui.runs.history import Moment
from objtui.ui.charts.axis import Axis, Floats, Spread
from objtui.ui.charts.bars import bins_per_cell, column_heights
from objtui.ui.panels.scene import Scene


def histogram_axis(scene: Scene, width: int) -> Axis:
    """The axis between both sides of a frame of so many cells."""
    return Axis.of(scene.ends, width - 2, scene.state.probability, scene.history.header.dtype)


def bin_count(scene: Scene, axis: Axis) -> int:
    """Columns of a histogram: an outline has one a cell, bars as many as glyphs allow."""
    return axis.cells * (1 if scene.state.overlay else bins_per_cell(scene.theme.glyphs))


def spread_counts(scene: Scene, axis: Axis, heads: list[int]) -> Spread:
    """Counts of heads over the columns: `inside` is (heads, 2, bins), negatives first."""
    assert scene.moment is not None
    return axis.spread(scene.moment.counts[heads], bin_count(scene, axis))


Tops = tuple[float, float]
"""Counts that fill the whole height: of background, of objects."""

_TOPS = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_WIDTHS = 4  # panels of a row differ by a cell at most; a run beside it may have its own


def common_tops(scene: Scene, width: int) -> Tops:
    """The scale of panels of one width: the largest bins over the shown heads, rounded up.

    Log counts have one scale for both classes; linear ones a scale for each, since background is
    often a hundred times the objects. Rounding to 1, 1.5, 2, 3, … keeps it still while rows move.
    """
    if scene.moment is None:
        return 1.0, 1.0
    axis = histogram_axis(scene, width)
    bins, shown = bin_count(scene, axis), tuple(scene.state.shown)
    negative, positive = _largest(scene.moment, axis, bins, shown)
    if scene.state.log_counts:
        negative = positive = max(negative, positive)
    return _rounded_up(negative), _rounded_up(positive)


@lru_cache(maxsize=_WIDTHS)
def _largest(moment: Moment, axis: Axis, bins: int, heads: tuple[int, ...]) -> Tops:
    """The largest bins of background and objects; every panel of a row asks for the same."""
    largest = axis.spread(moment.counts[list(heads)], bins).inside.max(axis=(0, 2))
    return float(largest[NEGATIVE]), float(largest[POSITIVE])


def heights(counts: Floats, top: Tops, log: bool) -> Floats:
    """Counts (..., 2, bins) as heights in 0…1, by the scale of their class."""
    classes = [column_heights(counts[..., i, :], top[i], log) for i in (NEGATIVE, POSITIVE)]
    return np.stack(classes, axis=-2)


def _rounded_up(count: float) -> float:
    """The next of 1, 1.5, 2, 3, …, 10, 15, … from `count` on."""
    if count <= 1:
        return 1.0
    power = 10.0 ** np.floor(np.log10(count))
    return float(power * next((top for top in _TOPS if top * power >= count), 10.0))
