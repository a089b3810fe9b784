"""What the histogram panels of a run are drawn by, beside the moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from objtui.runfile.records import RunHeader
from objtui.runs.history import Moment
from objtui.ui.look import Look
from objtui.ui.panels.axis import Axis, Spread
from objtui.ui.panels.bars import bins_per_cell
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
    look: Look
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
        return self.axis.cells * (1 if self.state.overlay else bins_per_cell(self.look.glyphs))

    def spread(self, moment: Moment, heads: list[int]) -> Spread:
        """Counts of heads over the columns: `inside` is (heads, 2, bins), negatives first."""
        return self.axis.spread(moment.counts[heads], self.bins)
