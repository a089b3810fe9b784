"""A panel of the table in its place on the screen, and what the mouse does with it."""

from __future__ import annotations

from rich.text import Text
from textual import events
from textual.message import Message

from objtui.ui.charts.focus_frame import in_focus
from objtui.ui.charts.line_panel import LinePanel
from objtui.ui.dashboard.layout import PanelId
from objtui.ui.theme import Theme

WHEEL_LINES = 3
"""Lines that a turn of the wheel scrolls."""

LEFT_BUTTON = 1


class PlacedPanel(LinePanel):
    """Shows a panel, in a heavier frame while it has the focus."""

    class Clicked(Message):
        """It was clicked at a line of it, the second of two clicks with `twice`."""

        def __init__(self, which: PanelId, line: int, *, twice: bool) -> None:
            super().__init__()
            self.which, self.line, self.twice = which, line, twice

    class Turned(Message):
        """The wheel was turned over a line of it, by so many lines down."""

        def __init__(self, which: PanelId, line: int, by: int) -> None:
            super().__init__()
            self.which, self.line, self.by = which, line, by

    class Dragged(Message):
        """The mouse is at a column of it, the button held down; `begins`: a drag does."""

        def __init__(self, which: PanelId, column: int, *, begins: bool) -> None:
            super().__init__()
            self.which, self.column, self.begins = which, column, begins

    def __init__(self, which: PanelId, theme: Theme) -> None:
        super().__init__(id=which.name)
        self.which = which
        self._theme = theme
        self._plain: list[Text] = []  # without the focus
        self._focused = self._pressed = False
        self._dragged_to: int | None = None

    def put(self, lines: list[Text], *, focused: bool) -> None:
        """Replace the lines, drawn as of a panel without the focus."""
        self._plain, self._focused = lines, focused
        self.show(in_focus(lines, self._theme) if focused else lines)

    def set_focused(self, focused: bool) -> None:
        """Give it the focus or take it away, without drawing it anew."""
        if focused != self._focused:
            self.put(self._plain, focused=focused)

    def on_click(self, event: events.Click) -> None:
        """Tell of a click."""
        event.stop()
        self.post_message(self.Clicked(self.which, event.y, twice=event.chain == 2))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Tell of the wheel."""
        event.stop()
        self.post_message(self.Turned(self.which, event.y, -WHEEL_LINES))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Tell of the wheel."""
        event.stop()
        self.post_message(self.Turned(self.which, event.y, WHEEL_LINES))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """A drag may begin here."""
        self._pressed = event.button == LEFT_BUTTON
        self._dragged_to = None

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Tell where the mouse is while the button is down that was pressed here."""
        self._pressed = self._pressed and event.button == LEFT_BUTTON
        if self._pressed and event.x != self._dragged_to:
            begins, self._dragged_to = self._dragged_to is None, event.x
            self.post_message(self.Dragged(self.which, event.x, begins=begins))
