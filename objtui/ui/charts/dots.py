"""Lines of dots in cells of text, drawn here or by plotext.

`line_dots` is for lines that have a value in every column. It costs a tenth of plotext, which
matters where several diagrams are drawn at once. `draw` hands strokes of any course to plotext.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rich.text import Text

from objtui.ui.charts.bars import layered
from objtui.ui.theme import GlyphLevel

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Dots = npt.NDArray[np.bool_]

DOTS: dict[GlyphLevel, tuple[int, int]] = {"braille": (2, 4), "block": (2, 2), "ascii": (1, 1)}
"""Dots of a cell, across and down."""

Layer = tuple[list[str], str]
"""Lines of one width, from the top, and their style; blanks are see-through."""

Place = tuple[float, float, str]
"""(x, y, character), with 0 at the left end and at the bottom, 1 at the right end and the top."""

_BRAILLE = " " + "".join(chr(0x2800 + value) for value in range(1, 256))
_BRAILLE_BITS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
_QUADRANTS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
_QUADRANT_BITS = np.array([[1, 2], [4, 8]])


def dot_columns(cells: int, glyphs: GlyphLevel) -> int:
    """Columns of dots in so many cells."""
    return cells * DOTS[glyphs][0]


def column_centres(cells: int, glyphs: GlyphLevel) -> Floats:
    """Where the columns of dots lie, from 0 at the left end to 1: (columns,)."""
    return np.linspace(0.0, 1.0, max(dot_columns(cells, glyphs), 1))


def line_dots(low: Floats, high: Floats, rows: int, glyphs: GlyphLevel) -> Dots:
    """The dots of a line: (dot rows from the top, columns).

    Args:
        low, high: (columns,), the places from 0 at the bottom to 1 that the line goes through in
            every column; NaN where it is broken. Neighbours are joined.
        rows: of cells.
    """
    down = rows * DOTS[glyphs][1]
    drawn = ~(np.isnan(low) | np.isnan(high))
    first, last = (_dot(np.where(drawn, ends, 0.0), down) for ends in (low, high))
    joined = drawn[:-1] & drawn[1:]
    rises = joined & (first[1:] > last[:-1] + 1)
    falls = joined & (last[1:] < first[:-1] - 1)
    upto = (last[:-1] + first[1:]) // 2
    downto = (first[:-1] + last[1:]) // 2
    # Each neighbour goes half of the way.
    bottom, top = first.copy(), last.copy()
    top[:-1] = np.where(rises, np.maximum(top[:-1], upto), top[:-1])
    bottom[1:] = np.where(rises, np.minimum(bottom[1:], upto + 1), bottom[1:])
    bottom[:-1] = np.where(falls, np.minimum(bottom[:-1], downto + 1), bottom[:-1])
    top[1:] = np.where(falls, np.maximum(top[1:], downto), top[1:])
    height = np.arange(down)[::-1, None]
    return (height >= bottom) & (height <= top) & drawn


def _dot(places: Floats, down: int) -> Ints:
    return np.floor(np.round(0.5 + (down - 1) * places, 8)).astype(np.int64)


def dot_rows(dots: Dots, glyphs: GlyphLevel, solid: str = ".") -> list[str]:
    """Dots (dot rows, columns) as lines of cells; `solid` stands for a dot in ASCII."""
    across, down = DOTS[glyphs]
    rows, cells = dots.shape[0] // down, dots.shape[1] // across
    if glyphs == "ascii":
        return ["".join([solid if dot else " " for dot in line]) for line in dots.tolist()]
    bits = _BRAILLE_BITS if glyphs == "braille" else _QUADRANT_BITS
    values = (dots.reshape(rows, down, cells, across) * bits[:, None]).sum(axis=(1, 3))
    chars = _BRAILLE if glyphs == "braille" else _QUADRANTS
    return ["".join([chars[value] for value in line]) for line in values.tolist()]


def dot_cell(x: float, y: float, rows: int, cells: int, glyphs: GlyphLevel) -> tuple[int, int]:
    """(row from the top, cell) that holds the dot at a place."""
    across, down = DOTS[glyphs]
    return rows - 1 - cell_of(y, rows, down), cell_of(x, cells, across)


def mark_rows(places: Iterable[Place], rows: int, cells: int, glyphs: GlyphLevel) -> list[str]:
    """Single characters at places, in the cells of the dots there."""
    grid = [[" "] * cells for _ in range(rows)]
    for x, y, char in places:
        row, column = dot_cell(x, y, rows, cells, glyphs)
        if 0 <= row < rows and 0 <= column < cells:
            grid[row][column] = char
    return ["".join(line) for line in grid]


def composed(layers: list[Layer], rows: int, cells: int) -> list[Text]:
    """Layers, the foremost first, as `rows` lines of `cells` cells."""
    blank = " " * cells
    lines = []
    for row in range(rows):
        seen = [(lines_of[row], style) for lines_of, style in layers if lines_of[row] != blank]
        lines.append(layered(seen) if seen else Text(blank))
    return lines


_FIRST_CODE = 16  # plotext's codes below it are colours that terminals name


@dataclass(frozen=True, slots=True)
class Stroke:
    """Points joined by lines, or single marks.

    Attributes:
        x, y: finite positions, 0 to 1, from the lower left corner.
        style: a Rich style.
        mark: the character of it; empty for the finest dots that the glyphs allow.
        joined: whether lines join the points.
    """

    x: list[float]
    y: list[float]
    style: str
    mark: str = ""
    joined: bool = True


_MARKERS: dict[GlyphLevel, str] = {"braille": "braille", "block": "hd", "ascii": "."}


def cell_of(place: float, cells: int, dots: int) -> int:
    """The cell, counted from 0, that holds the dot which a line at `place` in 0…1 goes through."""
    return math.floor(round(0.5 + (cells * dots - 1) * place, 8)) // dots


def _snapped(places: list[float], cells: int, dots: int) -> list[float]:
    """Places of marks, which fill a cell, moved into the cells of the dots below them."""
    return [cell_of(place, cells, dots) / max(cells - 1, 1) for place in places]


def draw(strokes: list[Stroke], glyphs: GlyphLevel, width: int, height: int) -> list[Text]:
    """The canvas as `height` lines of `width` cells; later strokes lie above earlier ones."""
    import plotext

    across, down = DOTS[glyphs]
    styles = list(dict.fromkeys(stroke.style for stroke in strokes))
    plotext.clear_figure()
    plotext.limit_size(False, False)
    plotext.plotsize(width, height)
    plotext.frame(False)
    plotext.xticks([])
    plotext.yticks([])
    plotext.canvas_color("default")
    plotext.axes_color("default")
    plotext.xlim(0, 1)
    plotext.ylim(0, 1)
    for stroke in strokes:
        # The code names the style, which is put in afterwards: plotext has no faint colours.
        code = _FIRST_CODE + styles.index(stroke.style)
        marker = stroke.mark or _MARKERS[glyphs]
        if stroke.joined:
            plotext.plot(stroke.x, stroke.y, marker=marker, color=code)
        else:
            x, y = _snapped(stroke.x, width, across), _snapped(stroke.y, height, down)
            plotext.scatter(x, y, marker=marker, color=code)
    drawn = Text.from_ansi(plotext.build())
    lines = []
    for line in drawn.split("\n", allow_blank=True)[:height]:
        styled = Text(line.plain)
        for span in line.spans:
            color = getattr(span.style, "color", None)
            if color is not None and color.number is not None:
                styled.stylize(styles[color.number - _FIRST_CODE], span.start, span.end)
        styled.truncate(width)
        styled.pad_right(width - styled.cell_len)
        lines.append(styled)
    return lines + [Text(" " * width) for _ in range(height - len(lines))]
