"""Names in a diagram: on its lines, at their ends where they can be read, and on its axis."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from rich.text import Text

from objtui.ui.charts.dots import DOTS, Floats, cell_of
from objtui.ui.charts.frame import PLAIN, ROUND
from objtui.ui.theme import GlyphLevel, Theme

Cells = npt.NDArray[np.int64]

_CROSSED = 3.0  # what a cell of another line under a label costs, in cells of distance to an end
_BESIDE = 1.0  # the same of one in the line of text above or below
_OFF = 2.0  # the same of a cell in which the label's own line is not near
_NOWHERE = -9


def label_lines(
    lines: Sequence[Floats], names: Sequence[str], rows: int, cells: int, glyphs: GlyphLevel
) -> list[list[str]]:
    """By line, a layer (`rows` of `cells`) with its name on it, blank where there is no room.

    A name stands where its own line is, no other passes, and an end of it is near.

    Args:
        lines: (dot columns,) each, places from 0 at the bottom to 1; NaN where one is broken.
    """
    at = np.stack([_rows_of(line, rows, cells, glyphs) for line in lines])  # (lines, cells)
    taken = np.zeros((rows, cells), dtype=bool)
    layers = []
    for line, name in enumerate(names):
        place = _best_place(at, line, len(name), taken, rows, cells)
        layer = [" " * cells] * rows
        if place is not None:
            row, start = place
            end = start + len(name)
            taken[row, max(start - 1, 0) : end + 1] = True
            layer[row] = " " * start + name + " " * (cells - end)
        layers.append(layer)
    return layers


def _rows_of(line: Floats, rows: int, cells: int, glyphs: GlyphLevel) -> Cells:
    """The row from the top that a line has in the middle of every cell."""
    across, down = DOTS[glyphs]
    values = line.reshape(cells, across)[:, across // 2]
    return np.array(
        [
            _NOWHERE if np.isnan(value) else rows - 1 - cell_of(float(value), rows, down)
            for value in values
        ],
        dtype=np.int64,
    )


def _best_place(
    at: Cells, line: int, length: int, taken: npt.NDArray[np.bool_], rows: int, cells: int
) -> tuple[int, int] | None:
    """(row, first cell) of a name of such a length; None without a place."""
    own, others = at[line], np.delete(at, line, axis=0)
    there = np.flatnonzero(own != _NOWHERE)
    if not len(there) or length > cells:
        return None
    starts = np.arange(cells - length + 1)
    row = own[length // 2 : length // 2 + len(starts)]
    spans = starts[:, None] + np.arange(length)  # (starts, length)
    distance = np.abs(others[:, spans] - row[:, None])  # (lines, starts, length)
    cost = _CROSSED * (distance == 0).sum(axis=(0, 2)) + _BESIDE * (distance == 1).sum(axis=(0, 2))
    cost += _OFF * (np.abs(own[spans] - row[:, None]) > 1).sum(axis=1)
    ends = np.minimum(np.abs(starts - there[0]), np.abs(there[-1] + 1 - starts - length))
    cost += ends / 4
    free = (row >= 0) & (row < rows)
    free &= ~taken[np.clip(row, 0, rows - 1)[:, None], spans].any(axis=1)
    if not free.any():
        return None
    start = int(np.where(free, cost, np.inf).argmin())
    return int(row[start]), start


def named_ticks(cells: int) -> int:
    """About how many ticks an axis of so many cells may have, with a name between its numbers."""
    return max(cells // 14, 3 if cells >= 30 else 2)


def with_axis_name(panel: list[Text], name: str, theme: Theme) -> list[Text]:
    """A panel with what its axis is of in the widest gap of the numbers in its lower border.

    Where no gap has room for it, it takes the place of a number that is not at an end.
    """
    border = panel[-1].plain
    rule = (PLAIN if theme.glyphs == "ascii" else ROUND)[1]
    words = f" {name} "
    gaps = [gap.span() for gap in re.finditer(f"{re.escape(rule)}+", border)]
    inner = gaps[1:-1]
    joined = [(left[0], right[1]) for left, right in pairwise(inner)]
    for places in (gaps, joined):
        start, end = max(places, key=lambda place: place[1] - place[0], default=(0, 0))
        if end - start >= len(words) + 2:
            break
    else:
        return panel
    start += (end - start - len(words)) // 2
    return [*panel[:-1], Text(border[:start] + words + border[start + len(words) :])]
