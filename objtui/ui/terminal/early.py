"""The alternate screen, taken and painted before Textual is imported, which then takes it over."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import termios
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Self

from rich.color import ColorSystem
from rich.console import Console
from rich.text import Text

from objtui.text.terminal import terminal_size
from objtui.trainer.signals import held_signals
from objtui.ui.terminal.output import TAKE_S, TerminalOutput, point_at_nothing

ENTER, LEAVE = "\x1b[?1049h", "\x1b[?1049l"
"""The alternate screen, and the one before it."""

HIDE_CURSOR, SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"

CANCEL = "\x18"
"""Ends an escape sequence that was cut off."""

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""The signals that end an application."""

Picture = Callable[[int, int], list[Text]]
"""The lines of a screen of so many columns and rows."""


class EarlyScreen:
    """Holds the terminal within a `with` block, until an application takes it over.

    It paints a picture, and keeps what is typed for the application, which is not echoed. Where
    none takes it over, as after an error or a signal, be it on the way in, the terminal is given
    back as it was. ctrl+c and ctrl+z are signals meanwhile; ctrl+z gives the terminal back until
    the program goes on.

    A program in the background, or without a terminal, writes nothing.
    """

    def __init__(self, picture: Picture) -> None:
        self._picture = picture
        self._keys, self._screen = _descriptor(sys.__stdin__), _descriptor(sys.__stderr__)
        self._before: list[Any] | None = None  # attributes of the terminal while it is held
        self._output: TerminalOutput | None = None
        self._stop_before: Any = None

    def __enter__(self) -> Self:
        try:
            with held_signals(*ENDING):
                if signal.getsignal(signal.SIGTSTP) == signal.SIG_DFL:
                    self._stop_before = signal.signal(signal.SIGTSTP, self._suspend)
                self._take()
                if self._before is None:
                    self._let_stop()
        except BaseException:  # nobody calls `__exit__` then
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._end()
        except BaseException:  # a signal that came before it was held
            self._end()
            raise

    def hand_over(self) -> list[Any] | None:
        """Leave the terminal to an application, on the alternate screen: its attributes before.

        None where it is not held, or was handed over.
        """
        before, self._before = self._before, None
        if self._output is not None and not self._output.stop(TAKE_S):
            self._output.drop()  # a terminal that takes nothing: the application draws it anew
        self._output = None
        return before

    def _end(self) -> None:
        """Let go of the terminal and of ctrl+z; what is let go already stays so."""
        with held_signals(*ENDING):
            self._give_back()
            self._let_stop()

    def _let_stop(self) -> None:
        """Have ctrl+z stop the program as it did before."""
        if self._stop_before is not None and signal.getsignal(signal.SIGTSTP) == self._suspend:
            signal.signal(signal.SIGTSTP, self._stop_before)
        self._stop_before = None

    def _take(self) -> None:
        """Take the terminal and paint; ctrl+z is handled behind it, when there is what to undo."""
        with held_signals(signal.SIGTSTP):
            self._change()

    def _give_back(self) -> None:
        """Undo it; ctrl+z is handled behind it too."""
        with held_signals(signal.SIGTSTP):
            self._change_back()

    def _change(self) -> None:
        keys, screen = self._keys, self._screen
        if keys is None or screen is None:
            return
        text = ENTER + HIDE_CURSOR + painted(self._picture(*terminal_size(screen)))
        try:
            if os.tcgetpgrp(screen) != os.getpgrp():
                return
            before = termios.tcgetattr(keys)
        except (OSError, termios.error):  # no terminal, or not ours
            return
        output = TerminalOutput(screen, lambda: None)
        output.start()  # before anything is changed: there may be no thread to be had
        try:
            termios.tcsetattr(keys, termios.TCSANOW, _unechoed(before))
        except termios.error:  # it is gone
            output.stop(0)
            return
        self._before, self._output = before, output
        output.write(text)

    def _change_back(self) -> None:
        before, output = self._before, self._output
        if before is None or output is None or self._keys is None:
            return
        frozen = not output.is_taken(TAKE_S)
        if frozen:
            output.drop()
            with contextlib.suppress(termios.error):
                termios.tcflush(self._keys, termios.TCOFLUSH)
            output.begin_anew()
            output.write(CANCEL)
        with contextlib.suppress(termios.error):  # it is gone
            termios.tcflush(self._keys, termios.TCIFLUSH)  # what was typed is not the shell's
            termios.tcsetattr(self._keys, termios.TCSANOW, before)
        output.write(LEAVE + SHOW_CURSOR)
        if not output.stop(TAKE_S) or frozen:
            point_at_nothing(sys.__stdout__, sys.__stderr__)
        self._before = self._output = None

    def _suspend(self, number: int, frame: FrameType | None) -> None:
        held = self._before is not None
        with held_signals(*ENDING):
            self._give_back()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.killpg(0, signal.SIGTSTP)  # the whole group, as ctrl+z has it
        signal.signal(signal.SIGTSTP, self._suspend)
        if not held or self._keys is None:
            return
        with contextlib.suppress(termios.error):  # in the background this waits for `fg`
            termios.tcsetattr(self._keys, termios.TCSANOW, termios.tcgetattr(self._keys))
        with held_signals(*ENDING):
            self._take()


def painted(lines: list[Text]) -> str:
    """Lines of a screen from its first row on, as what a terminal shows of them is written.

    Only the terminal's own sixteen colours are in them.
    """
    console = Console(width=10_000, color_system="standard", legacy_windows=False)
    rows = []
    for row, line in enumerate(lines, start=1):
        pieces = (
            segment.style.render(segment.text, color_system=ColorSystem.STANDARD)
            if segment.style
            else segment.text
            for segment in line.render(console)
        )
        rows.append(f"\x1b[{row};1H{''.join(pieces)}")
    return "".join(rows)


def _descriptor(stream: Any) -> int | None:
    """The descriptor of a stream that is a terminal."""
    with contextlib.suppress(AttributeError, OSError, ValueError):  # none, or closed
        if stream.isatty():
            return int(stream.fileno())
    return None


def _unechoed(attributes: list[Any]) -> list[Any]:
    """Attributes by which keys come one by one, as they are typed, and are not shown."""
    changed = [*attributes[:6], list(attributes[6])]
    changed[0] &= ~(termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR | termios.IGNCR)
    changed[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN)
    changed[6][termios.VMIN], changed[6][termios.VTIME] = 1, 0
    return changed
