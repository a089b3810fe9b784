"""Words of people in panels: names, titles and messages as this terminal can show them."""

from __future__ import annotations

from rich.cells import cell_len
from rich.text import Text

from objtui.text.terminal import printable
from objtui.ui.theme import Theme

READING = "reading the run"
"""Stands at the top while there is more in a run file than is shown."""

WAITING = "waiting for a frame"
"""Stands in a panel of a run that has no frame yet."""

NONE_YET = "no frame up to here"
"""Stands where a run has frames, but none up to the step cursor."""

NOTHING_YET = "nothing is recorded yet"
"""The answer to what needs a frame, before the first one."""

NO_LOSS = "no training loss is recorded yet"
"""Stands in the curves of the training loss before the first stretch of steps."""

NO_LOSS_RECORDED = "no training loss was recorded"
"""Stands there in runs that have ended without."""

LOGITS_GIVEN = "nothing was trained: no training loss"
"""Stands there in runs that `objtui measure` made."""

NO_SCORE = "no shown run has this score"
"""Stands in the curves of a score that was not measured."""

NOTHING = "nothing that can be drawn"
"""Stands where every value is not finite, or has no place on its scale."""

TOO_LITTLE = "too little room: z gives it more"
"""Stands in a panel that a chart does not fit into."""


def legible(text: str, theme: Theme) -> str:
    """Text on one line, `?` for what cannot be printed or, in ASCII, is beyond it."""
    return in_glyphs(" ".join(text.split()), theme, "?")


def in_glyphs(text: str, theme: Theme, instead: str = " ") -> str:
    """Text with its blanks as they are; `instead` for what cannot be printed, `?` in ASCII."""
    line = printable(text, instead)
    return line.encode("ascii", "replace").decode("ascii") if theme.glyphs == "ascii" else line


def cut(text: str, width: int, theme: Theme) -> str:
    """Text of at most `width` cells, its end replaced by an ellipsis where it is longer."""
    if cell_len(text) <= width:
        return text
    line = Text(text)
    ellipsis = "..." if theme.glyphs == "ascii" else "…"
    if width <= len(ellipsis):
        line.truncate(max(width, 0))
        return line.plain
    line.truncate(width - len(ellipsis))
    return line.plain.rstrip() + ellipsis


def short_name(name: str, room: int, theme: Theme) -> str:
    """A head's name that fits as far as it can: of run:head the run is cut."""
    run, colon, head = name.rpartition(":")
    if cell_len(name) <= room or not colon:
        return name
    return cut(run, max(room - cell_len(head) - 1, 3), theme) + colon + head


def between(theme: Theme) -> str:
    """Stands between the parts of a title."""
    return " -- " if theme.glyphs == "ascii" else " ── "
