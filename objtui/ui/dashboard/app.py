"""The dashboard's application: one screen on its runs, and how it is left."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import PurePath
from typing import TYPE_CHECKING, ClassVar

from rich.console import RenderableType
from textual._compositor import ChopsUpdate
from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen

from objtui.ui.charts.line_panel import LinePanel
from objtui.ui.dashboard.exit import Exit, ExitReason
from objtui.ui.dashboard.first_line import starting_line
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


class DashboardApp(TerminalApp[Exit]):
    """Shows one run, or several side by side. Its result says how it was left.

    The first line is painted before the panels are so much as imported: they
    take as long as Textual itself.
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
    ) -> None:
        """`open_runs` gives the runs, once the first line is painted.

        `owns_training`: whether quitting asks what becomes of the training.
        `views`: where it is kept how a run was looked at; None to keep nothing.
        `leads_back`: whether escape, too, goes back to what was there before.
        """
        # What becomes of the training is the caller's to do.
        super().__init__(lambda number: Exit(LEFT_BY[number]))
        self.title = title
        self.runs: Comparison | None = None
        """The runs as far as they have been read, once their screen is open."""
        self._open_runs = open_runs
        self._theme, self._owns_training, self._fps = theme, owns_training, fps
        self._views, self._leads_back = views, leads_back
        self.pixels = PixelLayer(os.environ, os.getpid())

    @property
    def source(self) -> RunSource | None:
        """The run, or the first of several, once the screen is open."""
        return self.runs.sources[0] if self.runs else None

    def compose(self) -> ComposeResult:
        """The first line."""
        yield LinePanel(id="header")

    def on_mount(self) -> None:
        """Paint the first line, then open the dashboard."""
        self.call_after_refresh(self._paint_first)

    def _paint_first(self) -> None:
        header = self.query_one("#header", LinePanel)
        header.show([starting_line(self.title, header.size.width)])
        self.call_after_refresh(self._open)

    def _open(self) -> None:
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

    def action_leave(self) -> None:
        """Ask what becomes of the training, from whatever screen."""
        from objtui.ui.dashboard.actions import leave

        if self.source is None:
            self.exit(Exit("interrupted"))
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
        """Paint text, and then what it took away of the pictures."""
        super()._display(screen, renderable)
        if renderable is not None:
            spans = renderable.spans if isinstance(renderable, ChopsUpdate) else None
            self.pixels.painted(spans)
            self.pixels.flush()
