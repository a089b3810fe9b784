"""More lines than a frame has room for, and which of them are in sight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

from objtui.ui.charts.frame import framed
from objtui.ui.charts.words import between
from objtui.ui.theme import FAINT, Theme

BORDERS = 2


@dataclass(frozen=True, slots=True)
class Content:
    """All that a panel has to say, in as many lines as that takes.

    Attributes:
        title: what stands in the frame.
        lines: as wide as the frame has room for.
    """

    title: Text
    lines: Sequence[Text]

    def last_top(self, height: int) -> int:
        """The first line in sight of a frame of that height once it is scrolled to the end."""
        return max(0, len(self.lines) - max(height - BORDERS, 1))

    def framed(self, top: int, width: int, height: int, theme: Theme) -> list[Text]:
        """The lines from `top` on in a frame, whose title says which where they are not all."""
        shown = list(self.lines[top : top + max(height - BORDERS, 0)])
        title = self.title.copy()
        if len(shown) < len(self.lines):
            part = f"lines {top + 1} to {top + len(shown)} of {len(self.lines)}"
            title.append(f"{between(theme)}{part}", FAINT)
        return framed(title, shown, width, height, theme)
