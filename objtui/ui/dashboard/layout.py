"""Which panels a screen has, and where they go at a given size of the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from objtui.ui.panels import table
from objtui.ui.panels.room import MAX_RIDGE_LINES, MIN_ANSWER_LINES, RIDGE_FRAME_LINES

if TYPE_CHECKING:
    from objtui.runfile.records import RunHeader
    from objtui.ui.view_state import ViewState

MIN_WIDTH, MIN_HEIGHT = 60, 16
"""The smallest terminal in which the dashboard shows its panels."""

MIN_PANEL_WIDTH = 20
"""The narrowest histogram panel that can be read."""

HEADER, FOOTER = 1, 1

USUAL_ANSWER_LINES = 5
"""Lines that answers usually fill below the scores."""

MIN_MIDDLE = 8
"""The lowest row of curves and scores beside which heads have rows of their own."""

MIN_CURVES = 9
"""The lowest such row in which there are curves; in a lower one answers have the whole width."""

MIN_OTHERS = 18
"""Lines that panels in rows of their own leave to the other ones."""

SCORE_FRAME_LINES = 3
"""Lines of the scores that are neither a head's nor an answer's: their frame and headings."""

MIN_HISTOGRAMS = 9
"""The lowest row of histograms that is left where answers need lines, in a terminal of usual size.
"""

WRAPPED_ANSWER_LINES = MIN_ANSWER_LINES + 2
"""Lines for answers of which two take two lines each."""

MIN_OWN = 4
"""The lowest panel in a row of its own that can be read, in lines; a lower one is as it is."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Heights of the rows of panels and width of the scores, in cells; 0 leaves one out."""

    histograms: int
    curves: int
    own: tuple[int, ...]
    scores_width: int


def layout(
    width: int, height: int, heads: int, own: Sequence[int], notice: int = 0, ridges: int = 0
) -> Layout:
    """Share the terminal out: histograms first, then curves beside scores, then own rows.

    Args:
        heads: rows of the scores table.
        own: lines that each panel in a row of its own can fill.
        notice: lines of what is said of a run that ended badly.
        ridges: how many heads have a row each in one panel, in the place of histograms side by
            side; 0 for none.
    """
    left = height - HEADER - FOOTER - notice
    heights = []
    scores_height = heads + SCORE_FRAME_LINES + WRAPPED_ANSWER_LINES
    needed = ridges + RIDGE_FRAME_LINES + MIN_MIDDLE if ridges else MIN_HISTOGRAMS + scores_height
    others = max(MIN_OTHERS, needed)
    for rows in own:
        fits = rows > 0 and left >= others + min(rows, MIN_OWN)
        heights.append(min(rows, max(MIN_OWN, left // 5)) if fits else 0)
        left -= heights[-1]
    curves_height = max(scores_height, min(left // 2, 18))
    curves_height = min(curves_height, max(left - MIN_HISTOGRAMS, left // 2))
    scores_width = max(38, min(width * 9 // 16, 84))
    if ridges:
        scores_width = max(scores_width, min(width * 5 // 8, 84))
        table_lines = ridges + SCORE_FRAME_LINES + USUAL_ANSWER_LINES
        rows = max((left - table_lines - RIDGE_FRAME_LINES) // ridges, 1)
        least = min(MIN_MIDDLE, left // 2)
        curves_height = max(left - RIDGE_FRAME_LINES - min(rows, MAX_RIDGE_LINES) * ridges, least)
        scores_width = scores_width if curves_height >= MIN_CURVES else width
    return Layout(
        histograms=left - curves_height,
        curves=curves_height,
        own=tuple(heights),
        scores_width=scores_width,
    )


@dataclass(frozen=True, slots=True)
class PanelId:
    """A panel on the screen; `head` is None for one that is of all heads."""

    panel: table.Panel
    head: int | None = None

    @property
    def name(self) -> str:
        """Its name among the panels of the screen, which is the id of its widget."""
        return self.panel.name if self.head is None else f"{self.panel.name}{self.head}"


def panels_at(place: str) -> list[table.Panel]:
    """The panels of a place, in their order."""
    return [panel for panel in table.PANELS if panel.place == place]


def head_panels(state: ViewState, most: int) -> list[PanelId]:
    """Panels of heads: one a shown head, at most `most`; or one for all in an overlay.

    Where there are more, the head in focus is among them.
    """
    shown = state.shown
    if state.overlay:
        shown = shown[:1]
    focus = shown.index(state.focus) if state.focus in shown else 0
    first = max(0, min(focus - most + 1, len(shown) - most))
    heads = shown[first : first + most]
    return [PanelId(panel, head) for head in heads for panel in panels_at("heads")]


def focus_order(state: ViewState, header: RunHeader | None) -> Sequence[PanelId]:
    """Panels that the focus goes through, also those without room on the screen."""
    ids = head_panels(state, state.heads)
    ids += [PanelId(panel) for panel in panels_at("middle")]
    ids += [PanelId(panel) for panel in panels_at("own") if header and panel.rows(header)]
    return [each for each in ids if each.panel.focusable]
