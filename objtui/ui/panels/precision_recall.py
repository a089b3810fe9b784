"""The precision–recall curve of every head, with what its thresholds make of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich.text import Text

from objtui.measures.frames import POSITIVE
from objtui.measures.thresholds import precision_recall
from objtui.ui.charts.dots import (
    DOTS,
    Floats,
    Layer,
    cell_of,
    column_centres,
    composed,
    dot_rows,
    line_dots,
    mark_rows,
)
from objtui.ui.charts.line_labels import named_ticks, with_axis_name
from objtui.ui.charts.plot_frame import (
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
from objtui.ui.panels.working_points import marked_points, point_lines, point_marks
from objtui.ui.theme import FAINT, STRONG, Theme

NO_OBJECTS = "no objects to be found"

_MIN_ROWS = 5
"""Lines of a curve that words about its points leave."""

_WIDE = 44  # cells of a panel in which there is room for words

_UNIT = (0.0, 1.0)


def precision_recall_panel(scene: Scene, head: int, width: int, height: int) -> list[Text]:
    """`height` lines of `width` cells, at least 20 × 3, legible from 6.

    Every head has a diagram of its own, as many as fit about the focus; in an overlay all share
    one. A curve is precision over recall, over the rows of all seeds together, from histograms;
    the score AP in its title, a mean over seeds, is from logits. The dotted line is the base rate,
    the precision of a random order. Marks stand where p = .5 cuts, and the threshold of best F1.
    """
    heads, theme = shown_heads(scene), scene.theme
    if not heads:
        return message_panel(Text("precision-recall", STRONG), WAITING, theme, width, height)
    if scene.state.overlay and len(heads) > 1:
        half, best = point_marks(theme.glyphs)
        title = with_parts(
            legend_title("precision over recall", heads, width, theme),
            [(f"{half} p = .5  {best} best F1", FAINT)],
            width - 4,
            theme,
        )
        return _diagram(heads, title, theme, width, height)
    shown = fitting(heads, width)
    panels = [
        head_diagram(head, theme, part, height)
        for head, part in zip(shown, shares(width, len(shown)), strict=True)
    ]
    return beside(panels)


def head_diagram(
    head: HeadMoment, theme: Theme, width: int, height: int, *, points_said: bool = False
) -> list[Text]:
    """The diagram of one head, with its name and its AP.

    `points_said`: whether what its points give stands elsewhere.
    """
    parts = [
        head.diverged_note(theme),
        (f"AP {head.written('ap', theme)}", ""),
        ("precision" if width < _WIDE else "precision over recall", FAINT),
    ]
    title = with_parts(head.title(theme), parts, width - 4, theme)
    return _diagram([head], title, theme, width, height, points_said=points_said)


def _diagram(
    heads: Sequence[HeadMoment],
    title: Text,
    theme: Theme,
    width: int,
    height: int,
    *,
    points_said: bool = False,
) -> list[Text]:
    drawn = [head for head in heads if head.counts[POSITIVE].any()]
    if not drawn:
        return message_panel(title, NO_OBJECTS, theme, width, height)
    rows = canvas_rows(height)
    words: list[Text] = []
    if len(heads) == 1 and not points_said:
        points = marked_points(heads[0], theme)
        style = heads[0].style.colour
        words = point_lines(points, style, theme, width - 6, max(min(2, rows - _MIN_ROWS), 0))
    rows -= len(words)
    vertical = value_scale(*_UNIT, False, max((rows + 1) // 2, 2))
    labels = [*[""] * len(words), *row_labels(vertical, rows, theme)]
    frame = PlotFrame.of(labels, theme, width, height, gutter=2)
    horizontal = value_scale(*_UNIT, False, named_ticks(frame.cells))
    several = len(heads) > 1
    layers = [_points(head, theme, rows, frame.cells) for head in drawn]
    layers.append(_base_words(drawn[0], theme, rows, frame.cells))
    curves = [_curve(head, frame.cells, theme) for head in drawn]
    if several:
        layers += _marks(drawn, curves, theme, rows, frame.cells)
    for head, (low, high) in zip(drawn, curves, strict=True):
        solid = head.style.mark if several else "."
        dots = line_dots(low, high, rows, theme.glyphs)
        layers.append((dot_rows(dots, theme.glyphs, solid), head.style.strong))
    layers.append(_base_line(drawn[0], theme, rows, frame.cells))
    canvas = words + composed(layers, rows, frame.cells)
    return with_axis_name(frame.panel(title, canvas, horizontal), "recall", theme)


def _curve(head: HeadMoment, cells: int, theme: Theme) -> tuple[Floats, Floats]:
    """The least and the largest precision in every column of dots: (columns,) each."""
    curve = precision_recall(head.counts)
    reached = ~np.isnan(curve.precision)
    recall, precision = curve.recall[reached], curve.precision[reached]
    at = column_centres(cells, theme.glyphs)
    column = np.round(recall * (len(at) - 1)).astype(np.int64)
    low, high = np.full(len(at), np.inf), np.full(len(at), -np.inf)
    np.minimum.at(low, column, precision)
    np.maximum.at(high, column, precision)
    # Columns between two points, where a bin holds many objects; recall falls with the threshold.
    between = np.interp(at, recall[::-1], precision[::-1], left=np.nan)
    empty = np.isinf(low)
    return np.where(empty, between, low), np.where(empty, between, high)


def _points(head: HeadMoment, theme: Theme, rows: int, cells: int) -> Layer:
    """Where p = .5 cuts and F1 is best; at p = .5 in front where they are one."""
    places = [
        (point.recall, point.precision, point.mark)
        for point in reversed(marked_points(head, theme))
        if not np.isnan(point.precision)
    ]
    style = head.style.strong
    return mark_rows(places, rows, cells, theme.glyphs), style


def _marks(
    heads: Sequence[HeadMoment],
    curves: Sequence[tuple[Floats, Floats]],
    theme: Theme,
    rows: int,
    cells: int,
) -> list[Layer]:
    """Every head's mark along its curve, in columns that no other head's has."""
    layers = []
    at = column_centres(cells, theme.glyphs)
    every = max(12, 3 * len(heads))
    for turn, (head, (low, _)) in enumerate(zip(heads, curves, strict=True)):
        columns = (np.arange(turn * every // len(heads), cells, every) + 0.5) / max(cells, 1)
        values = np.interp(columns, at, low)
        places = [
            (float(x), float(y), head.style.mark)
            for x, y in zip(columns, values, strict=True)
            if not np.isnan(y)
        ]
        layers.append((mark_rows(places, rows, cells, theme.glyphs), head.style.strong))
    return layers


def _base_rate(head: HeadMoment) -> float:
    return float(head.counts[POSITIVE].sum() / head.counts.sum())


def _base_line(head: HeadMoment, theme: Theme, rows: int, cells: int) -> Layer:
    """The base rate: every third dot."""
    level = np.full(len(column_centres(cells, theme.glyphs)), _base_rate(head))
    dots = line_dots(level, level, rows, theme.glyphs)
    if theme.glyphs != "ascii":
        dots[:, 1::3] = dots[:, 2::3] = False
    return dot_rows(dots, theme.glyphs, "-"), FAINT


def _base_words(head: HeadMoment, theme: Theme, rows: int, cells: int) -> Layer:
    """What the line is, above it at the left, or below where it is at the top."""
    rate = _base_rate(head)
    words = f" base rate {rate:.2g}".replace("0.", ".", 1)
    lines = [" " * cells] * rows
    if rows >= _MIN_ROWS and len(words) < cells // 2:
        row = rows - 1 - cell_of(rate, rows, DOTS[theme.glyphs][1])
        lines[row - 1 if row else 1] = words.ljust(cells)
    return lines, FAINT
