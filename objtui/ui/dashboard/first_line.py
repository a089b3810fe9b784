"""The dashboard's first line, from before its runs are known."""

from __future__ import annotations

from rich.text import Text

from objtui.text.terminal import printable
from objtui.ui.theme import STRONG


def starting_line(title: str, width: int, building: str = "") -> Text:
    """What stands at the top while the trainer starts, in so many cells.

    `building`: how far the building of the data is, where that is known.
    """
    return first_line(title, width, f"starting: {printable(building)}" if building else "starting")


def first_line(title: str, width: int, doing: str) -> Text:
    """The title and what is being done, in so many cells; that stays however long the title."""
    state = f"  {doing}"
    line = Text.assemble((" objtui  ", STRONG), printable(title))
    line.truncate(max(0, width - len(state)))
    line.append(state)
    line.truncate(width)
    return line
