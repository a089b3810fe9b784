"""The curve panel: one score of every shown head over the steps, with the band of its seeds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from rich.text import Text

from objtui.headless.style import grouped
from objtui.ui.head_history import HeadHistory
from objtui.ui.line_panel import framed
from objtui.ui.look import BAD, FAINT, STRONG, Look
from objtui.ui.panels.canvas import DOTS, cell_of, draw
from objtui.ui.panels.curve_cursor import cursor_places
from objtui.ui.panels.curve_lines import Floats, HeadCurve, head_curves
from objtui.ui.panels.curve_strokes import curve_strokes
from objtui.ui.panels.numbers import short_count
from objtui.ui.panels.scale import Scale, step_scale, time_scale, value_scale
from objtui.ui.panels.words import between, legible
from objtui.ui.view_state import ViewState

WAITING = "waiting for a frame"
NOTHING = "nothing that can be drawn"

_BLANK = " ⠀"
_TICK_CELLS = 9  # cells from tick to tick at least


@dataclass(frozen=True, slots=True)
class CurvePlot:
    """The curve panel without a cursor, and where its canvas is.

    Attributes:
        lines: the whole panel.
        scale: the horizontal one; None where nothing could be drawn.
        left: cells before the canvas.
        cells, rows: of the canvas.
    """

    lines: list[Text]
    scale: Scale | None = None
    left: int = 0
    cells: int = 0
    rows: int = 0


def curve_panel(
    history: HeadHistory, state: ViewState, look: Look, width: int, height: int
) -> list[Text]:
    """`height` lines of `width` cells, at least 20 × 3, legible from 5.

    A head's line is the mean over its seeds, with the lowest and highest seed faintly beside it;
    its mark stands on it at intervals, so that lines which coincide are still told apart. Moments
    in which a value is not finite bear a cross on the axis and are counted in the title. A line
    from top to bottom stands at the cursor.
    """
    plot = curve_plot(history, state, look, width, height)
    return with_cursor(plot, cursor_places(history, state), look)


def curve_plot(
    history: HeadHistory, state: ViewState, look: Look, width: int, height: int
) -> CurvePlot:
    """The panel but for the cursor."""
    curves = head_curves(history, state)
    inner, rows = width - 2, height - 2
    title = _title(history, curves, state, look, width - 4)
    ends = _ends(curves, state.log_step)
    if ends is None:
        lines = [Text() for _ in range(max(rows, 0))]
        if lines:
            lines[rows // 2] = Text((NOTHING if curves else WAITING).center(inner), FAINT)
        return CurvePlot(framed(title, lines, width, height, look))
    with_axis = rows >= 3
    canvas_rows = rows - 1 if with_axis else max(rows, 1)
    vertical = value_scale(*ends, state.log_value, (canvas_rows + 1) // 2)
    labels = _row_labels(vertical, canvas_rows, look)
    gutter = max(len(label) for label in labels)
    cells = max(inner - gutter - 1, 1)
    horizontal = _horizontal(history, curves, state, cells // _TICK_CELLS)
    strokes = curve_strokes(curves, horizontal, vertical, look, cells)
    side = "|" if look.glyphs == "ascii" else "│"
    tick = "+" if look.glyphs == "ascii" else "┤"
    canvas = draw(strokes, look.glyphs, cells, canvas_rows)
    lines = [
        Text.assemble((label.rjust(gutter) + (tick if label else side), FAINT), row)
        for label, row in zip(labels, canvas, strict=True)
    ]
    if with_axis:
        lines.append(_axis_line(curves, horizontal, look, gutter, cells))
    panel = framed(title, lines, width, height, look)
    panel[-1] = _bottom(panel[-1].plain, horizontal, state.wall_time, look, gutter + 2, cells)
    return CurvePlot(panel, horizontal, gutter + 2, cells, canvas_rows)


def _horizontal(
    history: HeadHistory, curves: list[HeadCurve], state: ViewState, ticks: int
) -> Scale:
    last = max(float(curve.at[-1]) for curve in curves)
    if state.wall_time:
        return time_scale(last, state.log_step, ticks)
    return step_scale(int(last), history.header.steps, state.log_step, ticks)


def _ends(curves: list[HeadCurve], log_step: bool) -> tuple[float, float] | None:
    """The lowest and highest value that is drawn; None where nothing is."""
    drawn = [
        line[curve.at > 0 if log_step else curve.at >= 0]
        for curve in curves
        for line in _all_lines(curve)
    ]
    values = np.concatenate(drawn) if drawn else np.empty(0)
    values = values[~np.isnan(values)]
    return (float(values.min()), float(values.max())) if len(values) else None


def _all_lines(curve: HeadCurve) -> list[Floats]:
    lines = [curve.mean, curve.low, curve.high]
    return lines if curve.raw is None else [*lines, curve.raw]


def _row_labels(scale: Scale, rows: int, look: Look) -> list[str]:
    """A label for every row of the canvas, empty between ticks."""
    labels = [""] * rows
    for value in scale.ticks:
        row = rows - 1 - cell_of(float(scale.place(value)), rows, DOTS[look.glyphs][1])
        around = labels[max(row - 1, 0) : row + 2] if rows > 2 else [labels[row]]
        if not any(around):
            labels[row] = scale.label(value).replace("-", look.minus)
    return labels


def with_cursor(plot: CurvePlot, places: list[float], look: Look) -> list[Text]:
    """The panel with a line at each of some places, steps or seconds, where nothing else is."""
    if plot.scale is None or not places:
        return plot.lines
    scale = plot.scale
    inside = [place for place in places if scale.low <= place <= scale.high]
    columns = {plot.left + _cell(scale, place, plot.cells, look) for place in inside}
    bar = ":" if look.glyphs == "ascii" else "┊"
    lines = list(plot.lines)
    for row in range(1, plot.rows + 1):
        line = lines[row].copy()
        letters = list(line.plain)
        for column in columns:
            if letters[column] in _BLANK:
                letters[column] = bar
                line.stylize(STRONG, column, column + 1)
        line.plain = "".join(letters)
        lines[row] = line
    return lines


def _cell(scale: Scale, value: float, cells: int, look: Look) -> int:
    return cell_of(float(scale.place(value)), cells, DOTS[look.glyphs][0])


def _axis_line(
    curves: list[HeadCurve],
    scale: Scale,
    look: Look,
    gutter: int,
    cells: int,
) -> Text:
    """The axis of steps with its ticks, and crosses where values are not finite."""
    rule, tick, corner, cross = "-++x" if look.glyphs == "ascii" else "─┬└×"
    line = [rule] * cells
    for value in scale.ticks:
        line[_cell(scale, value, cells, look)] = tick
    lost = {float(curve.at[i]) for curve in curves for i in curve.lost}
    crosses = {_cell(scale, max(at, scale.low), cells, look) for at in lost}
    text = Text.assemble((" " * gutter + corner, FAINT))
    for cell, char in enumerate(line):
        lost_here = cell in crosses
        text.append(cross if lost_here else char, look.hue(BAD) if lost_here else FAINT)
    return text


def _bottom(border: str, scale: Scale, seconds: bool, look: Look, start: int, cells: int) -> Text:
    """The lower border with the steps, or the seconds, of the ticks below them."""
    line = list(border)
    taken = start - 2
    for value in scale.ticks:
        if seconds:
            label = f" {scale.label(value)} s " if value else " 0 "
        else:
            label = f" {short_count(value) if value >= 1e5 else grouped(value)} "
        at = start + _cell(scale, value, cells, look) - len(label) // 2
        at = min(max(at, 1), len(line) - 1 - len(label))
        if at > taken:
            line[at : at + len(label)] = label
            taken = at + len(label)
    return Text("".join(line))


def _title(
    history: HeadHistory, curves: list[HeadCurve], state: ViewState, look: Look, room: int
) -> Text:
    """Score, legend, what was not drawn, axes and smoothing: as many parts as there is room for."""
    heads = history.header.heads
    legend = Text()
    for position in state.shown:
        of = look.head(position)
        legend.append("  " if legend else "")
        legend.append(f"{of.mark} {legible(heads[position].name, look)}", of.style)
    parts = [legend]
    lost = [(curve.head, len(curve.lost), "not finite") for curve in curves if len(curve.lost)]
    below = "<= 0" if look.glyphs == "ascii" else "≤ 0"
    lost += [(curve.head, len(curve.off_scale), below) for curve in curves]
    for head, count, why in lost:
        if count:
            words = f"{legible(heads[head].name, look)}: {grouped(count)} {why}"
            parts.append(Text(words, look.hue(BAD)))
    if state.wall_time:
        parts.append(Text("by wall time"))
    if state.log_step and any(curve.at[0] <= 0 for curve in curves):
        start = "its start" if state.wall_time else "step 0"
        parts.append(Text(f"{start} has no place"))
    if state.smoothing:
        parts.append(Text(f"smoothing {state.smoothing:g}".replace("0.", ".")))
    logs = [axis for axis, on in (("x", state.log_step), ("y", state.log_value)) if on]
    if logs:
        parts.append(Text(f"log {', '.join(logs)}"))
    parts.append(Text("m: next score", FAINT))
    title = Text.assemble((state.score, STRONG))
    for part in parts:
        if title.cell_len + len(between(look)) + part.cell_len <= room:
            title.append(between(look)).append_text(part)
    return title
