"""What frames the history of a head's histograms, and the moments that have a column in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rich.text import Text

from objtui.runs.histogram_store import HistogramSeries, Ints
from objtui.ui.charts.axis import Axis
from objtui.ui.charts.plot_frame import TICK_CELLS, PlotFrame
from objtui.ui.charts.scale import Scale, step_scale
from objtui.ui.charts.step_axis import StepAxis
from objtui.ui.charts.step_columns import last_before, step_places
from objtui.ui.panels.head_moment import head_label
from objtui.ui.panels.scene import Scene
from objtui.ui.theme import Theme

GUTTER = 5
"""Cells of the labels at the left side, the same for every head."""

_LABEL_LINES = 3  # from tick to tick at least
_WORDS_AT = 2  # cells before the words of a mark


@dataclass(frozen=True, eq=False, slots=True)
class HistogramColumns:
    """The histogram of one head in every column of a panel.

    Attributes:
        steps: (columns,), of the moment that holds in a column; −1 where there is none.
        counts: (columns, 2, CELLS), negatives first; zeros where there is no moment.
    """

    steps: Ints
    counts: npt.NDArray[np.int64]


def histogram_columns(series: HistogramSeries, scale: Scale, columns: int) -> HistogramColumns:
    """The last moment up to the end of every column, which is the one the step cursor shows there.

    Whole moments, never sums of several: so every column adds up to the rows and stays as it is
    while the run goes on, unless the axis moves.
    """
    last = last_before(step_places(series.steps, scale), columns)
    some = last >= 0
    counts = np.zeros((columns, *series.counts.shape[1:]), dtype=np.int64)
    counts[some] = series.counts[last[some]]
    steps = np.full(columns, -1, dtype=np.int64)
    steps[some] = series.steps[last[some]]
    return HistogramColumns(steps, counts)


def history_title(scene: Scene, head: int) -> Text:
    """A head's mark and name."""
    name, style = scene.head_name(head), scene.head_style(head)
    return head_label(name, style, scene.theme, focused=scene.is_focused(head))


def diverged_by_then(scene: Scene, head: int) -> int | None:
    """The step at which a seed of a head diverged, if one had by the step of the cursor."""
    step, cursor = scene.history.diverged_at.get(scene.head_name(head)), scene.state.cursor
    return None if step is None or (cursor is not None and cursor < step) else step


def vertical_axis(scene: Scene, head: int, rows: int) -> Axis:
    """The axis of logits or of p on so many lines, its low end at the bottom."""
    probability, dtype = scene.state.probability, scene.dtype(head)
    return Axis.of(scene.ends, rows, probability, dtype, scene.beyond, gap=0)


def labelled_frame(labels: Sequence[str], theme: Theme, width: int, height: int) -> PlotFrame:
    """The frame, with labels of lines."""
    return PlotFrame.of(labels, theme, width, height, gutter=GUTTER)


def horizontal_scale(scene: Scene, last: int, cells: int) -> Scale:
    """The axis of steps, when the last moment is that of step `last`."""
    steps = scene.history.header.steps
    return step_scale(last, steps, scene.state.log_step, cells // TICK_CELLS)


def history_axis(scene: Scene, head: int, width: int, height: int) -> StepAxis | None:
    """Where the axis of steps lies; None before the first moment."""
    steps = scene.series(head).steps
    if not len(steps):
        return None
    frame = labelled_frame((), scene.theme, width, height)
    scale = horizontal_scale(scene, int(steps[-1]), frame.cells)
    return StepAxis(scale, frame.gutter + 2, frame.cells)


def axis_labels(axis: Axis, theme: Theme) -> list[str]:
    """A label for every line of a vertical axis, from the top; a logit of 0 and marks first."""
    labels = [""] * axis.cells
    ticks = axis.ticks(_LABEL_LINES)
    marks = {cell for cell, _ in axis.marks()}
    before = [] if axis.probability else ticks[:1]
    for cell, label in before + axis.marks() + ticks:
        row = axis.cells - 1 - cell
        near = labels[max(row - 1, 0) : row + 2] if cell not in marks else [labels[row]]
        if not any(near):
            labels[row] = label.replace("-", theme.minus)[:GUTTER]
    if axis.above:
        labels[0] = f">{axis.high:g}"
    if axis.below:
        labels[-1] = f"<{axis.low:g}".replace("-", theme.minus)
    return labels


def axis_words(axis: Axis) -> str:
    """What the vertical axis is one of."""
    scale = "" if axis.is_linear else ", log scale far from 0"
    return f"{axis.names[-2]}{scale}, by step"


def guide_rows(
    axis: Axis, cells: int, theme: Theme, occupied: Sequence[str] | None = None
) -> list[str]:
    """Lines that run through the diagram at the marks of saturation.

    What a mark means stands at the left end where `occupied` is blank.
    """
    dash = "-" if theme.glyphs == "ascii" else "┈"
    marked = {axis.cells - 1 - cell for cell, _ in axis.marks()}
    lines = [(dash if row in marked else " ") * cells for row in range(axis.cells)]
    for cell, forms in axis.mark_words() if occupied is not None else []:
        row = axis.cells - 1 - cell
        for words in forms:
            end = _WORDS_AT + len(words) + 2
            if occupied is not None and end < cells and not occupied[row][:end].strip():
                lines[row] = f"{dash * _WORDS_AT} {words} {dash * (cells - end)}"
                break
    return lines
