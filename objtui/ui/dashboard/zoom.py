"""The panel that has the whole screen, and from which of its lines on it is seen."""

from __future__ import annotations

from rich.text import Text

from objtui.ui.charts.scrolled import Content
from objtui.ui.dashboard.layout import PanelId
from objtui.ui.theme import Theme


class Zoom:
    """Which panel is zoomed, if one is, and how far it is scrolled.

    Attributes:
        panel: the one that has the whole screen; None while all have their places.
    """

    def __init__(self) -> None:
        self.panel: PanelId | None = None
        self._top = self._last_top = 0

    def give(self, panel: PanelId | None) -> None:
        """Give the screen to a panel, from its first line on; None gives all their places back."""
        self.panel, self._top = panel, 0

    @property
    def scrolls(self) -> bool:
        """Whether the zoomed panel has lines out of sight."""
        return self.panel is not None and self._last_top > 0

    def scroll(self, lines: int) -> bool:
        """Go so many lines down, or up; whether that shows others."""
        before, self._top = self._top, min(max(self._top + lines, 0), self._last_top)
        return self._top != before

    def framed(self, content: Content | None, width: int, height: int, theme: Theme) -> list[Text]:
        """The lines of the zoomed panel that are in sight; none of one that is drawn as a whole."""
        self._last_top = 0 if content is None else content.last_top(height)
        self._top = min(self._top, self._last_top)
        return [] if content is None else content.framed(self._top, width, height, theme)
