"""The gradient panel: which class pulls how hard, and which rows pull no more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from rich.text import Text

from objtui.runs.vanished import has_hard_targets
from objtui.ui.charts.dots import (
    DOTS,
    Layer,
    column_centres,
    composed,
    dot_rows,
    line_dots,
    mark_rows,
)
from objtui.ui.charts.legend import legend
from objtui.ui.charts.plot_frame import (
    TICK_CELLS,
    PlotFrame,
    beside,
    canvas_rows,
    cursor_mark,
    message_panel,
    row_labels,
    shares,
    with_parts,
)
from objtui.ui.charts.scale import Scale, step_scale, value_scale
from objtui.ui.charts.step_columns import Floats, column_ranges, step_places
from objtui.ui.charts.words import NOTHING, WAITING, legible
from objtui.ui.panels.gradient.lines import GradientLine, HeadGradient, head_gradient
from objtui.ui.panels.scene import Scene
from objtui.ui.theme import BAD, FAINT, STRONG, Theme

UNKNOWN = "unknown: soft targets"

MIN_WIDTH, MIN_HEIGHT = 34, 8
"""Of one diagram, where there is room for more than one."""

_MARK_CELLS = 12  # cells from mark to mark on a line
_MIN_SIZE = 1e-12  # of the largest: what is smaller lies below the scale of sizes


@dataclass(frozen=True, slots=True)
class _Quantity:
    """What one diagram shows, and how it is written in much and in little room."""

    long: str
    short: str
    line: Callable[[HeadGradient], GradientLine | None]
    is_size: bool = False


_QUANTITIES = (
    _Quantity(
        "mean |dL/dz| of objects", "|dL/dz| objects", lambda head: head.objects, is_size=True
    ),
    _Quantity(
        "mean |dL/dz| of background",
        "|dL/dz| background",
        lambda head: head.background,
        is_size=True,
    ),
    _Quantity("background's share of |dL/dz|", "background share", lambda head: head.share),
    _Quantity("objects with dL/dz = 0", "objects at 0", lambda head: head.vanished_objects),
    _Quantity(
        "background with dL/dz = 0", "background at 0", lambda head: head.vanished_background
    ),
)
"""In the order in which they go where there is room."""


def gradient_panel(scene: Scene, head: int, width: int, height: int) -> list[Text]:
    """`height` lines of `width` cells, legible from 5: the shown heads' dL/dz over the steps."""
    return gradient_diagrams(scene, _shown_gradients(scene), width, height)


def gradient_diagrams(
    scene: Scene, heads: Sequence[HeadGradient], width: int, height: int
) -> list[Text]:
    """Up to five diagrams, as many as there is room for.

    Each has a line and its mark for every head: the mean size of a row's dL/dz, of objects and of
    background on one log scale, with the lowest and highest seed faintly beside it; the
    background's share of the sum; and the share of the rows of each class whose dL/dz is exactly
    0 in the number format of the run.
    """
    last = max(
        (int(head.objects.steps[-1]) for head in heads if len(head.objects.steps)), default=None
    )
    if last is None:
        title = Text("dL/dz by class", STRONG)
        return message_panel(title, WAITING, scene.theme, width, height)
    rows = _grid(width, height)
    sizes = _size_ends(heads)
    lines: list[Text] = []
    for quantities, row_height in zip(rows, shares(height, len(rows)), strict=True):
        parts = shares(width, len(quantities))
        lines += beside(
            [
                _diagram(scene, quantity, heads, sizes, last, part, row_height)
                for quantity, part in zip(quantities, parts, strict=True)
            ]
        )
    return lines


def _shown_gradients(scene: Scene) -> list[HeadGradient]:
    heads = []
    for head in scene.state.shown:
        columns, position = scene.history.columns_of(head)
        heads.append(
            head_gradient(
                columns,
                scene.series(head),
                position,
                scene.head_name(head),
                scene.head_style(head),
                dtype=scene.dtype(head),
                formula=scene.runs.source_of(head).formulas[position],
                hard_targets=has_hard_targets(columns, position),
            )
        )
    return heads


def _grid(width: int, height: int) -> list[list[_Quantity]]:
    """The diagrams in rows: sizes above, shares below, as far as there is room."""
    across = max(width // MIN_WIDTH, 1)
    down = max(height // MIN_HEIGHT, 1)
    if across == 1:
        return [[quantity] for quantity in _QUANTITIES[:down]]
    if down == 1:
        return [list(_QUANTITIES[:across])]
    if across == 2 and down >= 3:
        return [list(_QUANTITIES[:2]), [_QUANTITIES[2]], list(_QUANTITIES[3:])]
    return [list(_QUANTITIES[:2]), list(_QUANTITIES[2 : 2 + across])]


def _size_ends(heads: Sequence[HeadGradient]) -> tuple[float, float] | None:
    """The smallest and largest size that is drawn, of either class; None where there is none."""
    lines = [line for head in heads for line in (head.objects, head.background)]
    values = np.concatenate([values for line in lines for values in (line.low, line.high)])
    values = values[values > 0]
    if not len(values):
        return None
    high = float(values.max())
    return max(float(values.min()), high * _MIN_SIZE), high


def _diagram(
    scene: Scene,
    quantity: _Quantity,
    heads: Sequence[HeadGradient],
    sizes: tuple[float, float] | None,
    last: int,
    width: int,
    height: int,
) -> list[Text]:
    theme, state = scene.theme, scene.state
    drawn = [(head, line) for head in heads if (line := quantity.line(head)) is not None]
    title = _title(scene, quantity, heads, width)
    if not drawn:
        return message_panel(title, UNKNOWN, theme, width, height)
    rows = canvas_rows(height)
    ticks = max((rows + 1) // 2, 2)
    if not quantity.is_size:
        vertical = value_scale(0.0, 1.0, False, ticks)
    elif sizes is None:
        return message_panel(title, NOTHING, theme, width, height)
    else:
        vertical = value_scale(*sizes, True, ticks)
    frame = PlotFrame.of(row_labels(vertical, rows, theme), theme, width, height, gutter=4)
    steps = scene.history.header.steps
    horizontal = step_scale(last, steps, state.log_step, frame.cells // TICK_CELLS)
    canvas = _canvas(drawn, horizontal, vertical, theme, rows, frame.cells)
    cursor = cursor_mark(state.cursor, horizontal, theme)
    return frame.panel(title, canvas, horizontal, cursor, across=scene.axis_name("step"))


def _title(scene: Scene, quantity: _Quantity, heads: Sequence[HeadGradient], width: int) -> Text:
    theme, room = scene.theme, width - 4
    forms = [quantity.long, quantity.short]
    if quantity.short.endswith("at 0"):
        forms.insert(0, f"{quantity.long} in {scene.history.header.dtype}")
    title = Text(next((form for form in forms if len(form) <= room), forms[-1]), STRONG)
    names = [head.style.named(legible(head.name, theme)) for head in heads]
    if said := legend(names, room - title.cell_len - 2, theme):
        title.append("  ").append_text(said)
    diverged = sum(head.diverged for head in heads)
    parts = [(f"{diverged} diverged" if diverged else "", theme.hue(BAD))]
    if quantity.is_size:
        parts.append(("log", FAINT))
    return with_parts(title, parts, room, theme)


def _canvas(
    drawn: Sequence[tuple[HeadGradient, GradientLine]],
    horizontal: Scale,
    vertical: Scale,
    theme: Theme,
    rows: int,
    cells: int,
) -> list[Text]:
    columns = cells * DOTS[theme.glyphs][0]
    marks: list[Layer] = []
    means: list[Layer] = []
    bands: list[Layer] = []
    for turn, (head, line) in enumerate(drawn):
        x = step_places(line.steps, horizontal)
        style, solid = head.style.strong, head.style.mark
        mean_low, mean_high = column_ranges(x, _placed(line.mean, vertical), columns)
        dots = line_dots(mean_low, mean_high, rows, theme.glyphs)
        means.append((dot_rows(dots, theme.glyphs, solid), style))
        marks.append(
            (
                mark_rows(
                    _mark_places((mean_low + mean_high) / 2, turn, len(drawn), theme, cells, solid),
                    rows,
                    cells,
                    theme.glyphs,
                ),
                style,
            )
        )
        faint = f"{head.style.colour} {FAINT}".strip()
        ends = [end for end in (line.low, line.high) if end is not line.mean]
        if ends:
            dotted = [
                line_dots(*column_ranges(x, _placed(end, vertical), columns), rows, theme.glyphs)
                for end in ends
            ]
            bands.append((dot_rows(np.logical_or.reduce(dotted), theme.glyphs), faint))
    return composed([*marks, *means, *bands], rows, cells)


def _placed(values: Floats, scale: Scale) -> Floats:
    """Where values lie; those below a log scale at its foot."""
    bounded = np.maximum(values, scale.low) if scale.log else values
    return np.clip(scale.place(bounded), 0.0, 1.0)


def _mark_places(
    y: Floats, turn: int, lines: int, theme: Theme, cells: int, mark: str
) -> list[tuple[float, float, str]]:
    """A head's mark in columns that no other head has; else at the end of its line."""
    at = column_centres(cells, theme.glyphs)
    every = lines if theme.glyphs == "ascii" else max(_MARK_CELLS, 3 * lines)
    dots = DOTS[theme.glyphs][0]
    chosen = np.arange(turn * every // lines, cells, every) * dots
    chosen = chosen[~np.isnan(y[chosen])]
    if not len(chosen):
        chosen = np.flatnonzero(~np.isnan(y))[-1:]
    return [(float(at[i]), float(y[i]), mark) for i in chosen]
