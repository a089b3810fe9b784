"""Where panels go at a given size of the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MIN_WIDTH, MIN_HEIGHT = 60, 16
"""The smallest terminal in which the dashboard shows its panels."""

MIN_PANEL_WIDTH = 20
"""The narrowest histogram panel that can be read."""

HEADER, FOOTER = 1, 1

MIN_OWN = 4
"""The lowest panel in a row of its own that can be read, in lines; a lower one is as it is."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Heights of the rows of panels and width of the scores, in cells; 0 leaves one out."""

    histograms: int
    curves: int
    own: tuple[int, ...]
    scores_width: int


def layout(width: int, height: int, heads: int, own: Sequence[int], notice: int = 0) -> Layout:
    """Share the terminal out: histograms first, then curves beside scores, then own rows.

    Args:
        heads: rows of the scores table.
        own: lines that each panel in a row of its own can fill.
        notice: lines of what is said of a run that ended badly.
    """
    left = height - HEADER - FOOTER - notice
    heights = []
    for rows in own:
        fits = rows > 0 and left >= 16 + min(rows, MIN_OWN)
        heights.append(min(rows, max(MIN_OWN, left // 5)) if fits else 0)
        left -= heights[-1]
    curves_height = max(heads + 4, min(left // 2, 18))
    curves_height = min(curves_height, left - 7)
    return Layout(
        histograms=left - curves_height,
        curves=curves_height,
        own=tuple(heights),
        scores_width=max(38, min(width // 2, 84)),
    )
