"""The export question: in which format, and where to."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from objtui.export.formats import FORMATS, ExportFormat
from objtui.ui.charts.words import legible
from objtui.ui.terminal.closing import close
from objtui.ui.terminal.decision import HasBurst
from objtui.ui.theme import FAINT, STRONG, Theme

LINES_ABOVE = 2
"""Of the formats: the title, and a blank one."""

MAX_PATH = 4096
"""Letters of a path; more are pasted by mistake, and slow to draw."""


@dataclass(frozen=True, slots=True)
class ExportChoice:
    """What is to be exported, and where to.

    Attributes:
        replace: whether what is there already may be replaced.
    """

    kind: ExportFormat
    place: Path
    replace: bool = False


class ExportScreen(ModalScreen[ExportChoice | None]):
    """Asks for a format and a place, of which it offers one; None where it was cancelled."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,shift+tab", "move(-1)", priority=True),
        Binding("down,tab", "move(1)", priority=True),
        Binding("escape,ctrl+c", "cancel", priority=True),
    ]

    def __init__(self, offered: Callable[[ExportFormat], str], theme: Theme) -> None:
        """`offered` gives the place that a format goes to unless told otherwise."""
        super().__init__(classes="-ascii" if theme.glyphs == "ascii" else None)
        self._offered, self._theme = offered, theme
        self._chosen = 0
        self._place = offered(FORMATS[0])  # of the chosen format
        self._input = Input(self._place, select_on_focus=False, max_length=MAX_PATH)
        self._refused = ""  # the place of which was said that something is there
        self._refused_in = -math.inf  # the burst of keys by which it was

    def compose(self) -> ComposeResult:
        """The formats, the place and the keys."""
        with Vertical(id="export"):
            yield Static(id="formats", markup=False)
            yield self._input
            yield Static(id="said", markup=False)

    def on_mount(self) -> None:
        """Take what is typed."""
        self._show()
        self.set_focus(self._input)

    def action_move(self, by: int) -> None:
        """Another format, and the place that is offered for it, unless one was typed."""
        untouched = self._input.value in ("", self._place)
        self._chosen = (self._chosen + by) % len(FORMATS)
        self._place = self._offered(FORMATS[self._chosen])
        if untouched:
            self._input.value = self._place
            self._input.cursor_position = len(self._place)
        self._show()

    def action_cancel(self) -> None:
        """Export nothing."""
        close(self)

    def on_mouse_scroll_up(self) -> None:
        """The format before."""
        self.action_move(-1)

    def on_mouse_scroll_down(self) -> None:
        """The format after."""
        self.action_move(1)

    @on(events.Click, "#formats")
    def _click(self, event: events.Click) -> None:
        """The format that is clicked."""
        at = event.y - LINES_ABOVE
        if 0 <= at < len(FORMATS):
            self.action_move(at - self._chosen)

    @on(Input.Submitted)
    def _answer(self, message: Input.Submitted) -> None:
        """Export, where there is a place and nothing is there, or enter came twice."""
        message.stop()
        words = message.value.strip()
        if not words:
            self._say("name a place")
            return
        place = Path(os.path.expanduser(words))  # which leaves the name of nobody as it is
        burst = self.app.burst if isinstance(self.app, HasBurst) else math.inf
        again = words == self._refused and burst > self._refused_in
        if os.path.lexists(place) and not again:
            self._refused, self._refused_in = words, burst
            self._say("that is there already: enter again replaces it")
            return
        close(self, ExportChoice(FORMATS[self._chosen], place, again))

    def _show(self) -> None:
        lines = Text.assemble(("Export", STRONG), "\n" * LINES_ABOVE)
        for at, kind in enumerate(FORMATS):
            pointed = at == self._chosen
            line = f"{'>' if pointed else ' '} {kind.name:12}{kind.says}\n"
            lines.append(line, "reverse" if pointed else "")
        lines.append("\nto", STRONG)
        self.query_one("#formats", Static).update(lines)
        self._say("")

    def _say(self, words: str) -> None:
        keys = "up down format   enter export   esc cancel"
        said = Text(legible(words, self._theme), STRONG) if words else Text(keys, FAINT)
        self.query_one("#said", Static).update(said)
