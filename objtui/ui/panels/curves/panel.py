"""The curve panel: one score of every shown head over the steps, with the band of its seeds."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np
from rich.text import Text

from objtui.runs.history import HeadHistory
from objtui.text.numbers import grouped
from objtui.ui.charts.dots import DOTS, cell_of, draw
from objtui.ui.charts.legend import legend
from objtui.ui.charts.plot_frame import (
    TICK_CELLS,
    Mark,
    PlotFrame,
    canvas_rows,
    message_panel,
    row_labels,
)
from objtui.ui.charts.scale import Scale, step_scale, time_scale, value_scale
from objtui.ui.charts.step_axis import StepAxis
from objtui.ui.charts.step_columns import Floats
from objtui.ui.charts.words import (
    LOGITS_GIVEN,
    NO_LOSS,
    NO_LOSS_RECORDED,
    NO_SCORE,
    NOTHING,
    WAITING,
    between,
    legible,
)
from objtui.ui.panels.curves.cells import BLANK, SHADE, equals, with_bands_and_turns
from objtui.ui.panels.curves.lines import HeadCurve, head_curves
from objtui.ui.panels.curves.strokes import curve_strokes
from objtui.ui.panels.scene import Scene
from objtui.ui.theme import BAD, FAINT, STRONG, Theme
from objtui.ui.view_state import ViewState

_BLANK = BLANK + SHADE


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


def curve_panel(scene: Scene, head: int, width: int, height: int) -> list[Text]:
    """`height` lines of `width` cells, at least 20 × 3, legible from 5.

    A head's line is the mean over its seeds, before a shade from the lowest to the highest seed;
    its mark stands on it at intervals. Lines that lie on each other take turns, and the legend says
    of a head whose curve is that of another, in three digits, that they are equal. Moments
    in which a value is not finite bear a cross on the axis and are counted in the title. A line
    from top to bottom stands at the cursor.
    """
    plot = curve_plot(scene, width, height)
    return with_cursor(plot, cursor_places(scene.history, scene.state), scene.theme)


def curve_plot(scene: Scene, width: int, height: int) -> CurvePlot:
    """The panel but for the cursor."""
    history, state, theme = scene.history, scene.state, scene.theme
    curves = head_curves(history, state)
    title = _title(scene, curves, width - 4)
    ends = _ends(curves, state.log_step)
    if ends is None:
        why = NOTHING if curves else _why_no_curve(history, state)
        return CurvePlot(message_panel(title, why, theme, width, height))
    rows = canvas_rows(height)
    vertical = value_scale(*ends, state.log_value, (rows + 1) // 2)
    frame = PlotFrame.of(row_labels(vertical, rows, theme), theme, width, height)
    horizontal = _horizontal(history, curves, state, frame.cells // TICK_CELLS)
    strokes = curve_strokes(curves, horizontal, vertical, theme, frame.cells)
    canvas = draw(strokes, theme.glyphs, frame.cells, rows)
    canvas = with_bands_and_turns(canvas, curves, horizontal, vertical, theme)
    unit = "s" if state.wall_time else ""
    crosses = _crosses(curves, horizontal, frame)
    across = scene.axis_name("time" if state.wall_time else "step")
    panel = frame.panel(title, canvas, horizontal, crosses, unit, across=across)
    return CurvePlot(panel, horizontal, frame.gutter + 2, frame.cells, rows)


def curve_axis(scene: Scene, head: int, width: int, height: int) -> StepAxis | None:
    """Where the axis of steps, or of seconds, lies; None where there is no curve.

    Seconds are those of the run of `head`.
    """
    plot = curve_plot(scene, width, height)
    if plot.scale is None:
        return None
    if not scene.state.wall_time:
        return StepAxis(plot.scale, plot.left, plot.cells)
    columns, _ = scene.history.columns_of(head)
    return StepAxis(plot.scale, plot.left, plot.cells, columns.elapsed_s, columns.steps)


def _why_no_curve(history: HeadHistory, state: ViewState) -> str:
    if state.shows_training_loss:
        runs = [history.run_of(head)[0] for head in state.shown]
        if all(run.header.measured for run in runs):
            return LOGITS_GIVEN
        return NO_LOSS_RECORDED if all(run.ended for run in runs) else NO_LOSS
    has_frames = any(len(history.columns_of(head)[0]) for head in state.shown)
    return NO_SCORE if has_frames else WAITING


def _crosses(curves: list[HeadCurve], scale: Scale, frame: PlotFrame) -> list[Mark]:
    """A cross on the axis wherever a value is not finite, one a cell."""
    cross = "x" if frame.theme.glyphs == "ascii" else "×"
    not_finite = {float(curve.at[i]) for curve in curves for i in curve.not_finite}
    places = [float(scale.place(max(at, scale.low))) for at in not_finite]
    by_cell = {frame.cell(place): place for place in places}
    return [(place, cross, frame.theme.hue(BAD)) for place in by_cell.values()]


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


def with_cursor(plot: CurvePlot, places: list[float], theme: Theme) -> list[Text]:
    """The panel with a line at each of some places, steps or seconds, where nothing else is."""
    if plot.scale is None or not places:
        return plot.lines
    scale = plot.scale
    inside = [place for place in places if scale.low <= place <= scale.high]
    columns = {plot.left + _cell(scale, place, plot.cells, theme) for place in inside}
    bar = ":" if theme.glyphs == "ascii" else "┊"
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


def _cell(scale: Scale, value: float, cells: int, theme: Theme) -> int:
    return cell_of(float(scale.place(value)), cells, DOTS[theme.glyphs][0])


def _title(scene: Scene, curves: list[HeadCurve], room: int) -> Text:
    """Score, legend, what was not drawn, axes and smoothing: as many parts as there is room for."""
    state, theme, heads = scene.state, scene.theme, scene.history.header.heads
    names, same = [], equals(curves)
    for position in state.shown:
        name = theme.head(position).named(legible(heads[position].name, theme))
        if position in same:
            name.append(f" = {legible(heads[same[position]].name, theme)}")
        names.append(name)
    parts = []
    left_out = [(curve.head, len(curve.not_finite), "not finite") for curve in curves]
    below = "<= 0" if theme.glyphs == "ascii" else "≤ 0"
    left_out += [(curve.head, len(curve.off_scale), below) for curve in curves]
    for head, count, why in left_out:
        if count:
            words = f"{legible(heads[head].name, theme)}: {grouped(count)} {why}"
            parts.append(Text(words, theme.hue(BAD)))
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
    title = Text.assemble((legible(state.score, theme), STRONG))
    gap = len(between(theme))
    free = room - title.cell_len - gap
    if Text("  ").join(names).cell_len > free:  # some of the names come after what else is so
        free -= sum(gap + part.cell_len for part in parts)
    parts.insert(0, legend(names, free, theme))
    if not scene.still:
        parts.append(Text("m: next score", FAINT))
    for part in filter(None, parts):
        if title.cell_len + len(between(theme)) + part.cell_len <= room:
            title.append(between(theme)).append_text(part)
    return title


def cursor_places(history: HeadHistory, state: ViewState) -> list[float]:
    """The step of the cursor; by wall time, the second at which each shown run was there.

    Empty while the dashboard is live.
    """
    if state.cursor is None:
        return []
    if not state.wall_time:
        return [float(state.cursor)]
    places = set()
    for head in state.shown:
        columns, _ = history.columns_of(head)
        at = bisect_right(columns.steps, state.cursor)
        if at:
            places.add(float(columns.elapsed_s[at - 1]))
    return sorted(places)
