"""Pixels as cells: half-blocks in colour, shades without, and letters that stand over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from rich.color import Color
from rich.style import Style
from rich.text import Span, Text

from objtui.ui.theme import FAINT, STRONG, GlyphLevel, Theme

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

HALF = "▀"

SHADES: dict[GlyphLevel, str] = {
    "braille": " ░▒▓█",
    "block": " ░▒▓█",
    "ascii": " .:;*%#@",
}
"""From black to white; in ASCII none that lines of boxes are made of."""

DIMMED = 0.6
"""Share of its brightness with which a picture is painted, so that what is on it stands out."""

BEHIND = 0.5
"""The same again behind a letter."""

ENDS = (1.0, 99.5)
"""Percentiles of a picture's values that are drawn as black and as white: many are dark."""

MIN_CONTRAST = 32.0
"""A picture of less, in 8 bits, stays as flat as it is."""

LEVELS = 32
"""Brightnesses of a channel: as many as eyes tell apart in cells, and few styles."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter over the pixels, at a row and column of cells, and its style."""

    row: int
    column: int
    letter: str
    style: str


def resampled(pixels: Bytes, rows: int, columns: int) -> Floats:
    """Pixels (height, width, channels) as (rows, columns, channels): means over equal areas."""
    values: Floats = pixels.astype(np.float64)
    for axis, length in ((0, rows), (1, columns)):
        values = _averaged(values, axis, length)
    return values


def _averaged(values: Floats, axis: int, length: int) -> Floats:
    """Means over `length` equal stretches of one axis: differences of the running sum."""
    along = np.moveaxis(values, axis, 0)
    size = len(along)
    sums = np.concatenate([np.zeros_like(along[:1]), along.cumsum(axis=0)])
    edges = np.linspace(0.0, size, length + 1)
    low = np.minimum(edges.astype(np.int64), size - 1)
    share = (edges - low).reshape(-1, *[1] * (along.ndim - 1))
    at_edges = sums[low] * (1 - share) + sums[low + 1] * share
    return np.moveaxis(np.diff(at_edges, axis=0) * (length / size), 0, axis)


def raster_lines(
    pixels: Bytes, rows: int, columns: int, letters: Sequence[Letter], theme: Theme
) -> list[Text]:
    """A picture of so many cells; of letters in one place the last is seen.

    Args:
        pixels: (height, width, channels), grey or red, green and blue.
    """
    over = {
        (each.row, each.column): each
        for each in letters
        if 0 <= each.row < rows and 0 <= each.column < columns
    }
    if theme.colours and theme.glyphs != "ascii":
        return _half_blocks(_shares(pixels, 2 * rows, columns), over)
    return _shades(_shares(pixels, rows, columns).mean(axis=-1), over, theme)


def _shares(pixels: Bytes, rows: int, columns: int) -> Floats:
    """Values from 0, black, to 1, white: (rows, columns, channels)."""
    low, high = (float(end) for end in np.percentile(pixels, ENDS))
    values = (resampled(pixels, rows, columns) - low) / max(high - low, MIN_CONTRAST)
    shares: Floats = np.clip(values, 0.0, 1.0)
    return shares


def _half_blocks(shares: Floats, over: dict[tuple[int, int], Letter]) -> list[Text]:
    """Two lines of values are a line of cells."""
    rows, columns = len(shares) // 2, shares.shape[1]
    values = np.rint(shares * DIMMED * (LEVELS - 1)).astype(np.int64)
    levels = np.broadcast_to(values, (2 * rows, columns, 3))
    behind = (levels[0::2] + levels[1::2]) * BEHIND / 2
    upper, lower = levels[0::2].tolist(), levels[1::2].tolist()
    lines = []
    for row in range(rows):
        cells: list[tuple[str, Style]] = []
        for column in range(columns):
            letter = over.get((row, column))
            if letter is None:
                style = _two_colours(tuple(upper[row][column]), tuple(lower[row][column]))
                cells.append((HALF, style))
            else:
                ground = tuple(behind[row, column].astype(np.int64).tolist())
                cells.append((letter.letter, _on_ground(letter.style, ground)))
        lines.append(_joined(cells))
    return lines


def _shades(shares: Floats, over: dict[tuple[int, int], Letter], theme: Theme) -> list[Text]:
    shades = SHADES[theme.glyphs]
    places = shares * (len(shades) - 1)
    faint = Style.parse(FAINT)
    lines = []
    for row, levels in enumerate(np.rint(places).astype(np.int64).tolist()):
        cells = []
        for column, level in enumerate(levels):
            letter = over.get((row, column))
            if letter is None:
                cells.append((shades[level], faint))
            else:
                cells.append((letter.letter, Style.parse(letter.style or STRONG)))
        lines.append(_joined(cells))
    return lines


def _joined(cells: Sequence[tuple[str, Style]]) -> Text:
    """One line, with a span for every stretch of cells that share a style."""
    spans: list[Span] = []
    start = 0
    for at in range(1, len(cells) + 1):
        if at == len(cells) or cells[at][1] is not cells[start][1]:
            spans.append(Span(start, at, cells[start][1]))
            start = at
    return Text("".join(letter for letter, _ in cells), spans=spans)


@lru_cache(maxsize=4096)
def _two_colours(upper: tuple[int, ...], lower: tuple[int, ...]) -> Style:
    return Style(color=_colour(upper), bgcolor=_colour(lower))


@lru_cache(maxsize=4096)
def _on_ground(style: str, ground: tuple[int, ...]) -> Style:
    return Style.parse(f"{STRONG} {style}") + Style(bgcolor=_colour(ground))


def _colour(levels: tuple[int, ...]) -> Color:
    red, green, blue = (level * 255 / (LEVELS - 1) for level in levels)
    return Color.from_rgb(red, green, blue)
