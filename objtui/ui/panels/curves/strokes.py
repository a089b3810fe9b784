"""The strokes of the curve panel: lines and marks in places from 0 to 1."""

from __future__ import annotations

import numpy as np

from objtui.ui.charts.dots import DOTS, Stroke
from objtui.ui.charts.scale import Scale
from objtui.ui.charts.step_columns import Floats, Ints, decimated
from objtui.ui.panels.curves.lines import HeadCurve
from objtui.ui.theme import FAINT, Theme

_MARK_CELLS = 12  # cells from mark to mark on a line


def curve_strokes(
    curves: list[HeadCurve],
    horizontal: Scale,
    vertical: Scale,
    theme: Theme,
    cells: int,
) -> list[Stroke]:
    """Raw lines first, then means, marks on top."""
    below: list[Stroke] = []
    means: list[Stroke] = []
    marks: list[Stroke] = []
    for turn, curve in enumerate(curves):
        placed = curve.at > 0 if horizontal.log else curve.at >= 0
        x = horizontal.place(np.where(placed, curve.at, horizontal.low))  # (moments,)
        bins = (x * cells * DOTS[theme.glyphs][0]).astype(np.int64)
        head = theme.head(curve.head)
        faint = f"{head.colour} {FAINT}".strip()
        mean = np.where(placed, curve.mean, np.nan)
        if curve.raw is not None:
            raw = np.where(placed, curve.raw, np.nan)
            below += _joined(decimated(raw, bins), x, vertical.place(raw), faint)
        y = vertical.place(mean)
        pieces = decimated(mean, bins)
        solid = head.mark if theme.glyphs == "ascii" else ""
        means += _joined(pieces, x, y, head.strong, solid)
        marks += _marks(pieces, x, y, head.strong, head.mark, (turn, len(curves)), cells, theme)
    return below + means + marks


def _joined(pieces: list[Ints], x: Floats, y: Floats, style: str, mark: str = "") -> list[Stroke]:
    return [Stroke(x[piece].tolist(), y[piece].tolist(), style, mark) for piece in pieces]


def _marks(
    pieces: list[Ints],
    x: Floats,
    y: Floats,
    style: str,
    mark: str,
    turn: tuple[int, int],
    cells: int,
    theme: Theme,
) -> list[Stroke]:
    """A head's mark in its columns, which no other head has; else at the end of its line."""
    position, heads = turn
    every = heads if theme.glyphs == "ascii" else max(_MARK_CELLS, 3 * heads)
    if not theme.colours:  # marks alone tell the lines apart
        every = min(every, max(_MARK_CELLS, 2 * heads))
    dots = DOTS[theme.glyphs][0]
    columns = np.arange(position * every // heads, cells, every)
    at = (columns * dots + (dots - 1) / 2) / max(cells * dots - 1, 1)
    xs: list[float] = []
    ys: list[float] = []
    for piece in pieces:
        inside = at[(at >= x[piece[0]]) & (at <= x[piece[-1]])]
        xs += inside.tolist()
        ys += np.interp(inside, x[piece], y[piece]).tolist()
    if not xs and pieces:
        last = pieces[-1][-1]
        xs, ys = [float(x[last])], [float(y[last])]
    return [Stroke(xs, ys, style, mark, joined=False)] if xs else []
