"""Histograms of the moment: bars of one head, or the outlines of every shown head."""

from __future__ import annotations

import numpy as np
from rich.text import Text

from objtui.measures.frames import NEGATIVE, POSITIVE
from objtui.runs.history import Moment
from objtui.ui.charts.bars import Layers, Levels, column_levels, hanging, standing
from objtui.ui.panels.histogram.frame import (
    Halves,
    about_axis,
    half_heights,
    missing_rows,
    waiting,
    with_axis,
)
from objtui.ui.panels.histogram.titles import head_title, overlay_title
from objtui.ui.panels.histogram.view import HistogramView, Tops, heights


def overlay_histogram(view: HistogramView, moment: Moment | None, top: Tops) -> list[Text]:
    """The outlines of every shown head on one axis, each drawn with its mark.

    Where outlines meet, their marks take turns from cell to cell, so none hides another.
    """
    title = overlay_title(view, moment)
    if moment is None:
        return waiting(view, title, moment)
    shown = view.state.shown
    spread = view.spread(moment, shown)
    above, below = half_heights(view)
    outlines = heights(spread.inside, top, view.state.log_counts)  # (heads, 2, cells)
    halves = Halves(
        upper=_outlines(view, column_levels(outlines[:, POSITIVE], above), above)[::-1],
        lower=_outlines(view, column_levels(outlines[:, NEGATIVE], below), below),
        spread=spread.summed(),
        missing=missing_rows(view, moment, shown),
    )
    return with_axis(view, title, about_axis(view, halves))


def _outlines(view: HistogramView, levels: Levels, rows: int) -> list[Layers]:
    """Layers of marks, line by line from the axis outwards; `levels` is (heads, cells)."""
    styles = [view.theme.head(head) for head in view.state.shown]
    lines = []
    for row in range(rows):
        here = levels == row + 1
        turns = np.arange(levels.shape[1]) % np.maximum(here.sum(axis=0), 1)
        shown = here & (here.cumsum(axis=0) == turns + 1)
        lines.append(
            [
                ("".join(of.mark if there else " " for there in marked), of.style)
                for of, marked in zip(styles, shown, strict=True)
            ]
        )
    return lines


def head_histogram(view: HistogramView, moment: Moment | None, head: int, top: Tops) -> list[Text]:
    """One head's histogram: `height` lines of `width` cells."""
    state, glyphs = view.state, view.theme.glyphs
    title = head_title(view, moment, head)
    if moment is None or not moment.seeds(head):
        return waiting(view, title, moment)
    spread = view.spread(moment, [head]).of(0)
    above, below = half_heights(view)
    columns = heights(spread.inside, top, state.log_counts)
    style = view.theme.head(head).style
    halves = Halves(
        upper=[[(bars, style)] for bars in standing(columns[POSITIVE], above, glyphs)],
        lower=[[(bars, style)] for bars in hanging(columns[NEGATIVE], below, glyphs)],
        spread=spread,
        missing=missing_rows(view, moment, [head]),
    )
    return with_axis(view, title, about_axis(view, halves))
