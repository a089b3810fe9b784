"""What the history of a head's histograms is drawn by, and the moments that have a column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rich.text import Text

from objtui.runs.histogram_store import HistogramSeries, Ints
from objtui.ui.charts.axis import Axis
from objtui.ui.charts.plot_frame import TICK_CELLS, PlotFrame, canvas_rows
from objtui.ui.charts.scale import Scale, step_scale
from objtui.ui.charts.step_columns import last_before, step_places
from objtui.ui.charts.words import legible
from objtui.ui.theme import STRONG, HeadStyle, Theme

GUTTER = 5
"""Cells of the labels at the left side, the same for every head."""


@dataclass(frozen=True, eq=False, slots=True)
class HistogramColumns:
    """The histogram of one head in every column of a panel.

    Attributes:
        steps: (columns,), of the moment that holds in a column; −1 where there is none.
        counts: (columns, 2, CELLS), negatives first; zeros where there is no moment.
    """

    steps: Ints
    counts: npt.NDArray[np.int32]


def histogram_columns(series: HistogramSeries, scale: Scale, columns: int) -> HistogramColumns:
    """The last moment up to the end of every column, which is the one the step cursor shows there.

    Whole moments, never sums of several: so every column adds up to the rows and stays as it is
    while the run goes on, unless the axis moves.
    """
    held = last_before(step_places(series.steps, scale), columns)
    known = held >= 0
    counts = np.zeros((columns, *series.counts.shape[1:]), dtype=np.int32)
    counts[known] = series.counts[held[known]]
    steps = np.full(columns, -1, dtype=np.int64)
    steps[known] = series.steps[held[known]]
    return HistogramColumns(steps, counts)


@dataclass(frozen=True, slots=True)
class HistoryView:
    """How the history of one head is drawn.

    Attributes:
        name: what the head is called here, with its run where there are several.
        of: its colour and mark.
        focused: whether it has the focus among several.
        ends: the logits at both ends of the axis that all heads share.
        steps: of the whole run, where the axis of steps ends at the latest.
        dtype: the run's number format.
        diverged_at: the step at which a seed of the head has diverged; None where none has.
        cursor: the step of the cursor; None for none.
        width, height: of the panel with its frame, in cells: at least 20 × 3, legible from 6.
    """

    name: str
    of: HeadStyle
    focused: bool
    ends: tuple[float, float]
    steps: int
    dtype: str
    theme: Theme
    width: int
    height: int
    probability: bool = False
    log_step: bool = False
    diverged_at: int | None = None
    cursor: int | None = None

    def title(self) -> Text:
        """Its mark and its name."""
        style = f"{self.of.style} {STRONG} {'reverse' if self.focused else ''}".strip()
        name = legible(self.name, self.theme)
        return Text.assemble((f"{self.of.mark} ", self.of.style), (name, style))

    @property
    def rows(self) -> int:
        """Lines of the diagram."""
        return canvas_rows(self.height)

    def axis(self, rows: int) -> Axis:
        """The axis of logits or of p on so many lines, its low end at the bottom."""
        return Axis.of(self.ends, rows, self.probability, self.dtype)

    def frame(self, labels: Sequence[str]) -> PlotFrame:
        """The frame, with labels of lines."""
        return PlotFrame.of(labels, self.theme, self.width, self.height, gutter=GUTTER)

    def scale(self, last: int, cells: int) -> Scale:
        """The axis of steps, when the last moment is that of step `last`."""
        return step_scale(last, self.steps, self.log_step, cells // TICK_CELLS)


def axis_labels(axis: Axis, theme: Theme) -> list[str]:
    """A label for every line of a vertical axis, from the top; marks of saturation before ticks."""
    labels = [""] * axis.cells
    marks = {cell for cell, _ in axis.marks()}
    for cell, label in axis.marks() + axis.ticks():
        row = axis.cells - 1 - cell
        near = labels[max(row - 1, 0) : row + 2] if cell not in marks else [labels[row]]
        if not any(near):
            labels[row] = label.replace("-", theme.minus)[:GUTTER]
    return labels


def guide_rows(axis: Axis, cells: int, theme: Theme) -> list[str]:
    """Lines that run through the diagram at the marks of saturation."""
    dash = "-" if theme.glyphs == "ascii" else "┈"
    marked = {axis.cells - 1 - cell for cell, _ in axis.marks()}
    return [(dash if row in marked else " ") * cells for row in range(axis.cells)]
