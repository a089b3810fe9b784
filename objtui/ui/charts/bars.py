"""Columns that stand on a line or hang from it, as rows of glyphs, and layers of such rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from rich.text import Span, Text

from objtui.ui.theme import GlyphLevel

Floats = npt.NDArray[np.float64]
Levels = npt.NDArray[np.int64]
Layers = list[tuple[str, str]]
"""(characters, style) of one line, the foremost first."""

OPAQUE = "\0"
"""Stands in a layer for a blank that hides the layers behind it."""

_BRAILLE = 0x2800
_LEFT_DOTS = (0x40, 0x04, 0x02, 0x01)  # from the lowest dot to the highest
_RIGHT_DOTS = (0x80, 0x20, 0x10, 0x08)
_DOTS = len(_LEFT_DOTS)


def _dotted(left: tuple[int, ...], right: tuple[int, ...]) -> str:
    """The glyph of i dots in the left column and j in the right one, at i · 5 + j."""
    counts = range(_DOTS + 1)
    patterns = (sum(left[:i]) + sum(right[:j]) for i in counts for j in counts)
    return "".join(chr(_BRAILLE + pattern) if pattern else " " for pattern in patterns)


_UP: dict[GlyphLevel, str] = {
    "braille": _dotted(_LEFT_DOTS, _RIGHT_DOTS),
    "block": " ▁▂▃▄▅▆▇█",
    "ascii": " .:#",
}
_DOWN: dict[GlyphLevel, str] = {
    "braille": _dotted(_LEFT_DOTS[::-1], _RIGHT_DOTS[::-1]),
    "block": " ▔▀█",  # Unicode has no other blocks that hang from the top
    "ascii": " ':#",
}


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
    return _fill(heights, rows, glyphs, _UP[glyphs])[::-1]


def hanging(heights: Floats, rows: int, glyphs: GlyphLevel) -> list[str]:
    """Columns that hang from the line above the first of `rows` lines."""
    return _fill(heights, rows, glyphs, _DOWN[glyphs])


def _fill(heights: Floats, rows: int, glyphs: GlyphLevel, ramp: str) -> list[str]:
    """The lines from the one next to the axis outwards."""
    steps = _DOTS if glyphs == "braille" else len(ramp) - 1
    levels = column_levels(heights, rows * steps)
    filled = np.clip(levels - np.arange(rows)[:, None] * steps, 0, steps)  # (rows, columns)
    if glyphs == "braille":
        filled = filled[:, 0::2] * (_DOTS + 1) + filled[:, 1::2]
    return ["".join([ramp[level] for level in line]) for line in filled.tolist()]


def layered(layers: Sequence[tuple[str, str]]) -> Text:
    """One line from (characters, style) layers of one width; the first that is not blank shows."""
    styles = [style for _, style in layers]
    line: list[str] = []
    spans: list[Span] = []
    start, current = 0, ""
    for column in zip(*(characters for characters, _ in layers), strict=True):
        shown, style = " ", ""
        for character, of_layer in zip(column, styles, strict=True):
            if character != " ":
                shown, style = character, of_layer
                break
        if style != current:
            spans.append(Span(start, len(line), current))
            start, current = len(line), style
        line.append(shown)
    spans.append(Span(start, len(line), current))
    text = "".join(line).replace(OPAQUE, " ")
    return Text(text, spans=[span for span in spans if span.style and span])
