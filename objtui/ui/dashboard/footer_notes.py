"""What the footer says, in the place of its keys, about something that a person did."""

from __future__ import annotations

from objtui.text.numbers import grouped
from objtui.ui.dashboard import layout as layouts
from objtui.ui.dashboard.layout import PanelId
from objtui.ui.view_state import ViewState

SEEN_AS_LAST_TIME = "seen as last time; R shows it as at first"


def too_small(width: int, height: int) -> str:
    """That the terminal is too small, what is needed, and the way out."""
    needed = f"{layouts.MIN_WIDTH}x{layouts.MIN_HEIGHT}"
    return f"{width}x{height} is too small, {needed} is needed; q quits"


def no_room(which: PanelId) -> str:
    """That the focus is on a panel that is not to be seen."""
    return f"the focus is on {which.panel.name}, which has no room: enter zooms it"


def jumped(step: int, recorded: int) -> str:
    """That a step has no frame, and which one is shown in its place."""
    where = "the last one before" if recorded < step else "the first one"
    return f"step {grouped(step)} has no frame; this is {grouped(recorded)}, {where}"


def filtered(words: str, state: ViewState) -> str:
    """How many heads match a filter; empty without one."""
    if state.unmatched:
        shown = len(state.shown)
        return f"{shown} of {state.heads} heads match {words.strip()!r}; / changes it"
    if words.strip() and state.heads > 1:
        return f"every head is shown: all or none match {words.strip()!r}"
    return ""
