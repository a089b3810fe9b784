"""What every application in a terminal shares: it gives the terminal back however it ends."""

from __future__ import annotations

import asyncio
import math
import select
import signal
from collections.abc import Callable
from types import FrameType
from typing import Any, TypeVar

from rich.console import RenderableType
from textual import events
from textual.app import App
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver

from objtui.ui.terminal.decision import DecisionScreen
from objtui.ui.terminal.driver import LastingDriver
from objtui.ui.terminal.early import ENDING, EarlyScreen

INPUT_CHECK_S = 0.5
OPENING_LOOK_S = 0.002

Result = TypeVar("Result")

Came = Callable[[], signal.Signals | None]
"""Says which signal came, if one did."""


class TerminalApp(App[Result], inherit_bindings=False):
    """An application that signals, the end of its terminal and errors end in good order.

    A terminal that is gone counts as SIGHUP. Once a signal has ended it, further ones do nothing,
    so that what there is to say and to give back comes to its end.
    """

    def __init__(self, result_of: Callable[[signal.Signals], Result]) -> None:
        """`result_of` gives the result of an application that a signal ends."""
        super().__init__(ansi_color=True)
        self._result_of = result_of
        self.failure: Exception | None = None
        """The error that ended the application, if one did."""
        self.burst = -math.inf
        """When the burst of the latest key began, in seconds; see HasBurst."""
        self.latest_key = ""
        """The name of the latest key."""
        self.early: EarlyScreen | None = None
        """The screen that was painted before the application, if one was."""
        self._in_terminal = self._is_left = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._before: dict[signal.Signals, Any] = {}
        self._ended_by: signal.Signals | None = None
        self._came: Came = lambda: None

    def show(self, early: EarlyScreen | None = None, came: Came = lambda: None) -> Result | None:
        """Run in the terminal until it is left, and give the terminal back; how it was left.

        `early`: a screen that holds the terminal, to be taken over.
        `came`: a signal that came to the caller before this takes them over, and ends it.

        Raises the error of the application itself that ended it.
        """
        self._in_terminal, self.early, self._came = True, early, came
        try:
            result = self.run()
        finally:
            if self._ended_by is None:
                for number, handler in self._before.items():
                    signal.signal(number, handler)
        if self._ended_by is not None:  # what fails while it closes does not matter any more
            return self._result_of(self._ended_by)
        if self.failure is not None:
            raise self.failure
        return result

    def get_driver_class(self) -> type[Driver]:
        """Textual's choice; for a terminal, one that outlasts it."""
        chosen = super().get_driver_class()
        return LastingDriver if chosen is LinuxDriver else chosen

    def exit(
        self,
        result: Result | None = None,
        return_code: int = 0,
        message: RenderableType | None = None,
    ) -> None:
        """Leave, with a result; keys that are still to come do nothing."""
        self._is_left = True
        super().exit(result, return_code, message)

    def end_by(self, number: signal.Signals) -> None:
        """Leave as SIGINT, SIGTERM or SIGHUP asks."""
        self._ended_by = number
        self.exit(self._result_of(number))

    def on_load(self) -> None:
        """Take the signals over before the terminal; those that are ignored stay so."""
        if not self._in_terminal:
            return
        self._loop = asyncio.get_running_loop()
        for number in ENDING:
            if signal.getsignal(number) is not signal.SIG_IGN:
                # Not by the loop, which puts the system's own back as it closes.
                self._before[number] = signal.signal(number, self._take_signal)
        if (came := self._came()) is not None:
            self.end_by(came)
        self._check_input()

    def _take_signal(self, number: int, _: FrameType | None) -> None:
        if self._ended_by is None and self._loop is not None and not self._loop.is_closed():
            self._ended_by = signal.Signals(number)
            self._loop.call_soon_threadsafe(self.end_by, self._ended_by)

    async def on_event(self, event: events.Event) -> None:
        """Suspend by ctrl+z on whatever screen; pass over keys that must not answer a question."""
        if isinstance(event, events.InputEvent | events.Paste):
            await self._screen_opened()
            if self._is_left:  # what came together with the key that left it
                return
        if isinstance(event, events.Key):
            if not event.is_forwarded:
                self.burst, self.latest_key = event.time, event.key
                if event.key == "ctrl+z":
                    if isinstance(self._driver, LastingDriver):
                        self._driver.suspend()
                    return
            # Also of those that come back from the screen that was there before the question:
            # Textual does with them what they mean on the screen that is there by then.
            top = self.screen_stack[-1:]
            if any(isinstance(each, DecisionScreen) and not each.takes(event.time) for each in top):
                return
        await super().on_event(event)

    async def _screen_opened(self) -> None:
        """Wait until the screen on top holds what its keys work on."""
        while self.failure is None and not all(top.is_mounted for top in self.screen_stack[-1:]):
            await asyncio.sleep(OPENING_LOOK_S)

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
