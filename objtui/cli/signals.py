"""What SIGINT, SIGTERM and SIGHUP do to a command that follows a run."""

from __future__ import annotations

import signal
from types import FrameType, TracebackType
from typing import Any, Self

from objtui.errors import Interrupted
from objtui.trainer.launch import Process

LEAVE_TIMEOUT_S = 10.0
"""How long a trainer that has written its end may take to leave."""

__all__ = ["FollowSignals", "Interrupted"]


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
        self._trainer: Process | None = None
        self._before: dict[int, Any] = {}

    def stop_with(self, trainer: Process | None) -> None:
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
        for number, handler in self._before.items():
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
