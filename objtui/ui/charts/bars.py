"""Columns that stand on a line or hang from it, as rows of glyphs, and layers of such rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

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
_WHOLE, _PART = re.compile("[█#]"), re.compile("[^█#]")
_NOT_BLANK = re.compile("[^ ]+")


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
    return [[(_PART.sub(" ", line), style), (_WHOLE.sub(" ", line), reverse)] for line in lines]


def _fill(heights: Floats, rows: int, ramp: str) -> list[str]:
    """The lines from the one next to the axis outwards."""
    steps = len(ramp) - 1
    levels = column_levels(heights, rows * steps)
    filled = np.clip(levels - np.arange(rows)[:, None] * steps, 0, steps)  # (rows, columns)
    return ["".join([ramp[level] for level in line]) for line in filled.tolist()]


def layered(layers: Sequence[tuple[str, str]]) -> Text:
    """One line from (characters, style) layers of one width; the first that is not blank shows."""
    text, styles = seen(layers)
    spans: list[Span] = []
    start = 0
    for style, cells in groupby(styles):
        end = start + len(list(cells))
        if style:
            spans.append(Span(start, end, style))
        start = end
    return Text(text.replace(OPAQUE, " "), spans=spans)


def seen(layers: Sequence[tuple[str, str]]) -> tuple[str, list[str]]:
    """What is seen of layers of one width, and the style of every cell."""
    width = len(layers[0][0]) if layers else 0
    line, styles = [" "] * width, [""] * width
    for characters, style in reversed(layers):
        for run in _NOT_BLANK.finditer(characters):  # a layer is mostly blank, or mostly not
            start, end = run.span()
            line[start:end] = run[0]
            styles[start:end] = [style] * (end - start)
    return "".join(line), styles
