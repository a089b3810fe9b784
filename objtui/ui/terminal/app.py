"""What every application in a terminal shares: it gives the terminal back however it ends."""

from __future__ import annotations

import asyncio
import select
import signal
from collections.abc import Callable
from typing import TypeVar

from rich.console import RenderableType
from textual.app import App
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver

from objtui.ui.terminal.driver import LastingDriver

INPUT_CHECK_S = 0.5

Result = TypeVar("Result")


class TerminalApp(App[Result], inherit_bindings=False):
    """An application that signals, the end of its terminal and errors end in good order.

    A terminal that is gone counts as SIGHUP.
    """

    def __init__(self, result_of: Callable[[signal.Signals], Result]) -> None:
        """`result_of` gives the result of an application that a signal ends."""
        super().__init__(ansi_color=True)
        self._result_of = result_of
        self.failure: Exception | None = None
        """The error that ended the application, if one did."""
        self._in_terminal = False

    def show(self) -> Result | None:
        """Run in the terminal until it is left, and give the terminal back; how it was left.

        Raises the error of the application itself that ended it.
        """
        self._in_terminal = True
        result = self.run()
        if self.failure is not None:
            raise self.failure
        return result

    def get_driver_class(self) -> type[Driver]:
        """Textual's choice; for a terminal, one that outlasts it."""
        chosen = super().get_driver_class()
        return LastingDriver if chosen is LinuxDriver else chosen

    def end_by(self, number: signal.Signals) -> None:
        """Leave as SIGINT, SIGTERM or SIGHUP asks."""
        self.exit(self._result_of(number))

    def on_load(self) -> None:
        """Take the signals over before the terminal; those that are ignored stay so."""
        if not self._in_terminal:
            return
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, self.end_by, number)
        self._check_input()

    def on_mount(self) -> None:
        """Look from time to time whether there still is a terminal."""
        if self._in_terminal:
            self.set_interval(INPUT_CHECK_S, self._check_input)

    def panic(self, *renderables: RenderableType) -> None:
        """End because of what the thread that reads the terminal says, without a word."""
        from rich.traceback import Traceback  # late: it brings a parser of every language

        for renderable in renderables:
            if isinstance(renderable, Traceback) and self.failure is None:
                raised = renderable.trace.stacks[0]
                if raised.exc_type == "OSError":  # the terminal went away while it was read
                    self.end_by(signal.SIGHUP)
                    return
                self.failure = RuntimeError(f"{raised.exc_type}: {raised.exc_value}")
        self._close_messages_no_wait()

    def _check_input(self) -> None:
        """Leave when the terminal is gone: reading from it would spin for ever."""
        gone = select.POLLHUP | select.POLLERR
        poll = select.poll()
        poll.register(0, gone)
        if any(events & gone for _, events in poll.poll(0)):
            self.end_by(signal.SIGHUP)

    def _handle_exception(self, error: Exception) -> None:
        """End because of an error, which `show` raises; Textual would print sixty lines."""
        self.failure = self.failure or error
        super()._handle_exception(error)  # which also tells a test that drives the app
        self._exit_renderables.clear()
