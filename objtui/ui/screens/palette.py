"""The command palette of Textual where there is nothing but ASCII."""

from __future__ import annotations

from textual.command import CommandPalette, SearchIcon


class AsciiPalette(CommandPalette):
    """Looks as the style sheet says: borders of ASCII, and no bar beside the list."""

    def __init__(self) -> None:
        super().__init__(placeholder="Search for commands...", id="--command-palette")

    def on_mount(self) -> None:
        """Put a sign of ASCII before what is typed."""
        self.query_one(SearchIcon).icon = ">"
