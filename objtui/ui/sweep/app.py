"""The application of a sweep's dashboard."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import ClassVar

from textual.binding import Binding

from objtui.ui.dashboard.app import LEFT_BY
from objtui.ui.sweep.actions import leave
from objtui.ui.sweep.exit import Place, SweepExit
from objtui.ui.sweep.keys import SWEEP_KEYS
from objtui.ui.sweep.screen import Command, SweepScreen
from objtui.ui.terminal.app import TerminalApp
from objtui.ui.theme import Theme


class SweepApp(TerminalApp[SweepExit]):
    """Shows a sweep. Its result says how it was left, or which cells are to be opened."""

    CSS_PATH: ClassVar[str | PurePath | list[str | PurePath] | None] = [
        "sweep.tcss",
        "../screens/screens.tcss",
    ]
    ENABLE_COMMAND_PALETTE = False  # Textual's own

    BINDINGS: ClassVar = [Binding("ctrl+q,ctrl+c", "leave", show=False)]
    """What holds under the help, too."""

    def __init__(
        self,
        folder: Path,
        theme: Theme,
        command: Command,
        *,
        owns: bool,
        leads_back: bool = False,
        at: Place | None = None,
    ) -> None:
        """As SweepScreen."""
        super().__init__(lambda number: SweepExit(LEFT_BY[number], owned=self.sweep.owns))
        self.sweep = SweepScreen(
            folder, theme, SWEEP_KEYS, command, owns=owns, leads_back=leads_back, at=at
        )

    def on_mount(self) -> None:
        """Open the screen."""
        self.push_screen(self.sweep)

    def action_leave(self) -> None:
        """Ask what becomes of the training, from whatever screen."""
        if not self.screen.is_modal:
            leave(self.sweep)
