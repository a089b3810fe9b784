"""What the curve panel does with whole cells: bands behind lines, and lines that take turns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np
import numpy.typing as npt
from rich.text import Text

from objtui.ui.charts.dots import DOTS, dot_rows
from objtui.ui.charts.scale import Scale
from objtui.ui.charts.step_columns import Floats, column_ranges
from objtui.ui.panels.curves.lines import HeadCurve
from objtui.ui.theme import FAINT, STRONG, GlyphLevel, Theme

Cells = npt.NDArray[np.bool_]

BLANK = " \u2800"
"""What stands in a cell without a dot."""

SHADE = "░"

_MIN_COVER = 0.5  # of a cell's height, from which a band shades it
_TURN_CELLS = 2  # cells of one colour where several lines go through the same ones
_EQUAL = 1e-3  # of a value: curves that differ by less are the same in three digits


def with_bands_and_turns(
    canvas: Sequence[Text],
    curves: Sequence[HeadCurve],
    horizontal: Scale,
    vertical: Scale,
    theme: Theme,
) -> list[Text]:
    """A canvas of lines with the bands of the seeds as a shade behind them.

    Where the lines of several heads go through the same cells, their colours take turns.
    """
    lines = [line.copy() for line in canvas]
    marks = {theme.head(curve.head).mark for curve in curves}
    styles = [theme.head(curve.head).colour for curve in curves]
    size = len(canvas), canvas[0].cell_len if canvas else 0
    columns = [_Columns(curve, horizontal, vertical, size, theme.glyphs) for curve in curves]
    passes = np.array([of.passes for of in columns])  # (curves, rows, cells)
    shared = (passes.sum(axis=0) > 1) & theme.colours
    for row in np.flatnonzero(shared.any(axis=1)).tolist():
        for start, end, turn in _turns(passes[:, row], lines[row].plain, marks):
            lines[row].stylize(styles[turn] or STRONG, start, end)
    for of, style in zip(columns, styles, strict=True):
        for row, shade in enumerate(of.shade):
            _put_behind(lines[row], shade, f"{style} {FAINT}".strip())
    return lines


def _turns(passes: Cells, drawn: str, marks: set[str]) -> Iterator[tuple[int, int, int]]:
    """(start, end, curve) of the stretches of a line of cells in which several curves lie.

    Args:
        passes: (curves, cells).
        drawn: what is in the cells; marks keep their colour.
    """
    count = passes.sum(axis=0)
    for start in range(0, len(drawn), _TURN_CELLS):
        for cell in range(start, min(start + _TURN_CELLS, len(drawn))):
            if count[cell] > 1 and drawn[cell] not in marks and drawn[cell] not in BLANK:
                here = np.flatnonzero(passes[:, cell])
                yield cell, cell + 1, int(here[start // _TURN_CELLS % len(here)])


def _put_behind(line: Text, shade: str, style: str) -> None:
    """A shade in the cells that have nothing else."""
    if not shade.strip(BLANK):
        return
    letters, there = list(line.plain), list(shade)
    behind = [old in BLANK and new not in BLANK for old, new in zip(letters, there, strict=True)]
    at = 0
    for shaded, cells in groupby(behind):
        end = at + len(list(cells))
        if shaded:
            letters[at:end] = there[at:end]
            line.stylize(style, at, end)
        at = end
    line.plain = "".join(letters)


class _Columns:
    """What belongs to a curve of a canvas of so many cells.

    Attributes:
        passes: (rows from the top, cells), those that its line goes through.
        shade: lines of cells, blank outside the band of its seeds.
    """

    def __init__(
        self,
        curve: HeadCurve,
        horizontal: Scale,
        vertical: Scale,
        size: tuple[int, int],
        glyphs: GlyphLevel,
    ) -> None:
        rows, cells = size
        across, down = DOTS[glyphs]
        placed = curve.at > 0 if horizontal.log else curve.at >= 0
        at = horizontal.place(np.where(placed, curve.at, horizontal.low))
        x = np.where(placed, at, np.nan)

        def ranges(line: Floats) -> tuple[Floats, Floats]:
            return column_ranges(x, vertical.place(line), cells * across)

        def within(bottom: Floats, top: Floats) -> Cells:
            """The dots from one place to another in every column: (dot rows, dot columns)."""
            first, last = (np.floor(0.5 + (rows * down - 1) * ends) for ends in (bottom, top))
            height = np.arange(rows * down)[::-1, None]
            inside: Cells = (height >= first) & (height <= last)
            return inside

        line = within(*ranges(curve.mean))
        self.passes: Cells = np.asarray(_by_cell(line, rows, cells).any(axis=(1, 3)))
        self.shade = [" " * cells] * rows
        if not np.array_equal(curve.low, curve.high, equal_nan=True):
            band = within(ranges(curve.low)[0], ranges(curve.high)[1])
            if glyphs == "braille":
                height, column = np.indices(band.shape)
                self.shade = dot_rows(band & ((height + column) % 2 == 0), glyphs)
            else:
                covered = _by_cell(band, rows, cells).mean(axis=(1, 3)) >= _MIN_COVER
                shade = "." if glyphs == "ascii" else SHADE
                self.shade = ["".join(shade if c else " " for c in row) for row in covered.tolist()]


def _by_cell(dots: Cells, rows: int, cells: int) -> Cells:
    """(rows, dots down, cells, dots across)."""
    down, across = dots.shape[0] // max(rows, 1), dots.shape[1] // max(cells, 1)
    return dots.reshape(rows, down, cells, across)


def equals(curves: Sequence[HeadCurve]) -> dict[int, int]:
    """By head, the first head before it whose curve is the same to three digits."""
    same: dict[int, int] = {}
    for at, curve in enumerate(curves):
        for other in curves[:at]:
            if other.head not in same and _is_equal(curve, other):
                same[curve.head] = other.head
                break
    return same


def _is_equal(curve: HeadCurve, other: HeadCurve) -> bool:
    return np.array_equal(curve.at, other.at) and np.allclose(
        curve.mean, other.mean, rtol=_EQUAL, atol=0.0, equal_nan=True
    )
