"""Columns that stand on a line or hang from it, as rows of glyphs, and layers of such rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from rich.text import Text

from objtui.ui.look import GlyphLevel

Floats = npt.NDArray[np.float64]
Levels = npt.NDArray[np.int64]

_UP = {"block": " ▁▂▃▄▅▆▇█", "ascii": " .:#"}
_DOWN = {"block": " ▔▀█", "ascii": " ':#"}  # Unicode has no other blocks that hang from the top
OPAQUE = "\0"
"""Stands in a layer for a blank that hides the layers behind it."""

_BRAILLE = 0x2800
_LEFT_DOTS = (0x40, 0x04, 0x02, 0x01)  # from the lowest dot to the highest
_RIGHT_DOTS = (0x80, 0x20, 0x10, 0x08)


def bins_per_cell(glyphs: GlyphLevel) -> int:
    """Columns that fit side by side into one cell."""
    return 2 if glyphs == "braille" else 1


def column_heights(counts: Floats, top: float, log: bool) -> Floats:
    """Counts as heights in 0…1, where `top` or more is 1: log(1 + count), or in proportion."""
    with np.errstate(over="ignore"):
        share = np.log1p(counts) / np.log1p(top) if log else counts / top
    return np.clip(share, 0.0, 1.0)


def column_levels(heights: Floats, most: int) -> Levels:
    """Heights in 0…1 as whole levels in 0…`most`; what is not 0 has at least level 1."""
    levels = np.rint(heights * most).astype(np.int64)
    return np.where(heights > 0, np.clip(levels, 1, max(most, 1)), 0)


def standing(heights: Floats, rows: int, glyphs: GlyphLevel) -> list[str]:
    """Columns that stand on the line beneath the last of `rows` lines, highest line first.

    `heights` are in 0…1, as many as cells × `bins_per_cell`.
    """
    return _fill(heights, rows, glyphs, _UP, (_LEFT_DOTS, _RIGHT_DOTS))[::-1]


def hanging(heights: Floats, rows: int, glyphs: GlyphLevel) -> list[str]:
    """Columns that hang from the line above the first of `rows` lines."""
    return _fill(heights, rows, glyphs, _DOWN, (_LEFT_DOTS[::-1], _RIGHT_DOTS[::-1]))


def _fill(
    heights: Floats,
    rows: int,
    glyphs: GlyphLevel,
    ramps: dict[str, str],
    dots: tuple[tuple[int, ...], tuple[int, ...]],
) -> list[str]:
    """The lines from the one next to the axis outwards."""
    if glyphs == "braille":
        steps = len(dots[0])
    else:
        ramp = ramps[glyphs]
        steps = len(ramp) - 1
    levels = column_levels(heights, rows * steps)
    lines = []
    for row in range(rows):
        filled = np.clip(levels - row * steps, 0, steps)
        if glyphs == "braille":
            pairs = zip(filled[0::2], filled[1::2], strict=True)
            lines.append("".join(_dotted(int(left), int(right), dots) for left, right in pairs))
        else:
            lines.append("".join(ramp[level] for level in filled))
    return lines


def _dotted(left: int, right: int, dots: tuple[tuple[int, ...], tuple[int, ...]]) -> str:
    pattern = sum(dots[0][:left]) + sum(dots[1][:right])
    return chr(_BRAILLE + pattern) if pattern else " "


def layered(layers: Sequence[tuple[str, str]]) -> Text:
    """One line from (characters, style) layers of one width; the first that is not blank shows."""
    line = Text()
    run, run_style = "", ""
    for column in zip(*(characters for characters, _ in layers), strict=True):
        shown = next((i for i, character in enumerate(column) if character != " "), None)
        style = "" if shown is None else layers[shown][1]
        if style != run_style:
            line.append(run, run_style)
            run, run_style = "", style
        run += " " if shown is None else column[shown].replace(OPAQUE, " ")
    line.append(run, run_style)
    return line
