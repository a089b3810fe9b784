"""The dashboard's application: one screen on its runs, and how it is left."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import PurePath
from typing import TYPE_CHECKING, ClassVar

from rich.console import RenderableType
from textual import events
from textual._compositor import ChopsUpdate
from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen

from objtui.trainer.uncollected import uncollected
from objtui.ui.charts.line_panel import LinePanel
from objtui.ui.dashboard.exit import Exit, ExitReason
from objtui.ui.dashboard.first_picture import FirstPicture
from objtui.ui.graphics.layer import Output, PixelLayer
from objtui.ui.terminal.app import TerminalApp
from objtui.ui.terminal.keyboard import TerminalAnswer
from objtui.ui.theme import Theme

if TYPE_CHECKING:
    from objtui.runs.comparison import Comparison
    from objtui.runs.source import RunSource
    from objtui.ui.dashboard.screen import DashboardScreen
    from objtui.ui.dashboard.view_file import ViewFile

LEFT_BY: dict[int, ExitReason] = {
    signal.SIGTERM: "terminated",
    signal.SIGINT: "interrupted",
    signal.SIGHUP: "hung up",
}


AT_ONCE = ("ctrl+c", "ctrl+q", "ctrl+z")
"""Keys that do the same whether the dashboard is there or not."""


class DashboardApp(TerminalApp[Exit]):
    """Shows one run, or several side by side. Its result says how it was left.

    The first picture is painted before the panels are so much as imported: they take as long as
    Textual itself. It stays until they are drawn. What is typed meanwhile is for them.
    """

    ENABLE_COMMAND_PALETTE = False  # Textual's own

    BINDINGS: ClassVar = [Binding("ctrl+q,ctrl+c", "leave", show=False)]
    """What holds under help and log, too."""

    CSS_PATH: ClassVar[str | PurePath | list[str | PurePath] | None] = [
        "dashboard.tcss",
        "../screens/screens.tcss",
    ]

    dashboard: DashboardScreen
    """The run's screen, once it is open."""

    def __init__(
        self,
        open_runs: Callable[[], Comparison],
        theme: Theme,
        *,
        title: str,
        owns_training: bool,
        fps: float = 4.0,
        views: ViewFile | None = None,
        leads_back: bool = False,
        first: FirstPicture | None = None,
    ) -> None:
        """`open_runs` gives the runs, once the first picture is painted.

        `owns_training`: whether quitting asks what becomes of the training.
        `views`: where it is kept how a run was looked at; None to keep nothing.
        `leads_back`: whether escape, too, goes back to what was there before.
        `first`: the first picture; by default that of runs of which only the title is known.
        """
        # What becomes of the training is the caller's to do.
        super().__init__(lambda number: Exit(LEFT_BY[number]))
        self.title = title
        self.runs: Comparison | None = None
        """The runs as far as they have been read, once their screen is open."""
        self._open_runs = open_runs
        self._theme, self._owns_training, self._fps = theme, owns_training, fps
        self._views, self._leads_back = views, leads_back
        self._first = first or FirstPicture(title, theme)
        self._early_events: list[events.Event] | None = []  # None once the dashboard takes them
        self.pixels = PixelLayer(os.environ, os.getpid())

    @property
    def source(self) -> RunSource | None:
        """The run, or the first of several, once the screen is open."""
        return self.runs.sources[0] if self.runs else None

    def compose(self) -> ComposeResult:
        """The first picture."""
        panel = LinePanel(id="first")
        panel.show(self._first.lines(*self.size))
        yield panel

    def on_mount(self) -> None:
        """Open the dashboard once the first picture is painted."""
        self.call_after_refresh(self._open)

    async def on_event(self, event: events.Event) -> None:
        """Keep what is typed before the dashboard is there, all but the keys that leave."""
        at_once = isinstance(event, events.Key) and event.key in AT_ONCE
        typed = isinstance(event, events.Key | events.Paste) and not at_once
        if typed and self._early_events is not None:
            self._early_events.append(event)
            return
        await super().on_event(event)

    async def _take_early_events(self) -> None:
        kept, self._early_events = self._early_events or [], None
        for event in kept:
            await super().on_event(event)

    def _open(self) -> None:
        with uncollected():
            from objtui.ui.dashboard.screen import DashboardScreen
            from objtui.ui.keys import KEYS

        self.runs = self._open_runs()
        self.dashboard = DashboardScreen(
            self.runs,
            self._theme,
            KEYS,
            title=self.title,
            owns_training=self._owns_training,
            fps=self._fps,
            views=self._views,
            leads_back=self._leads_back,
            pixels=self.pixels,
        )
        self.push_screen(self.dashboard)
        self.call_next(self._take_early_events)

    def action_leave(self) -> None:
        """Ask what becomes of the training, from whatever screen."""
        from objtui.ui.dashboard.actions import leave

        if self.source is None:  # there is no question yet; a training that begins is stopped
            interrupts = self._owns_training or self.latest_key == "ctrl+c"
            self.exit(Exit("interrupted" if interrupts else "left"))
        elif not self.screen.is_modal:
            leave(self.dashboard)

    # Pictures in pixels.

    def begin_pixels(self, driver: Output) -> None:
        """Ask the terminal what it can show, where colours and glyphs are to be had."""
        if self._theme.colours and self._theme.glyphs != "ascii":
            self.pixels.begin(driver)
            if self.runs is not None:  # taken again: of cells, until it has answered
                self.call_later(self.dashboard.draw)

    def begin_pixels_anew(self) -> None:
        """Draw them again, since what was written was lost."""
        self.pixels.begin_anew()

    def end_pixels(self) -> None:
        """Leave none of them in the terminal."""
        self.pixels.end()

    def on_terminal_answer(self, message: TerminalAnswer) -> None:
        """Draw in pixels from now on, where the terminal says that it can."""
        if self.pixels.answered(message.text) and self.runs is not None:
            self.dashboard.draw()

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        """Paint text, and then what it took away of the pictures.

        The dashboard's is not painted before it is drawn: the first picture would go, and come
        again.
        """
        if self.runs is not None and screen is self.dashboard and not self.dashboard.is_drawn:
            return
        super()._display(screen, renderable)
        if renderable is not None:
            spans = renderable.spans if isinstance(renderable, ChopsUpdate) else None
            self.pixels.painted(spans)
            self.pixels.flush()
