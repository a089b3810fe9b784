"""Which panels are in sight, row by row, on a terminal of a given size."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from objtui.ui.dashboard.layout import MIN_PANEL_WIDTH, Layout, PanelId, head_panels, panels_at
from objtui.ui.view_state import ViewState

USUAL_HEADS = 9
"""Histogram panels side by side at most; the focus brings others into sight."""


@dataclass(frozen=True, slots=True)
class Row:
    """Panels side by side; `height` in cells."""

    height: int
    panels: tuple[PanelId, ...]


def heads_in_sight(state: ViewState, width: int) -> list[PanelId]:
    """The panels of heads on a screen of so many columns, or the one with a row for each."""
    if has_ridges(state, width):
        return [PanelId(panel) for panel in panels_at("all heads")]
    return head_panels(state, _most(width))


def heads_out_of_sight(state: ViewState, width: int) -> int:
    """How many heads that are shown have no panel on a screen of so many columns, nor a row."""
    if has_ridges(state, width):
        return 0
    return len(head_panels(state, state.heads)) - len(heads_in_sight(state, width))


def has_ridges(state: ViewState, width: int) -> bool:
    """Whether the heads have a row each, since they have no room side by side.

    A view in the place of the histograms, and a difference, show as many heads as there is room
    for side by side.
    """
    alone = state.overlay or state.difference or state.view_at("histograms")
    return not alone and _most(width) < len(state.shown)


def _most(width: int) -> int:
    return max(1, min(USUAL_HEADS, width // MIN_PANEL_WIDTH))


def rows_in_sight(state: ViewState, room: Layout, width: int) -> list[Row]:
    """The rows of panels, from the top; `room` as the terminal is shared out."""
    middle = panels_at("middle")
    if state.curve_view:  # which has the whole width
        middle = [panel for panel in middle if panel.view_place == "curves"]
    elif room.scores_width >= width:
        middle = [panel for panel in middle if panel.view_place != "curves"]
    rows = [
        Row(room.histograms, tuple(heads_in_sight(state, width))),
        Row(room.curves, tuple(PanelId(panel) for panel in middle)),
    ]
    own = zip(panels_at("own"), room.own, strict=True)
    rows += [Row(height, (PanelId(panel),)) for panel, height in own]
    return [row for row in rows if row.height > 0]


def row_widths(row: Row, room: Layout, width: int) -> list[int]:
    """Columns of the panels of a row: those of heads are alike, scores have their own width."""
    names = [which.panel.name for which in row.panels]
    if "scores" in names and len(names) > 1:
        return [
            room.scores_width if name == "scores" else width - room.scores_width for name in names
        ]
    edges = [width * at // len(names) for at in range(len(names) + 1)]
    return [right - left for left, right in pairwise(edges)]
