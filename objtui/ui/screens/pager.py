"""A frame of lines to scroll through."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType

from objtui.ui.charts.frame import framed
from objtui.ui.charts.line_panel import LinePanel
from objtui.ui.theme import STRONG, Theme

BORDERS = 2

Lines = Callable[[int], Sequence[Text]]
"""Makes the lines for a width in cells."""


class Pager(LinePanel, can_focus=True):
    """Shows lines, in its title which ones; told to follow, it stays at their end."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_lines(-1)"),
        Binding("down,j", "scroll_lines(1)"),
        Binding("pageup,b", "scroll_pages(-1)"),
        Binding("pagedown,space", "scroll_pages(1)"),
        Binding("home,g", "to_start"),
        Binding("end,G,shift+g", "to_end"),
    ]

    def __init__(self, title: str, theme: Theme, *, follow: bool = False, id: str) -> None:
        """`follow`: whether it begins at the end of the lines, and stays there."""
        super().__init__(id=id)
        self._title, self._theme, self._follow = title, theme, follow
        self._make: Lines = lambda width: ()
        self._made: Sequence[Text] = ()
        self._top = 0

    def set_lines(self, make: Lines, title: str = "") -> None:
        """Replace the lines, and the title if one is given.

        Where the end was in sight of one that follows, the new end is.
        """
        self._make = make
        self._title = title or self._title
        self._remake()

    def action_scroll_lines(self, by: int) -> None:
        """Scroll by lines."""
        self._go_to(self._top + by)

    def action_scroll_pages(self, by: int) -> None:
        """Scroll by what is in sight."""
        self._go_to(self._top + by * self._in_sight)

    def action_to_start(self) -> None:
        """Scroll to the first line."""
        self._go_to(0)

    def action_to_end(self) -> None:
        """Scroll to the last line."""
        self._go_to(self._last_top)

    def on_mouse_scroll_up(self) -> None:
        """Scroll up."""
        self._go_to(self._top - 3)

    def on_mouse_scroll_down(self) -> None:
        """Scroll down."""
        self._go_to(self._top + 3)

    def on_resize(self, event: events.Resize) -> None:
        """Make the lines anew for the width."""
        self._remake()

    @property
    def _in_sight(self) -> int:
        return max(1, self.size.height - BORDERS)

    @property
    def _last_top(self) -> int:
        return max(0, len(self._made) - self._in_sight)

    def _remake(self) -> None:
        width = self.size.width - BORDERS
        if width > 0:
            at_end = self._follow and self._top >= self._last_top
            self._made = self._make(width)
            self._go_to(self._last_top if at_end else self._top)

    def _go_to(self, top: int) -> None:
        self._top = min(max(0, top), self._last_top)
        width, height = self.size
        if width > BORDERS and height > BORDERS:
            lines = list(self._made[self._top : self._top + self._in_sight])
            title = Text(self._heading(len(lines)), STRONG)
            self.show(framed(title, lines, width, height, self._theme))

    def _heading(self, shown: int) -> str:
        if shown == len(self._made):
            return self._title
        return f"{self._title}  {self._top + 1}-{self._top + shown} of {len(self._made)} lines"
