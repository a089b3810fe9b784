"""Lines drawn by plotext on a canvas of text cells, without its frame, axes or terminal."""

from __future__ import annotations

import math
from dataclasses import dataclass

from rich.text import Text

from objtui.ui.theme import GlyphLevel

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


DOTS: dict[GlyphLevel, tuple[int, int]] = {"braille": (2, 4), "block": (2, 2), "ascii": (1, 1)}
"""Dots of a cell, across and down."""

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
    plotext.clear_figure()
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
