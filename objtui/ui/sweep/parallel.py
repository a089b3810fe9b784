"""A score over three factors or more: every cell a line through an axis a factor, to its score."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from rich.text import Text

from objtui.sweep.cells import CellResult
from objtui.sweep.views import CellLine, lines_of, short_keys
from objtui.ui.charts.dots import Layer, column_centres, composed, dot_cell, dot_rows, line_dots
from objtui.ui.charts.frame import framed
from objtui.ui.charts.numbers import short_number
from objtui.ui.charts.plot_frame import message_panel
from objtui.ui.charts.ramp import has_ramp, ramp_of
from objtui.ui.charts.scale import Scale
from objtui.ui.charts.words import TOO_LITTLE, cut, legible
from objtui.ui.sweep.axis_labels import label_line
from objtui.ui.sweep.no_score import without_score
from objtui.ui.sweep.order import Order
from objtui.ui.sweep.reading import SweepMoment
from objtui.ui.sweep.score_scale import placed, ramp_levels, score_scale, tick_count
from objtui.ui.theme import FAINT, STRONG, Theme

MAX_LINES = 400
"""More lie over each other, and cost time; the first in the order are drawn."""

BORDERS = 2
SCORES, MARGIN = 9, 2
"""Cells right of the last axis, for the numbers of the score, and left of the first."""

FEW = 4
"""Without colours a first part of so many is drawn heavier than the others."""

Floats = npt.NDArray[np.float64]


def lines_panel(
    moment: SweepMoment, order: Order, cell: str, theme: Theme, width: int, height: int
) -> list[Text]:
    """The panel; the line of the cell under the cursor lies above all others."""
    factors = moment.record.factors
    shown: Sequence[CellResult] = order.of_cells(moment.results)
    title = Text(order.sort, STRONG)
    if len(shown) > MAX_LINES:
        title.append(f" the first {MAX_LINES} of {len(shown)} cells", FAINT)
        shown = shown[:MAX_LINES]
    lines = lines_of(factors, shown, order.head, order.score)
    rows, cells = height - BORDERS - 1, width - BORDERS
    scale = score_scale(order.score, [line.mean for line in lines], tick_count(rows))
    if rows < 3 or cells < 4 * (len(factors) + 2):
        return message_panel(title, TOO_LITTLE, theme, width, height)
    if scale is None:
        return message_panel(title, without_score(moment, order), theme, width, height)
    title.append(", a line a cell: its value of every factor, and its score", FAINT)
    axes = np.linspace(MARGIN, cells - SCORES, len(factors) + 1) / (cells - 1)
    layers = [
        *_labels(moment, scale, axes, rows, cells, theme),
        *_of_pointed(lines, cell, axes, scale, rows, cells, theme),
        *_of_others(lines, axes, scale, rows, cells, theme),
        _rules(axes, rows, cells, theme),
    ]
    names = [*short_keys(factors), order.sort]
    room = max(3, cells // len(names) - 1)
    columns = [round(float(place) * (cells - 1)) for place in axes]
    named = label_line(columns, [cut(name, room, theme) for name in names], cells, theme)
    return framed(title, [*composed(layers, rows, cells), Text(named)], width, height, theme)


def _of_pointed(
    lines: Sequence[CellLine],
    cell: str,
    axes: Floats,
    scale: Scale,
    rows: int,
    cells: int,
    theme: Theme,
) -> list[Layer]:
    pointed = [line for line in lines if line.cell == cell]
    return [(_drawn(pointed, axes, scale, rows, cells, theme, "#"), STRONG)] if pointed else []


def _of_others(
    lines: Sequence[CellLine],
    axes: Floats,
    scale: Scale,
    rows: int,
    cells: int,
    theme: Theme,
) -> list[Layer]:
    """Layers by colour, that of the first cells in the order foremost."""
    if not has_ramp(theme):
        first = max(1, len(lines) // FEW)
        groups = [(lines[:first], "", "*"), (lines[first:], FAINT, ".")]
        return [
            (_drawn(group, axes, scale, rows, cells, theme, solid), style)
            for group, style, solid in groups
            if group
        ]
    levels = ramp_levels(scale, np.array([line.mean for line in lines])).tolist()
    ramp = ramp_of(theme)
    return [
        (
            _drawn(
                [line for line, its in zip(lines, levels, strict=True) if its == level],
                axes, scale, rows, cells, theme, ".",
            ),
            ramp[level - 1] if level else FAINT,
        )
        for level in dict.fromkeys(levels)
    ]  # fmt: skip


def _drawn(
    lines: Sequence[CellLine],
    axes: Floats,
    scale: Scale,
    rows: int,
    cells: int,
    theme: Theme,
    solid: str,
) -> list[str]:
    columns = column_centres(cells, theme.glyphs)
    dots = None
    for line in lines:
        score = float(placed(scale, line.mean))
        heights = np.interp(columns, axes, [*line.places, score], np.nan, np.nan)
        of_line = line_dots(heights, heights, rows, theme.glyphs)
        dots = of_line if dots is None else dots | of_line
    assert dots is not None  # there is a line
    return dot_rows(dots, theme.glyphs, solid)


def _labels(
    moment: SweepMoment, scale: Scale, axes: Floats, rows: int, cells: int, theme: Theme
) -> list[Layer]:
    """The values at every axis, and numbers at that of the score."""
    grid = [[" "] * cells for _ in range(rows)]
    room = int((axes[1] - axes[0]) * (cells - 1)) - 2
    for factor, axis in zip(moment.record.factors, axes, strict=False):
        last = max(1, len(factor.values) - 1)
        for number, value in enumerate(factor.values):
            row, column = dot_cell(float(axis), number / last, rows, cells, theme.glyphs)
            _write(grid[row], column + 1, cut(legible(value, theme), room, theme))
    for tick in scale.ticks:
        row, column = dot_cell(float(axes[-1]), float(scale.place(tick)), rows, cells, theme.glyphs)
        _write(grid[row], column + 1, " " + short_number(tick, SCORES - 2, theme))
    return [(["".join(line) for line in grid], STRONG)]


def _write(line: list[str], start: int, text: str) -> None:
    for at, letter in enumerate(text, start):
        if at < len(line) and line[at] == " ":
            line[at] = letter


def _rules(axes: Floats, rows: int, cells: int, theme: Theme) -> Layer:
    rule = "|" if theme.glyphs == "ascii" else "│"
    line = [" "] * cells
    for axis in axes:
        line[dot_cell(float(axis), 0.0, rows, cells, theme.glyphs)[1]] = rule
    return ["".join(line)] * rows, FAINT
