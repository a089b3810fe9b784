"""Percentile bands: the middle of each class and how far it spreads, step by step."""

from __future__ import annotations

import numpy as np
from rich.text import Text

from objtui.measures.frames import NEGATIVE, POSITIVE
from objtui.measures.percentiles import percentiles
from objtui.runs.histogram_store import HistogramSeries
from objtui.text.numbers import grouped
from objtui.ui.charts.axis import Axis, Floats
from objtui.ui.charts.dots import DOTS, Dots, Layer, composed, dot_rows, line_dots, mark_rows
from objtui.ui.charts.plot_frame import canvas_rows, cursor_mark, message_panel, with_parts
from objtui.ui.charts.words import WAITING
from objtui.ui.panels.history.frame import (
    axis_labels,
    axis_words,
    diverged_by_then,
    guide_rows,
    histogram_columns,
    history_title,
    horizontal_scale,
    labelled_frame,
    vertical_axis,
)
from objtui.ui.panels.scene import Scene
from objtui.ui.theme import BAD, FAINT, STRONG, Theme

LETTERS = {POSITIVE: "O", NEGATIVE: "B"}
"""Stand on the medians."""

_FILLS = {POSITIVE: ("▒", "░"), NEGATIVE: ("▒", "░")}
_GREY_FILLS = {POSITIVE: ("▒", "░"), NEGATIVE: ("░", "·")}
_ASCII_FILLS = {POSITIVE: ("=", "-"), NEGATIVE: (":", ".")}
_LETTER_CELLS = 24  # cells from letter to letter on a median


def bands_panel(scene: Scene, head: int, width: int, height: int) -> list[Text]:
    """`height` lines of `width` cells, legible from 6.

    Both classes on one axis of logits or p. A line is the median of a class; about it, half of
    the rows lie in the dense band and nine in ten in the thin one. Objects have the colour of
    their head, background has none, and thinner glyphs where nothing has a colour. Columns are
    single moments (`histogram_columns`).
    """
    theme, title, series = scene.theme, history_title(scene, head), scene.series(head)
    if not len(series.steps):
        return message_panel(title, WAITING, theme, width, height)
    rows = canvas_rows(height)
    axis = vertical_axis(scene, head, rows)
    frame = labelled_frame(axis_labels(axis, theme), theme, width, height)
    scale = horizontal_scale(scene, int(series.steps[-1]), frame.cells)
    columns = histogram_columns(series, scale, frame.cells * DOTS[theme.glyphs][0])
    places = {
        of_class: _places(percentiles(columns.counts[:, of_class]), axis)
        for of_class in (POSITIVE, NEGATIVE)
    }
    styles = {POSITIVE: scene.head_style(head).colour, NEGATIVE: ""}
    layers: list[Layer] = []
    for turn, (of_class, placed) in enumerate(places.items()):
        letters = _letters(placed[:, 2], of_class, turn, theme, rows, frame.cells)
        layers.append((letters, styles[of_class] or ("" if of_class == NEGATIVE else STRONG)))
    for of_class, placed in places.items():
        layers += _class_layers(placed, of_class, theme, rows, styles[of_class])
    occupied = [line.plain for line in composed(layers, rows, frame.cells)]
    layers.append((guide_rows(axis, frame.cells, theme, occupied), FAINT))
    canvas = composed(layers, rows, frame.cells)
    title = with_parts(title, _parts(scene, head, series, axis), width - 4, theme)
    cursor = cursor_mark(scene.state.cursor, scale, theme)
    across = scene.axis_name("step")
    return frame.panel(title, canvas, scale, cursor, name=axis.names[-1], across=across)


def _parts(scene: Scene, head: int, series: HistogramSeries, axis: Axis) -> list[tuple[str, str]]:
    theme, diverged = scene.theme, diverged_by_then(scene, head)
    parts = [
        (f"diverged at step {grouped(diverged)}" if diverged is not None else "", theme.hue(BAD)),
        (f"{LETTERS[POSITIVE]} objects  {LETTERS[NEGATIVE]} background", ""),
        ("median, 50 and 90 % of rows", FAINT),
        (axis_words(axis), FAINT),
    ]
    if scene.state.log_step and series.steps[0] <= 0:
        parts.insert(1, ("step 0 has no place", ""))
    return parts


def _places(logits: Floats, axis: Axis) -> Floats:
    """Where logits lie on the axis, held to its ends: (columns, percentiles), NaN without rows."""
    values = 1 / (1 + np.exp(-np.clip(logits, -700, 700))) if axis.probability else logits
    placed = axis.place(np.clip(values, axis.low, axis.high))
    lines: Floats = (axis.below + placed * axis.inner) / axis.cells
    return lines


def _class_layers(
    places: Floats, of_class: int, theme: Theme, rows: int, style: str
) -> list[Layer]:
    """Median and bands of a class: `places` is (columns of dots, 5)."""
    glyphs = theme.glyphs
    median, dense, thin = places[:, 2], places[:, [1, 3]], places[:, [0, 4]]
    line = line_dots(median, median, rows, glyphs)
    solid, cells = LETTERS[of_class], DOTS[glyphs][0]
    in_blocks = _FILLS if theme.colours else _GREY_FILLS
    of_ends = (_ASCII_FILLS if glyphs == "ascii" else in_blocks)[of_class]
    fills = [
        _filled(_between(ends[::cells], rows), char)
        for ends, char in zip((dense, thin), of_ends, strict=True)
    ]
    return [(dot_rows(line, glyphs, solid), style), *((fill, style) for fill in fills)]


def _between(ends: Floats, rows: int) -> Dots:
    """Where lines lie between two places of their column: ends (columns, 2) → (rows, columns)."""
    drawn = ~(np.isnan(ends[:, 0]) | np.isnan(ends[:, 1]))
    lines = np.clip((np.where(drawn[:, None], ends, 0.0) * rows).astype(np.int64), 0, rows - 1)
    height = np.arange(rows)[::-1, None]
    inside: Dots = (height >= lines[:, 0]) & (height <= lines[:, 1]) & drawn
    return inside


def _filled(inside: Dots, char: str) -> list[str]:
    return ["".join(char if cell else " " for cell in line) for line in inside.tolist()]


def _letters(
    median: Floats, of_class: int, turn: int, theme: Theme, rows: int, cells: int
) -> list[str]:
    """The letter of a class on its median at intervals."""
    across = DOTS[theme.glyphs][0]
    at = np.arange(_LETTER_CELLS // 4 * (1 + 2 * turn), cells, _LETTER_CELLS)
    places = [
        ((cell + 0.5) / cells, float(median[cell * across]), LETTERS[of_class])
        for cell in at.tolist()
        if not np.isnan(median[cell * across])
    ]
    return mark_rows(places, rows, cells, theme.glyphs)
