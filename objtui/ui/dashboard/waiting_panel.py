"""A panel before anything that it shows has been read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from objtui.ui.charts.frame import framed
from objtui.ui.charts.words import legible
from objtui.ui.dashboard.layout import PanelId
from objtui.ui.theme import Theme

if TYPE_CHECKING:
    from objtui.runfile.records import RunHeader

NO_RUN = "waiting for the trainer"
"""The title of every panel before there is a run."""


def waiting_panel(
    which: PanelId, header: RunHeader | None, width: int, height: int, theme: Theme
) -> list[Text]:
    """The frame of a panel, with the name of what it will show where that is known."""
    if header is None:
        title = Text(NO_RUN)
    elif which.head is None:
        title = Text(which.panel.title or which.panel.name)
    else:
        style = theme.head(which.head)
        title = Text(f"{style.mark} {legible(header.heads[which.head].name, theme)}", style.colour)
    return framed(title, [], width, height, theme)
