"""The dashboard's first line, from before there is a run."""

from __future__ import annotations

from rich.text import Text

from objtui.ui.look import STRONG


def starting_line(title: str, width: int) -> Text:
    """What stands at the top while the trainer starts, in so many cells."""
    line = Text.assemble((" objtui  ", STRONG), title, "  starting")
    line.truncate(width)
    return line
