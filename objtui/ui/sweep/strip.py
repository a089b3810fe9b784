"""A score over the only factor of a sweep: a line through the means, a band over seeds."""

from __future__ import annotations

import math

import numpy as np
from rich.text import Text

from objtui.sweep.value_places import value_places
from objtui.sweep.views import strip_of
from objtui.ui.charts.dots import (
    Dots,
    Floats,
    Layer,
    column_centres,
    composed,
    dot_rows,
    line_dots,
    mark_rows,
)
from objtui.ui.charts.frame import framed
from objtui.ui.charts.plot_frame import message_panel, row_labels
from objtui.ui.charts.words import TOO_LITTLE, legible
from objtui.ui.sweep.axis_labels import label_line
from objtui.ui.sweep.no_score import without_score
from objtui.ui.sweep.order import Order
from objtui.ui.sweep.reading import SweepMoment
from objtui.ui.sweep.rows import settings_of
from objtui.ui.sweep.score_scale import placed, score_scale, tick_count
from objtui.ui.theme import FAINT, STRONG, Theme

BELOW = 2
"""Lines below the canvas: the axis, and its values."""

BORDERS = 2


def strip_panel(
    moment: SweepMoment, order: Order, cell: str, theme: Theme, width: int, height: int
) -> list[Text]:
    """The panel; the mark of the cell under the cursor is reversed."""
    factor = moment.record.factors[0]
    entries = strip_of(factor, moment.results, order.head, order.score)
    means = np.array([entry.mean for _, entry in entries])
    sds = np.nan_to_num(np.array([entry.sd for _, entry in entries]))
    rows = height - BORDERS - BELOW
    title = Text(order.sort, STRONG)
    ends = [*(means - sds), *(means + sds), *means]
    if (means > 0).all():  # what of a band is below 0 would make a log scale impossible
        ends = [value for value in ends if value > 0]
    scale = score_scale(order.score, ends, tick_count(rows))
    if scale is None:
        return message_panel(title, without_score(moment, order), theme, width, height)
    if rows < 1:
        return message_panel(title, TOO_LITTLE, theme, width, height)
    labels = row_labels(scale, rows, theme)
    gutter = max(map(len, labels))
    cells = width - BORDERS - gutter - 1
    axis = value_places(factor.values)
    title.append(" over " + legible(factor.key, theme))
    title.append(_words(axis.kind, moment.seeds, means, theme), FAINT)

    style = theme.head(moment.heads.index(order.head) if order.head in moment.heads else 0)
    middle, low, high = (placed(scale, values) for values in (means, means - sds, means + sds))
    columns = column_centres(cells, theme.glyphs)
    ascending = np.argsort(axis.places)
    at = np.array(axis.places)[ascending]
    curves = []
    for values in (low, high, middle):
        if axis.kind == "even":  # nothing lies between values that are no numbers
            curves.append(np.full(len(columns), math.nan))
            nearest = np.abs(columns[:, None] - at).argmin(axis=0)
            curves[-1][nearest] = values[ascending]
        else:
            curves.append(np.interp(columns, at, values[ascending], math.nan, math.nan))
    below, above, line = curves
    pointed = [settings_of(each)[0] for each in moment.results if each.cell.id == cell]
    marks = [
        (place, height_of, value)
        for place, height_of, value in zip(axis.places, middle, factor.values, strict=True)
        if not math.isnan(height_of)
    ]

    def marked(of_pointed: bool) -> list[str]:
        places = [(x, y, style.mark) for x, y, v in marks if (v in pointed) == of_pointed]
        return mark_rows(places, rows, cells, theme.glyphs)

    drawn_line = dot_rows(line_dots(line, line, rows, theme.glyphs), theme.glyphs, "-")
    band = dot_rows(_thinned(line_dots(below, above, rows, theme.glyphs), theme), theme.glyphs, ".")
    layers: list[Layer] = [
        (marked(True), f"{style.strong} reverse"),
        (marked(False), style.strong),
        *([] if axis.kind == "even" else [(drawn_line, style.colour)]),
        (band, FAINT),
    ]
    side, tick = "|+" if theme.glyphs == "ascii" else "│┤"
    canvas = composed(layers, rows, cells)
    lines = [
        Text.assemble((label.rjust(gutter) + (tick if label else side), FAINT), row)
        for label, row in zip(labels, canvas, strict=True)
    ]
    lines += _axis(factor.values, axis.places, gutter, cells, theme)
    return framed(title, lines, width, height, theme)


def _thinned(dots: Dots, theme: Theme) -> Dots:
    """Every other dot of a band, so that the line is seen on it without colours, too."""
    if theme.glyphs == "ascii":
        return dots
    rows, columns = np.indices(dots.shape)
    thinned: Dots = dots & ((rows + columns) % 2 == 0)
    return thinned


def _words(kind: str, seeds: int, means: Floats, theme: Theme) -> str:
    words = ", log axis" if kind == "log" else ""
    if seeds > 1:
        words += f"; band: {theme.plus_minus} sd over {seeds} seeds"
    missing = int((~np.isfinite(means)).sum())
    return words + (f"; {missing} without a value" if missing else "")


def _axis(
    values: tuple[str, ...], places: tuple[float, ...], gutter: int, cells: int, theme: Theme
) -> list[Text]:
    rule, tick, corner = "-++" if theme.glyphs == "ascii" else "─┬└"
    columns = [min(round(place * (cells - 1)), cells - 1) for place in places]
    line = [rule] * cells
    for column in columns:
        line[column] = tick
    labels = label_line(columns, values, cells, theme)
    return [
        Text(" " * gutter + corner + "".join(line), FAINT),
        Text(" " * (gutter + 1) + labels),
    ]
