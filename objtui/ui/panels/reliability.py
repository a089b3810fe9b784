"""Reliability diagrams: how often what is given p is an object, by bins of p."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from rich.text import Text

from objtui.measures.reliability import Reliability, reliability_bins
from objtui.measures.scores import ECE_BINS
from objtui.ui.charts.bars import column_heights, standing
from objtui.ui.charts.dots import (
    Floats,
    Layer,
    Place,
    column_centres,
    composed,
    dot_cell,
    dot_rows,
    line_dots,
    mark_rows,
)
from objtui.ui.charts.numbers import short_count
from objtui.ui.charts.plot_frame import (
    TICK_CELLS,
    PlotFrame,
    beside,
    canvas_rows,
    message_panel,
    row_labels,
    shares,
    with_parts,
)
from objtui.ui.charts.scale import value_scale
from objtui.ui.charts.words import WAITING
from objtui.ui.panels.head_moment import HeadMoment, fitting, legend_title, shown_heads
from objtui.ui.panels.scene import Scene
from objtui.ui.theme import FAINT, STRONG, Theme

NO_ROWS = "no finite logits"

BINNED = "bins from histogram"
"""Said in titles, since bins of p that are made from bins of z are near the true ones alone."""

CALIBRATED_MARK, ASCII_CALIBRATED_MARK = "+", "c"
"""Stand at the bins of a head's calibrated p; neither is the mark of a head."""

_WIDE = 50  # cells of a panel in which it has room

_UNIT = (0.0, 1.0)


def reliability_panel(scene: Scene, head: int, width: int, height: int) -> list[Text]:
    """`height` lines of `width` cells, at least 20 × 3, legible from 6.

    Every head has a diagram of its own, as many as fit about the focus; or all share one. A mark
    stands at the mean p and the share of objects of a bin's rows, over all seeds; on the diagonal
    p is right. Below, columns of log counts say how many rows a bin has: those of the head in
    focus where several share a diagram. The bins are made from the histograms and so are near
    those of the score ECE in the title, not equal to them.

    At the last frame of a run that has a calibration, crosses (c in ASCII) are of calibrated p,
    over the rows that it was not fitted on.
    """
    heads, theme = shown_heads(scene), scene.theme
    if not heads:
        return message_panel(Text("reliability", STRONG), WAITING, theme, width, height)
    if scene.state.overlay and len(heads) > 1:
        title = with_parts(
            legend_title("reliability", heads, width, theme),
            [*_calibrated_note(heads, theme), (BINNED, FAINT)],
            width - 4,
            theme,
        )
        return _diagram(scene, heads, title, width, height)
    shown = fitting(heads, width)
    panels = [
        _diagram(scene, [head], _title(head, theme, part), part, height)
        for head, part in zip(shown, shares(width, len(shown)), strict=True)
    ]
    return beside(panels)


def _title(head: HeadMoment, theme: Theme, width: int) -> Text:
    parts = [
        head.diverged_note(theme),
        (f"ECE {head.written('ece', theme)}", ""),
        *_calibrated_note([head], theme),
        (BINNED if width >= _WIDE else "binned z", FAINT),
    ]
    return with_parts(head.title(theme), parts, width - 4, theme)


def _calibrated_note(heads: Sequence[HeadMoment], theme: Theme) -> list[tuple[str, str]]:
    """What the crosses are, with their calibration error where they are of one head."""
    if all(head.calibrated is None for head in heads):
        return []
    error = f" {heads[0].written('ece_calibrated', theme)}" if len(heads) == 1 else ""
    return [(f"{_calibrated_mark(theme)} calibrated{error}", "")]


def _calibrated_mark(theme: Theme) -> str:
    return ASCII_CALIBRATED_MARK if theme.glyphs == "ascii" else CALIBRATED_MARK


def _with_calibrated(heads: Sequence[HeadMoment], theme: Theme) -> list[HeadMoment]:
    """The heads, and behind them those that have a calibration once more, with what it makes."""
    mark = _calibrated_mark(theme)
    return [
        *heads,
        *(
            replace(head, counts=head.calibrated, style=replace(head.style, mark=mark))
            for head in heads
            if head.calibrated is not None
        ),
    ]


def _diagram(
    scene: Scene, heads: Sequence[HeadMoment], title: Text, width: int, height: int
) -> list[Text]:
    theme = scene.theme
    heads = _with_calibrated(heads, theme)
    bins = [reliability_bins(head.counts) for head in heads]
    counted = next((i for i, head in enumerate(heads) if head.focused), 0)
    if not any(of_head.rows.any() for of_head in bins):
        return message_panel(title, NO_ROWS, theme, width, height)
    rows = canvas_rows(height)
    bar_rows = rows // 5 + (rows >= 8)
    plot_rows = rows - bar_rows
    most = float(bins[counted].rows.max())
    vertical = value_scale(*_UNIT, False, max((plot_rows + 1) // 2, 2))
    labels = row_labels(vertical, plot_rows, theme)
    labels += ([short_count(most), *[""] * (bar_rows - 1)] if most > 0 else [""] * bar_rows)[
        :bar_rows
    ]
    frame = PlotFrame.of(labels, theme, width, height, gutter=4)
    horizontal = value_scale(*_UNIT, False, max(frame.cells // TICK_CELLS, 2))
    canvas = composed(
        [
            *_marks(heads, bins, theme, plot_rows, frame.cells),
            *(
                _line(head, of_head, theme, plot_rows, frame.cells)
                for head, of_head in zip(heads, bins, strict=True)
            ),
            _diagonal(theme, plot_rows, frame.cells),
        ],
        plot_rows,
        frame.cells,
    )
    style = heads[counted].style.colour
    canvas += [
        Text(line, style) for line in _bars(bins[counted].rows, most, theme, bar_rows, frame.cells)
    ]
    return frame.panel(title, canvas, horizontal, across=scene.axis_name("p"))


def _marks(
    heads: Sequence[HeadMoment], bins: Sequence[Reliability], theme: Theme, rows: int, cells: int
) -> list[Layer]:
    """A mark for every bin that has rows, a layer a head.

    Where heads meet, the one in front changes from bin to bin, so none hides another.
    """
    places: list[list[Place]] = [[] for _ in heads]
    some = np.flatnonzero(sum(of_head.rows for of_head in bins) > 0)
    for place, number in enumerate(some.tolist()):
        occupied = set()
        for turn in range(len(heads)):
            i = (place + turn) % len(heads)
            p, share = float(bins[i].mean_p[number]), float(bins[i].share[number])
            if math.isnan(p):
                continue
            cell = dot_cell(p, share, rows, cells, theme.glyphs)
            if cell not in occupied:
                occupied.add(cell)
                places[i].append((p, share, heads[i].style.mark))
    return [
        (mark_rows(of_head, rows, cells, theme.glyphs), head.style.strong)
        for head, of_head in zip(heads, places, strict=True)
    ]


def _line(head: HeadMoment, bins: Reliability, theme: Theme, rows: int, cells: int) -> Layer:
    """The marks of a head joined."""
    some = bins.rows > 0
    if not some.any():
        return [" " * cells] * rows, ""
    at = column_centres(cells, theme.glyphs)
    y = np.interp(at, bins.mean_p[some], bins.share[some], left=np.nan, right=np.nan)
    dots = line_dots(y, y, rows, theme.glyphs)
    return dot_rows(dots, theme.glyphs), f"{head.style.colour} {FAINT}".strip()


def _diagonal(theme: Theme, rows: int, cells: int) -> Layer:
    """Where the share of objects is p: every other dot."""
    at = column_centres(cells, theme.glyphs)
    dots = line_dots(at, at, rows, theme.glyphs)
    dots[:, 1::2] = False
    return dot_rows(dots, theme.glyphs, "/"), ""


def _bars(counts: Floats, most: float, theme: Theme, rows: int, cells: int) -> list[str]:
    """Log counts of the bins as columns."""
    shown = np.minimum(np.arange(cells) * ECE_BINS // max(cells, 1), ECE_BINS - 1)
    heights = column_heights(counts, max(most, 1.0), log=True)
    return standing(heights[shown], rows, theme.glyphs)
