"""A driver of the terminal that outlasts it, gone or frozen: what it does not take is dropped."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import termios
from typing import Any

from textual.drivers.linux_driver import LinuxDriver

from objtui.ui.terminal.output import TerminalOutput, point_at_nothing

TAKE_S = 1.0
"""How long a terminal may take, at the end, for what was written to it."""

CANCEL = "\x18"
"""Ends an escape sequence that was cut off."""

END_SYNCHRONISED = "\x1b[?2026l"


class LastingDriver(LinuxDriver):
    """Textual's own driver, but for its output.

    There an error ends the thread that writes, and a terminal that takes nothing, behind a
    connection that hangs say, fills its queue: both times the application then waits for
    ever to hand on what it draws, and no signal ends it. Here what is too much is dropped,
    and the screen is drawn anew once the terminal takes it again.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        assert self._file is not None
        self._descriptor = self._file.fileno()
        self._output = self._new_output()
        self._frozen = False

    def start_application_mode(self) -> None:
        """Take the terminal over."""
        self._output = self._new_output()
        self._output.start()
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def write(self, data: str) -> None:
        """Hand on to the terminal; never waits for it."""
        self._output.write(data)

    def stop_application_mode(self) -> None:
        """Give the terminal back, also one that takes nothing now, for when it does again."""
        self._frozen = not self._output.is_taken(TAKE_S)
        if self._frozen:
            self._output.drop()
            # What the system still holds for it, too, so that there is room for what follows.
            with contextlib.suppress(termios.error):
                termios.tcflush(self._descriptor, termios.TCOFLUSH)
            self._output.begin_anew()
            self.write(CANCEL + END_SYNCHRONISED)
        super().stop_application_mode()

    def close(self) -> None:
        """Let go; what is said to a frozen terminal from now on is dropped, too."""
        if not self._output.stop(TAKE_S) or self._frozen:
            point_at_nothing(sys.__stdout__, sys.__stderr__)
        super().close()

    def _new_output(self) -> TerminalOutput:
        loop = asyncio.get_running_loop()
        return TerminalOutput(self._descriptor, lambda: loop.call_soon_threadsafe(self._draw_anew))

    def _draw_anew(self) -> None:
        if self._app.is_running:
            self._output.begin_anew()
            self.write(CANCEL + END_SYNCHRONISED)
            self._app.screen.refresh()
