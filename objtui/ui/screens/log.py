"""The log of a run's trainer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.cells import cell_len, chop_cells
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Static

from objtui.errors import ObjtuiError
from objtui.ui.charts.words import in_glyphs, legible
from objtui.ui.screens.pager import Pager
from objtui.ui.terminal.closing import close
from objtui.ui.theme import FAINT, Theme

MAX_LINES = 2000
"""Lines that are shown, the last of the log."""

REFRESH_S = 1.0


class LogScreen(Screen[None]):
    """Shows a log and follows its end; escape, l or q closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,l,q", "close")]

    def __init__(self, read: Callable[[], str], title: str, theme: Theme) -> None:
        """Show what `read` gives; an ObjtuiError of it is shown in place of the log."""
        super().__init__()
        self._read, self._theme = read, theme
        self._pager = Pager(legible(title, theme), theme, follow=True, id="log")
        self._text: str | None = None

    def compose(self) -> ComposeResult:
        """The log, and how to scroll and close."""
        yield self._pager
        keys = " up down pageup pagedown scroll   home start   end follow   esc close"
        yield Static(Text(keys, FAINT), id="keys")

    def on_mount(self) -> None:
        """Read the log now and each second."""
        self._refresh_log()
        self._pager.focus()
        self.set_interval(REFRESH_S, self._refresh_log)

    def action_close(self) -> None:
        """Go back."""
        close(self)

    def _refresh_log(self) -> None:
        try:
            text = self._read()
        except ObjtuiError as error:
            text = str(error)
        if text != self._text:
            self._text = text
            lines = log_lines(text, self._theme)
            self._pager.set_lines(lambda width: broken(lines, width))


def log_lines(text: str, theme: Theme) -> list[str]:
    """The last lines of a log, without what steers a terminal or is no glyph of it."""
    lines = [
        in_glyphs(line.expandtabs(8), theme).rstrip() for line in text.splitlines()[-MAX_LINES:]
    ]
    return lines or ["The log is empty: the trainer has not written to it."]


def broken(lines: Sequence[str], width: int) -> list[Text]:
    """Lines as they are, the long ones broken at `width` cells, between words where there are any.

    What goes on below a line stands under its first word.
    """
    return [Text(piece) for line in lines for piece in _pieces(line, width)]


def _pieces(line: str, width: int) -> list[str]:
    width = max(1, width)  # a terminal may be narrower than a margin
    indent = len(line) - len(line.lstrip())
    indent = indent if indent <= width // 2 and width - indent > 1 else 0
    pieces, rest, room = [], line, width
    while cell_len(rest) > room:
        piece = chop_cells(rest, room)[0] or rest[0]  # a letter of two cells in a room of one
        start = len(piece) - len(piece.lstrip())
        blank = rest.rfind(" ", start, len(piece) + 1)
        taken = blank if blank > start else len(piece)
        pieces.append(" " * (width - room) + rest[:taken])
        rest, room = rest[taken:].lstrip(), max(width - indent, 1)
    return [*pieces, " " * (width - room) + rest] if rest or not pieces else pieces
