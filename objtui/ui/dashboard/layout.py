"""Where panels go at a given size of the terminal."""

from __future__ import annotations

from dataclasses import dataclass

MIN_WIDTH, MIN_HEIGHT = 60, 16
"""The smallest terminal in which the dashboard shows its panels."""

MIN_PANEL_WIDTH = 20
"""The narrowest histogram panel that can be read."""

HEADER, FOOTER = 1, 1


@dataclass(frozen=True, slots=True)
class Layout:
    """Heights of the rows of panels and width of the scores, in cells; 0 leaves one out."""

    histograms: int
    curves: int
    claims: int
    scores_width: int


def layout(width: int, height: int, heads: int, claims: int, notice: int = 0) -> Layout:
    """Share the terminal out: histograms first, then curves beside scores, then claims.

    Args:
        heads: rows of the scores table.
        claims: claims of the scenario.
        notice: lines of what is said of a run that ended badly.
    """
    left = height - HEADER - FOOTER - notice
    least_claims = min(claims, 2) + 2
    claims_height = min(claims + 2, max(4, left // 5)) if left >= 16 + least_claims else 0
    claims_height = claims_height if claims else 0
    left -= claims_height
    curves_height = max(heads + 4, min(left // 2, 18))
    curves_height = min(curves_height, left - 7)
    return Layout(
        histograms=left - curves_height,
        curves=curves_height,
        claims=claims_height,
        scores_width=max(38, min(width // 2, 84)),
    )
