"""The threshold sweep: precision, recall and F1 wherever the line is drawn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich.text import Text

from objtui.measures.frames import POSITIVE
from objtui.measures.thresholds import threshold_sweep
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
from objtui.ui.charts.line_labels import label_lines, named_ticks, with_axis_name
from objtui.ui.charts.plot_frame import (
    PlotFrame,
    beside,
    canvas_rows,
    message_panel,
    row_labels,
    shares,
    with_parts,
)
from objtui.ui.charts.scale import Scale, value_scale
from objtui.ui.charts.words import WAITING
from objtui.ui.panels.head_moment import HeadMoment, fitting, legend_title, shown_heads
from objtui.ui.panels.precision_recall import NO_OBJECTS, head_diagram
from objtui.ui.panels.scene import Scene
from objtui.ui.panels.working_points import marked_points, point_lines
from objtui.ui.theme import FAINT, STRONG, Theme

_MARK_CELLS = 12  # cells from letter to letter on a line
_WORDS_CELLS = 30  # cells of a line from which names are words, not letters
_MIN_ROWS = 5  # lines of a diagram that words about its points leave
_MIN_BESIDE = 44  # cells of a diagram that has another beside it
_MIN_BELOW = 13  # lines of one that has another above or below it

_SOLID, _DASHED, _DOTTED = (1, 1), (4, 6), (1, 3)
"""Columns of dots of a line that are drawn, of how many."""


def threshold_panel(scene: Scene, head: int, width: int, height: int) -> list[Text]:
    """`height` lines of `width` cells, at least 20 × 3, legible from 5.

    Every head has a diagram of its own, as many as fit about the focus, of precision (dashed),
    recall (dotted) and F1 (solid) over the threshold, over the rows of all seeds together. At
    p = .5 and at the threshold of the best F1 lines run from top to bottom, with what all three
    are there above them; the title has the scores `best_threshold` and `f1`, means over the seeds.
    Where there is room, the precision-recall curve of the head stands beside or below. In an
    overlay one diagram has the F1 of every head. Thresholds are on p where that is the axis of
    the histograms, else on z.
    """
    heads, theme = shown_heads(scene), scene.theme
    ends = None if scene.state.probability else scene.ends
    if not heads:
        return message_panel(Text("threshold", STRONG), WAITING, theme, width, height)
    if scene.state.overlay and len(heads) > 1:
        title = legend_title("F1", heads, width, theme)
        return _overlay(heads, title, ends, theme, width, height)
    shown = fitting(heads, width)
    panels = [
        _with_curve(head, ends, theme, part, height)
        for head, part in zip(shown, shares(width, len(shown)), strict=True)
    ]
    return beside(panels)


def _with_curve(
    head: HeadMoment, ends: tuple[float, float] | None, theme: Theme, width: int, height: int
) -> list[Text]:
    """A head's thresholds and, beside or below them where there is room, precision over recall."""
    if width >= 2 * _MIN_BESIDE:
        left, right = shares(width, 2)
        curve = head_diagram(head, theme, right, height, points_said=True)
        return beside([_one_head(head, ends, theme, left, height), curve])
    if height >= 2 * _MIN_BELOW:
        upper, lower = shares(height, 2)
        return [
            *_one_head(head, ends, theme, width, upper),
            *head_diagram(head, theme, width, lower, points_said=True),
        ]
    return _one_head(head, ends, theme, width, height)


def _one_head(
    head: HeadMoment, ends: tuple[float, float] | None, theme: Theme, width: int, height: int
) -> list[Text]:
    parts = [
        head.diverged_note(theme),
        (f"F1 {head.written('f1', theme)}", ""),
        (f"at p {head.written('best_threshold', theme)}", ""),
    ]
    title = with_parts(head.title(theme), parts, width - 4, theme)
    if not head.counts[POSITIVE].any():
        return message_panel(title, NO_OBJECTS, theme, width, height)
    points, colour = marked_points(head, theme), head.style.colour
    rows = canvas_rows(height)
    words = point_lines(points, colour, theme, width - 6, max(min(2, rows - _MIN_ROWS), 0))
    rows -= len(words)
    frame, horizontal = _frame(ends, theme, width, rows, height, above=len(words))
    sweep = threshold_sweep(head.counts, _thresholds(ends, frame.cells, theme))
    lines = (
        (sweep.f1, "F1", "F", head.style.strong, _SOLID),
        (sweep.precision, "precision", "P", colour, _DASHED),
        (sweep.recall, "recall", "R", colour, _DOTTED),
    )
    wide = frame.cells >= _WORDS_CELLS
    names = [name if wide or name == "F1" else letter for _, name, letter, _, _ in lines]
    labels = label_lines([line[0] for line in lines], names, rows, frame.cells, theme.glyphs)
    layers: list[Layer] = [
        (layer, style or STRONG) for layer, (_, _, _, style, _) in zip(labels, lines, strict=True)
    ]
    dots = [_dots(values, theme, rows, stroke) for values, _, _, _, stroke in lines]
    letters = [letter for _, _, letter, _, _ in lines]
    drawn = _all_seen(dots, letters, theme)
    layers += [(layer, line[3]) for layer, line in zip(drawn, lines, strict=True)]
    places = [_place_of(point.logit, horizontal, ends) for point in points]
    layers += [_upright(place, theme, rows, frame.cells) for place in reversed(places)]
    canvas = words + composed(layers, rows, frame.cells)
    marks = [
        (place, point.mark, colour or STRONG) for place, point in zip(places, points, strict=True)
    ]
    panel = frame.panel(title, canvas, horizontal, marks[::-1])
    return with_axis_name(panel, _axis_name(ends), theme)


def _overlay(
    heads: Sequence[HeadMoment],
    title: Text,
    ends: tuple[float, float] | None,
    theme: Theme,
    width: int,
    height: int,
) -> list[Text]:
    with_objects = [head for head in heads if head.counts[POSITIVE].any()]
    if not with_objects:
        return message_panel(title, NO_OBJECTS, theme, width, height)
    rows = canvas_rows(height)
    frame, horizontal = _frame(ends, theme, width, rows, height)
    thresholds = _thresholds(ends, frame.cells, theme)
    layers: list[Layer] = []
    lines: list[Layer] = []
    bests = []
    for i, head in enumerate(with_objects):
        f1 = threshold_sweep(head.counts, thresholds).f1
        style = head.style.strong
        layers.append(
            _letters(f1, theme, rows, frame.cells, style, i, len(with_objects), head.style.mark)
        )
        lines.append(_line(f1, theme, rows, head.style.mark, style))
        best = marked_points(head, theme)[1]
        bests.append((_place_of(best.logit, horizontal, ends), head.style.mark, style))
    canvas = composed(layers + lines, rows, frame.cells)
    title = with_parts(title, [("marks below: best F1", FAINT)], width - 4, theme)
    panel = frame.panel(title, canvas, horizontal, bests)
    return with_axis_name(panel, _axis_name(ends), theme)


def _frame(
    ends: tuple[float, float] | None,
    theme: Theme,
    width: int,
    rows: int,
    height: int,
    above: int = 0,
) -> tuple[PlotFrame, Scale]:
    """The frame of `rows` lines below so many of words, and the scale of thresholds below it."""
    vertical = value_scale(0.0, 1.0, False, max((rows + 1) // 2, 2))
    labels = [*[""] * above, *row_labels(vertical, rows, theme)]
    frame = PlotFrame.of(labels, theme, width, height, gutter=2)
    ticks = named_ticks(frame.cells)
    if ends is None:
        return frame, value_scale(0.0, 1.0, False, ticks)
    low, high = ends
    inner = value_scale(low, high, False, ticks)
    kept = tuple(tick for tick in inner.ticks if low <= tick <= high)
    return frame, Scale(low, high, False, kept, inner.step)


def _axis_name(ends: tuple[float, float] | None) -> str:
    return "p" if ends is None else "logit z"


def _thresholds(ends: tuple[float, float] | None, cells: int, theme: Theme) -> Floats:
    """The logit of every column of dots."""
    at = column_centres(cells, theme.glyphs)
    if ends is not None:
        return ends[0] + (ends[1] - ends[0]) * at
    with np.errstate(divide="ignore"):
        logits: Floats = np.log(at) - np.log1p(-at)
    return logits


def _place_of(logit: float, scale: Scale, ends: tuple[float, float] | None) -> float:
    """Where a threshold lies, held to the ends of the axis."""
    value = logit if ends is not None else float(np.exp(-np.logaddexp(0.0, -logit)))
    return min(max(float(scale.place(value)), 0.0), 1.0)


def _line(values: Floats, theme: Theme, rows: int, solid: str, style: str) -> Layer:
    return dot_rows(_dots(values, theme, rows, _SOLID), theme.glyphs, solid), style


def _dots(values: Floats, theme: Theme, rows: int, stroke: tuple[int, int]) -> Dots:
    """A line of which so many columns of dots of every so many are drawn, all in ASCII."""
    dots = line_dots(values, values, rows, theme.glyphs)
    drawn, every = stroke
    if theme.glyphs != "ascii":
        dots &= np.arange(dots.shape[1]) % every < drawn
    return dots


def _all_seen(dots: Sequence[Dots], letters: Sequence[str], theme: Theme) -> list[list[str]]:
    """Lines as layers of which none hides another: a cell has the dots of all that pass there.

    In ASCII, where a cell has one letter, they take turns from cell to cell.
    """
    if theme.glyphs == "ascii":
        shared = sum(each.astype(int) for each in dots)
        turn = np.arange(dots[0].shape[1]) % np.maximum(shared, 1)
        before = np.cumsum([each.astype(int) for each in dots], axis=0) - 1
        own = [each & (before[i] == turn) for i, each in enumerate(dots)]
        return [
            dot_rows(each, theme.glyphs, letter) for each, letter in zip(own, letters, strict=True)
        ]
    together = dot_rows(np.logical_or.reduce(dots), theme.glyphs)
    layers = []
    for each in dots:
        own_rows = dot_rows(each, theme.glyphs)
        layers.append(
            [
                "".join(both if own != " " else " " for both, own in zip(joined, row, strict=True))
                for joined, row in zip(together, own_rows, strict=True)
            ]
        )
    return layers


def _letters(
    values: Floats,
    theme: Theme,
    rows: int,
    cells: int,
    style: str,
    turn: int,
    lines: int,
    letter: str,
) -> Layer:
    """A line's letter in columns that no other line's has."""
    every = max(_MARK_CELLS, 3 * lines)
    at = (np.arange(turn * every // lines, cells, every) + 0.5) / max(cells, 1)
    y = np.interp(at, column_centres(cells, theme.glyphs), values)
    places = [(float(x), float(v), letter) for x, v in zip(at, y, strict=True) if not np.isnan(v)]
    return mark_rows(places, rows, cells, theme.glyphs), style


def _upright(place: float, theme: Theme, rows: int, cells: int) -> Layer:
    bar = "|" if theme.glyphs == "ascii" else "┊"
    heights = np.linspace(0.0, 1.0, max(rows, 1))
    return mark_rows([(place, float(y), bar) for y in heights], rows, cells, theme.glyphs), FAINT
