"""The command palette of Textual, with bounds to what is typed, and in ASCII on demand."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from textual.await_complete import AwaitComplete
from textual.command import CommandPalette, SearchIcon
from textual.widgets import Input

from objtui.ui.terminal.closing import is_on_top

MAX_LETTERS = 60
"""Of what is searched for; how long a search takes grows steeply with it."""


class Palette(CommandPalette):
    """Takes no more than a few words: what is pasted by mistake would be searched for ever."""

    def on_mount(self) -> None:
        """Bound what is typed."""
        self.query_one(Input).max_length = MAX_LETTERS

    def dismiss(self, result: Any = None) -> AwaitComplete:
        """Close, once; see `closing.close`."""
        return super().dismiss(result) if is_on_top(self) else AwaitComplete()

    def _action_command_list(self, action: str) -> None:
        with suppress(KeyError):  # of a page up or down before the list has its place
            super()._action_command_list(action)


class AsciiPalette(Palette):
    """Looks as the style sheet says: borders of ASCII, and no bar beside the list."""

    def __init__(self) -> None:
        super().__init__(placeholder="Search for commands...", id="--command-palette")

    def on_mount(self) -> None:
        """Put a sign of ASCII before what is typed."""
        self.query_one(SearchIcon).icon = ">"
