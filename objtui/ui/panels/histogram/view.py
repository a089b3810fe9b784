"""What histogram panels are drawn by: run, choices, axis, and the one scale of heights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from objtui.measures.frames import NEGATIVE, POSITIVE
from objtui.runfile.records import RunHeader
from objtui.runs.history import Moment
from objtui.ui.charts.axis import Axis, Floats, Spread
from objtui.ui.charts.bars import bins_per_cell, column_heights
from objtui.ui.theme import Theme
from objtui.ui.view_state import ViewState


@dataclass(frozen=True, slots=True)
class HistogramView:
    """A run, what is chosen to see of it, and the panel that it is seen in.

    Attributes:
        ends: the logits at both ends of the axis.
        diverged_at: that of the run's history.
        width, height: of the panel with its frame, in cells: at least 20 × 3, legible from 5.
        runs: by head, the run that it is of; empty where `header` is that of all.
        row: the heads whose panels stand side by side.
        row_width: the least width of their panels; 0 for a panel by itself.
    """

    header: RunHeader
    state: ViewState
    theme: Theme
    ends: tuple[float, float]
    diverged_at: Mapping[str, int]
    width: int
    height: int
    runs: tuple[RunHeader, ...] = ()
    row: tuple[int, ...] = ()
    row_width: int = 0

    @property
    def narrowest(self) -> int:
        """The least width of the panels side by side, by which all choose the form of titles."""
        return self.row_width or self.width

    def run_of(self, head: int) -> RunHeader:
        """The header of the run of a head."""
        return self.runs[head] if self.runs else self.header

    @property
    def axis(self) -> Axis:
        """The axis between both sides of the frame."""
        return Axis.of(self.ends, self.width - 2, self.state.probability, self.header.dtype)

    @property
    def bins(self) -> int:
        """Columns of a histogram: an outline has one a cell, bars as many as glyphs allow."""
        return self.axis.cells * (1 if self.state.overlay else bins_per_cell(self.theme.glyphs))

    def spread(self, moment: Moment, heads: list[int]) -> Spread:
        """Counts of heads over the columns: `inside` is (heads, 2, bins), negatives first."""
        return self.axis.spread(moment.counts[heads], self.bins)


Tops = tuple[float, float]
"""Counts that fill the whole height: of background, of objects."""

_TOPS = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_WIDTHS = 4  # panels of a row differ by a cell at most; a run beside it may have its own


def common_tops(view: HistogramView, moment: Moment | None) -> Tops:
    """The scale of panels of one width: the largest bins over the shown heads, rounded up.

    Log counts have one scale for both classes; linear ones a scale for each, since background is
    often a hundred times the objects. Rounding to 1, 1.5, 2, 3, … keeps it still while rows move.
    """
    if moment is None:
        return 1.0, 1.0
    negative, positive = _largest(moment, view.axis, view.bins, tuple(view.state.shown))
    if view.state.log_counts:
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
