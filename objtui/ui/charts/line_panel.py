"""A panel of text lines that repaints only the lines that changed."""

from __future__ import annotations

from rich.text import Text
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import Reactive
from textual.strip import Strip
from textual.widget import Widget


class LinePanel(Widget):
    """Shows the lines that it is given; a line that stays the same costs nothing."""

    virtual_size = Reactive(Size(0, 0), repaint=False)
    """Of Textual: nothing here scrolls, and so no new size asks for the layout once more."""

    class Resized(Message):
        """A panel has another size; its lines are to be drawn anew."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._lines: list[Text] = []

    def on_resize(self, event: events.Resize) -> None:
        """Ask for lines that fit, but where those that it has fill it."""
        fills = self._lines and (self._lines[0].cell_len, len(self._lines)) == event.size
        if not fills:
            self.post_message(self.Resized())

    @property
    def lines(self) -> list[Text]:
        """What it shows."""
        return self._lines

    def show(self, lines: list[Text]) -> None:
        """Replace the lines."""
        before, self._lines = self._lines, lines
        if len(before) != len(lines):
            self.refresh()
            return
        width = self.size.width
        changed = [
            Region(0, row, width, 1)
            for row, (old, new) in enumerate(zip(before, lines, strict=True))
            if old != new or old.spans != new.spans
        ]
        if changed:
            self.refresh(*changed)

    def render_line(self, y: int) -> Strip:
        """One line, as wide as the panel."""
        width = self.size.width
        if y >= len(self._lines):
            return Strip.blank(width)
        segments = self._lines[y].render(self.app.console, end="")
        return Strip(segments).adjust_cell_length(width)
