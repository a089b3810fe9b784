"""The threshold sweep: precision, recall and F1 wherever the line is drawn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich.text import Text

from objtui.measures.frames import POSITIVE
from objtui.measures.thresholds import Sweep, threshold_sweep
from objtui.ui.charts.dots import (
    Floats,
    Layer,
    column_centres,
    composed,
    dot_rows,
    line_dots,
    mark_rows,
)
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
from objtui.ui.charts.scale import Scale, value_scale
from objtui.ui.charts.words import WAITING
from objtui.ui.panels.head_moment import HeadMoment, fitting, legend, shown_heads
from objtui.ui.panels.scene import Scene
from objtui.ui.theme import FAINT, STRONG, Theme

NO_OBJECTS = "no objects to be found"

_MARK_CELLS = 12  # cells from letter to letter on a line


def threshold_panel(scene: Scene, head: int, width: int, height: int) -> list[Text]:
    """`height` lines of `width` cells, at least 20 × 3, legible from 5.

    Every head has a diagram of its own, as many as fit about the focus, in which P, R and F stand
    on the lines of precision, recall and F1, over the rows of all seeds together. The threshold
    of the best F1 runs from top to bottom; beside it, the title has the scores `best_threshold`
    and `f1`, means over the seeds. In an overlay one diagram has the F1 of every head. Thresholds
    are on p where that is the axis of the histograms, else on z.
    """
    heads, theme = shown_heads(scene), scene.theme
    ends = None if scene.state.probability else scene.ends
    if not heads:
        return message_panel(Text("threshold", STRONG), WAITING, theme, width, height)
    if scene.state.overlay and len(heads) > 1:
        title = Text.assemble(("F1", STRONG), "  ", legend(heads, theme))
        return _overlay(heads, title, ends, theme, width, height)
    shown = fitting(heads, width)
    panels = [
        _one_head(head, ends, theme, part, height)
        for head, part in zip(shown, shares(width, len(shown)), strict=True)
    ]
    return beside(panels)


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
    rows = canvas_rows(height)
    frame, horizontal = _frame(ends, theme, width, height)
    sweep = threshold_sweep(head.counts, _thresholds(ends, frame.cells, theme))
    best = _best_place(head, horizontal, ends)
    colour = head.style.colour
    lines = (
        (sweep.f1, "F", f"{colour} {STRONG}".strip()),
        (sweep.precision, "P", colour),
        (sweep.recall, "R", f"{colour} {FAINT}".strip()),
    )
    layers = [
        _letters(values, theme, rows, frame.cells, style, i, len(lines), letter)
        for i, (values, letter, style) in enumerate(lines)
    ]
    layers += [_line(values, theme, rows, letter, style) for values, letter, style in lines]
    layers.append(_upright(best, theme, rows, frame.cells))
    mark = "^" if theme.glyphs == "ascii" else "▲"
    canvas = composed(layers, rows, frame.cells)
    return frame.panel(title, canvas, horizontal, [(best, mark, colour or STRONG)])


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
    frame, horizontal = _frame(ends, theme, width, height)
    thresholds = _thresholds(ends, frame.cells, theme)
    layers: list[Layer] = []
    lines: list[Layer] = []
    bests = []
    for i, head in enumerate(with_objects):
        f1 = threshold_sweep(head.counts, thresholds).f1
        style = head.style.colour or STRONG
        layers.append(
            _letters(f1, theme, rows, frame.cells, style, i, len(with_objects), head.style.mark)
        )
        lines.append(_line(f1, theme, rows, head.style.mark, style))
        bests.append((_best_place(head, horizontal, ends), head.style.mark, style))
    canvas = composed(layers + lines, rows, frame.cells)
    title = with_parts(title, [("marks below: best F1", FAINT)], width - 4, theme)
    return frame.panel(title, canvas, horizontal, bests)


def _frame(
    ends: tuple[float, float] | None, theme: Theme, width: int, height: int
) -> tuple[PlotFrame, Scale]:
    """The frame, and the scale of thresholds below it."""
    rows = canvas_rows(height)
    vertical = value_scale(0.0, 1.0, False, max((rows + 1) // 2, 2))
    frame = PlotFrame.of(row_labels(vertical, rows, theme), theme, width, height, gutter=2)
    ticks = max(frame.cells // TICK_CELLS, 2)
    if ends is None:
        return frame, value_scale(0.0, 1.0, False, ticks)
    low, high = ends
    inner = value_scale(low, high, False, ticks)
    kept = tuple(tick for tick in inner.ticks if low <= tick <= high)
    return frame, Scale(low, high, False, kept, inner.step)


def _thresholds(ends: tuple[float, float] | None, cells: int, theme: Theme) -> Floats:
    """The logit of every column of dots."""
    at = column_centres(cells, theme.glyphs)
    if ends is not None:
        return ends[0] + (ends[1] - ends[0]) * at
    with np.errstate(divide="ignore"):
        logits: Floats = np.log(at) - np.log1p(-at)
    return logits


def _best_place(head: HeadMoment, scale: Scale, ends: tuple[float, float] | None) -> float:
    """Where the threshold of the best F1 lies, held to the ends of the axis."""
    sweep: Sweep = threshold_sweep(head.counts)
    logit = float(sweep.logits[sweep.best])
    value = logit if ends is not None else float(np.exp(-np.logaddexp(0.0, -logit)))
    return min(max(float(scale.place(value)), 0.0), 1.0)


def _line(values: Floats, theme: Theme, rows: int, solid: str, style: str) -> Layer:
    return dot_rows(line_dots(values, values, rows, theme.glyphs), theme.glyphs, solid), style


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
