"""What the mouse does, as the help shows it."""

from __future__ import annotations

from objtui.ui.key import KeyHelp

MOUSE = "Mouse"
MOUSE_HELP = (
    KeyHelp("click", "move the focus to a panel, or to the head of a row", MOUSE),
    KeyHelp("double click", "zoom it, or go back", MOUSE),
    KeyHelp("wheel", "scroll what is zoomed; else up zooms, down goes back", MOUSE),
    KeyHelp("drag", "move the step cursor in curves, history and bands", MOUSE),
)
"""What the mouse does, which keys do too."""
