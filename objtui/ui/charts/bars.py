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

_UP: dict[GlyphLevel, str] = {
    "braille": " ▁▂▃▄▅▆▇█",
    "block": " ▁▂▃▄▅▆▇█",
    "ascii": " .:#",
}
_DOWN: dict[GlyphLevel, str] = {
    "braille": " ▇▆▅▄▃▂▁█",  # all but the last in reverse: Unicode has few that hang from the top
    "block": " ▇▆▅▄▃▂▁█",
    "ascii": " ':#",
}
_FULL = "█#"


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
    """Columns, one a cell, that stand on the line beneath the last of `rows` lines.

    `heights` are in 0…1; the highest line comes first.
    """
    return _fill(heights, rows, _UP[glyphs])[::-1]


def hanging(heights: Floats, rows: int, glyphs: GlyphLevel, style: str) -> list[Layers]:
    """Layers of columns that hang from the line above the first of `rows` lines."""
    lines = _fill(heights, rows, _DOWN[glyphs])
    if glyphs == "ascii":
        return [[(line, style)] for line in lines]
    reverse = f"{style} reverse".strip()
    return [
        [
            ("".join(char if char in _FULL else " " for char in line), style),
            ("".join(" " if char in _FULL else char for char in line), reverse),
        ]
        for line in lines
    ]


def _fill(heights: Floats, rows: int, ramp: str) -> list[str]:
    """The lines from the one next to the axis outwards."""
    steps = len(ramp) - 1
    levels = column_levels(heights, rows * steps)
    filled = np.clip(levels - np.arange(rows)[:, None] * steps, 0, steps)  # (rows, columns)
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
