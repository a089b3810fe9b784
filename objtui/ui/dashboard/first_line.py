"""The dashboard's first line, from before there is a run."""

from __future__ import annotations

from rich.text import Text

from objtui.text.terminal import printable
from objtui.ui.theme import STRONG


def starting_line(title: str, width: int, building: str = "") -> Text:
    """What stands at the top while the trainer starts, in so many cells.

    `building`: how far the building of the data is, where that is known. It stays
    on the line however long the title.
    """
    state = f"  starting: {printable(building)}" if building else "  starting"
    line = Text.assemble((" objtui  ", STRONG), printable(title))
    line.truncate(max(0, width - len(state)))
    line.append(state)
    line.truncate(width)
    return line
