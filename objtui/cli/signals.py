"""What SIGINT, SIGTERM and SIGHUP do to a command that follows a run, and its trainer's end."""

from __future__ import annotations

import signal
import subprocess
import sys
from types import FrameType, TracebackType
from typing import Any, Protocol, Self

from objtui.errors import Interrupted
from objtui.text.terminal import say
from objtui.trainer.launch import Process

LEAVE_TIMEOUT_S = 10.0
"""How long a trainer that has written its end may take to leave."""


def ignore_more_signals() -> None:
    """Pass over SIGINT, SIGTERM and SIGHUP from now on: one of them ends this process already."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def await_trainer(process: Process) -> None:
    """Let the trainer leave: it still closes its run file, so that no journal is beside it."""
    try:
        process.wait(LEAVE_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        say(f"objtui: the trainer (process {process.pid}) takes long to leave", sys.stderr)


class Stoppable(Protocol):
    """What signals end: the process of a trainer, or all trainings at once."""

    def terminate(self) -> None:
        """Ask it to stop cleanly."""

    def kill(self) -> None:
        """End it at once."""


class EndingSignals:
    """Within a `with` block SIGINT, SIGTERM and SIGHUP raise Interrupted.

    A signal that was ignored before, as under nohup, stays so. What an application in the
    terminal leaves in their place, once one of them has ended it, stays too.
    """

    def __init__(self) -> None:
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._end)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            if signal.getsignal(number) == self._end:
                signal.signal(number, handler)

    def _end(self, number: int, _: FrameType | None) -> None:
        raise Interrupted(number)


class FollowSignals:
    """Takes over the signals of this process within a `with` block.

    Without a trainer of its own, SIGINT and SIGTERM raise Interrupted. With one
    they ask it to stop, and `received` says which came first; a second SIGINT
    kills it and raises Interrupted. SIGHUP sets `hung_up`. A signal that was
    ignored before, as under nohup, stays so.
    """

    def __init__(self) -> None:
        self.received: int | None = None
        self.hung_up = False
        self._trainer: Stoppable | None = None
        self._before: dict[int, Any] = {}

    def came(self) -> signal.Signals | None:
        """The signal that ends this process: the first that stops, else a hang-up."""
        if self.received is not None:
            return signal.Signals(self.received)
        return signal.SIGHUP if self.hung_up else None

    def stop_with(self, trainer: Stoppable | None) -> None:
        """From now on signals stop this trainer; without one they raise Interrupted."""
        self._trainer = trainer

    def __enter__(self) -> Self:
        handlers = {
            signal.SIGINT: self._stop,
            signal.SIGTERM: self._stop,
            signal.SIGHUP: self._hang_up,
        }
        for number, handler in handlers.items():
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, handler)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        ours = (self._stop, self._hang_up)
        for number, handler in self._before.items():
            if signal.getsignal(number) in ours:  # not what an application left in their place
                signal.signal(number, handler)

    def _stop(self, number: int, _: FrameType | None) -> None:
        if self._trainer is None:
            raise Interrupted(number)
        if self.received is None:
            self.received = number
            self._trainer.terminate()
        elif number == signal.SIGINT:
            self._trainer.kill()
            raise Interrupted(number)

    def _hang_up(self, number: int, _: FrameType | None) -> None:
        self.hung_up = True
