"""What differs between the runs that are compared, a key a block."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Static

from objtui.runs.differing import DifferingKey
from objtui.ui.charts.letters import wrapped
from objtui.ui.charts.words import cut, legible
from objtui.ui.screens.pager import Pager
from objtui.ui.terminal.closing import close
from objtui.ui.theme import FAINT, STRONG, Theme

NOTHING = "no key of the scenarios differs"

MARGIN, INDENT = 1, 3


class DifferingScreen(Screen[None]):
    """Shows the keys; escape, D or q closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,D,shift+d,q", "close")]

    def __init__(
        self, labels: Sequence[str], differing: Sequence[DifferingKey], theme: Theme
    ) -> None:
        super().__init__()
        self._labels, self._differing, self._theme = tuple(labels), tuple(differing), theme
        self._pager = Pager(f"what differs between {len(labels)} runs", theme, id="differing")

    def compose(self) -> ComposeResult:
        """The keys, and how to scroll and close."""
        yield self._pager
        yield Static(Text(" up down pageup pagedown scroll   esc close", FAINT), id="keys")

    def on_mount(self) -> None:
        """Show them."""
        self._pager.set_lines(
            lambda width: differing_lines(self._labels, self._differing, self._theme, width)
        )
        self._pager.focus()

    def action_close(self) -> None:
        """Go back."""
        close(self)


def differing_lines(
    labels: Sequence[str], differing: Sequence[DifferingKey], theme: Theme, width: int
) -> list[Text]:
    """A key and below it every run with its value, in lines of at most `width` cells."""
    if not differing:
        return [Text(), Text(f"{' ' * MARGIN}{NOTHING}", FAINT)]
    names = [cut(legible(label, theme), max(width // 3, 1), theme) for label in labels]
    widest = max(map(len, names))
    lines = []
    for each in differing:
        lines += [Text(), Text(f"{' ' * MARGIN}{legible(each.key, theme)}", STRONG)]
        for name, value in zip(names, each.values, strict=True):
            room = max(width - INDENT - widest - 2, 1)
            first, *rest = wrapped(legible(value, theme), room)
            lines.append(Text(f"{' ' * INDENT}{name:{widest}}  {first}"))
            lines += [Text(f"{' ' * (INDENT + widest + 2)}{line}") for line in rest]
    return lines
