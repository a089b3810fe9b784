"""A driver of the terminal that outlasts it, gone or frozen, and whatever it sends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import selectors
import signal
import sys
import termios
import time
from typing import Any, Protocol, runtime_checkable

from textual import events
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from objtui.text.terminal import terminal_size
from objtui.ui.graphics.capability import cell_pixels
from objtui.ui.terminal.early import CANCEL, ENTER, EarlyScreen
from objtui.ui.terminal.keyboard import Keyboard
from objtui.ui.terminal.output import TAKE_S, TerminalOutput, point_at_nothing

END_SYNCHRONISED = "\x1b[?2026l"

READ_BYTES = 2**12
LOOK_S, WAITING_LOOK_S = 0.1, 0.02
"""How often to look whether to stop, and whether an escape sequence goes on."""

BURST_GAP_S = 0.03
"""What follows sooner was not typed after what came before, but came together with it."""

MAX_WAITING_MESSAGES = 2000
"""Keys beyond that are dropped: a text pasted without brackets may have millions."""


@runtime_checkable
class DrawsPixels(Protocol):
    """An application that writes more to the terminal than text, by itself."""

    def begin_pixels(self, driver: LastingDriver) -> None:
        """The terminal is there, and nothing of it is to be seen."""

    def begin_pixels_anew(self) -> None:
        """What was written was lost, at least in part."""

    def end_pixels(self) -> None:
        """The terminal is given back after what is written by this."""


@runtime_checkable
class BeganEarly(Protocol):
    """An application that takes over a screen which was painted before it."""

    early: EarlyScreen | None


class LastingDriver(LinuxDriver):
    """Textual's own driver, but for its output, its input and being suspended.

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
        self._begun = self._frozen = self._entered = False
        self._raw: list[Any] | None = None
        loop = asyncio.get_running_loop()
        # In the place of Textual's, which begin to read twice after a SIGSTOP from outside.
        loop.add_signal_handler(signal.SIGTSTP, self.suspend)
        loop.add_signal_handler(signal.SIGCONT, self._take_again)

    def start_application_mode(self) -> None:
        """Take the terminal over."""
        self._output = self._new_output()
        self._output.start()  # while an early screen would still give the terminal back
        early = self._app.early if isinstance(self._app, BeganEarly) else None
        before = None if early is None else early.hand_over()
        self._entered = before is not None
        self._begun = True
        try:
            super().start_application_mode()  # type: ignore[no-untyped-call]
        except BaseException:
            self.attrs_before = before or self.attrs_before
            super().stop_application_mode()
            raise
        self._entered = False
        if before is not None:
            self.attrs_before = before
        with contextlib.suppress(termios.error):
            self._raw = termios.tcgetattr(self.fileno)
        if isinstance(self._app, DrawsPixels):
            self._app.begin_pixels(self)

    @property
    def waiting_bytes(self) -> int:
        """What the terminal has not taken yet."""
        return self._output.waiting_bytes

    @property
    def cell(self) -> tuple[int, int] | None:
        """Width and height of a cell in pixels, where the system knows them."""
        return cell_pixels(self._descriptor)

    def write(self, data: str) -> None:
        """Hand on to the terminal; never waits for it."""
        if self._entered and data == ENTER:  # which would wipe what is painted
            return
        self._output.write(data)

    def stop_application_mode(self) -> None:
        """Give the terminal back, also one that takes nothing now, for when it does again."""
        if isinstance(self._app, DrawsPixels):
            self._app.end_pixels()
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
        """Let go; what is said to a frozen terminal from now on is dropped, too.

        A terminal that was never taken over, as where a signal came before, is left alone.
        """
        if self._begun and (not self._output.stop(TAKE_S) or self._frozen):
            point_at_nothing(sys.__stdout__, sys.__stderr__)
        super().close()

    def suspend(self) -> None:
        """Give the terminal back, stop as ctrl+z has it, and take it again in the foreground."""
        frozen, self._raw = self._frozen, None
        self.stop_application_mode()
        self._output.stop(TAKE_S)
        super().close()
        self._frozen = frozen
        asyncio.get_running_loop().remove_signal_handler(signal.SIGTSTP)  # to the system's own
        # The whole group, so that a program which started this one stops, too. Where nobody
        # could continue it, because there is no shell, the system does not stop it.
        os.killpg(0, signal.SIGTSTP)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTSTP, self.suspend)
        with contextlib.suppress(termios.error):  # in the background this waits for `fg`
            termios.tcsetattr(self.fileno, termios.TCSANOW, termios.tcgetattr(self.fileno))
        self.start_application_mode()
        self._app.refresh(layout=True)
        self._app.screen.refresh(layout=True)

    def _take_again(self) -> None:
        """After a SIGSTOP from outside the shell had the terminal: set it as it was, and draw."""
        if self._raw is not None:
            with contextlib.suppress(termios.error):
                termios.tcsetattr(self.fileno, termios.TCSANOW, self._raw)
            self._draw_anew()

    def run_input_thread(self) -> None:
        """Read until the application ends; messages say when the burst that they are of began."""
        keyboard = Keyboard()
        burst = last = 0.0
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                came = selector.select(WAITING_LOOK_S if keyboard.waits else LOOK_S)
                now = time.monotonic()
                if not came:
                    messages = keyboard.tick(now)
                elif data := os.read(self.fileno, READ_BYTES):
                    if now - last > BURST_GAP_S:
                        burst = now
                    last = now
                    messages = keyboard.feed(data, now)
                else:  # the end of the input, which the application notices by itself
                    self.exit_event.wait(LOOK_S)
                    continue
                for message in messages:
                    self._hand_on(message, burst)

    def _hand_on(self, message: Message, burst: float) -> None:
        if isinstance(message, events.Key):
            message.time = burst
            waiting = self._app.message_queue_size
            for screen in self._app.screen_stack[-1:]:
                waiting += screen.message_queue_size
                waiting += screen.focused.message_queue_size if screen.focused else 0
            if waiting > MAX_WAITING_MESSAGES:
                return
        self.process_message(message)

    def _get_terminal_size(self) -> tuple[int, int]:
        return terminal_size(self._descriptor)

    def _query_in_band_window_resize(self) -> None:
        """Not asked for: SIGWINCH tells, and what is pasted could pass for an answer."""

    def _new_output(self) -> TerminalOutput:
        loop = asyncio.get_running_loop()
        return TerminalOutput(self._descriptor, lambda: loop.call_soon_threadsafe(self._draw_anew))

    def _draw_anew(self) -> None:
        if self._app.is_running:
            self._output.begin_anew()
            self.write(CANCEL + END_SYNCHRONISED)
            if isinstance(self._app, DrawsPixels):
                self._app.begin_pixels_anew()
            self._app.screen.refresh()
