"""Where the step cursor stands on the axis of the curve panel."""

from __future__ import annotations

from bisect import bisect_right

from objtui.runs.heads import HeadHistory
from objtui.ui.view_state import ViewState


def cursor_places(history: HeadHistory, state: ViewState) -> list[float]:
    """The step of the cursor; by wall time, the second at which each shown run was there.

    Empty while the dashboard is live.
    """
    if state.cursor is None:
        return []
    if not state.wall_time:
        return [float(state.cursor)]
    places = set()
    for head in state.shown:
        columns, _ = history.columns_of(head)
        at = bisect_right(columns.steps, state.cursor)
        if at:
            places.add(float(columns.elapsed_s[at - 1]))
    return sorted(places)
