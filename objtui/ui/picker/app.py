"""The application of a bare `objtui`: choose a scenario or a run."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import ClassVar

from textual.binding import Binding

from objtui.ui.picker.choices import Choice
from objtui.ui.picker.screen import PickerScreen
from objtui.ui.terminal.app import TerminalApp
from objtui.ui.theme import Theme


class PickerApp(TerminalApp[Choice | signal.Signals]):
    """Returns what was chosen, or the signal that ended it; None where nothing was chosen."""

    CSS_PATH: ClassVar[str | PurePath | list[str | PurePath] | None] = "../screens/screens.tcss"
    ENABLE_COMMAND_PALETTE = False

    BINDINGS: ClassVar = [Binding("ctrl+c", "interrupt", show=False)]
    """What holds where no screen takes it for itself."""

    def __init__(
        self,
        folder: Path,
        runs: Path,
        theme: Theme,
        *,
        at: Choice | None = None,
        problems: Mapping[str, str] | None = None,
    ) -> None:
        """`at`: what the cursor stands on; `problems`: why a choice could not be started."""
        super().__init__(lambda number: number)
        self._picker = PickerScreen(folder, runs, theme, at=at, problems=problems)

    def on_mount(self) -> None:
        """Open the picker."""
        self.push_screen(self._picker, self._chosen)

    def action_interrupt(self) -> None:
        """Leave as by SIGINT."""
        self.end_by(signal.SIGINT)

    def _chosen(self, choice: Choice | None) -> None:
        self.exit(choice)
