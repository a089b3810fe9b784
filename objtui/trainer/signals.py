"""SIGINT and SIGTERM: kept back where they would break something, or taken as a stop."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


@contextmanager
def held_signals(*numbers: signal.Signals) -> Iterator[None]:
    """Signals that come within the block are handled at its end, in their order.

    By default SIGINT and SIGTERM.

    Signals that are ignored stay so. Off the main thread, where Python handles no
    signals, the block is left as it is.
    """
    # Handlers, not a signal mask: a process started within would inherit the mask, and
    # the threads of numpy, which have none, would take the signals all the same.
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []

    def hold(number: int, _: FrameType | None) -> None:
        came.append(number)

    before: dict[int, Any] = {}
    try:
        for number in numbers or (signal.SIGINT, signal.SIGTERM):
            if (handler := signal.getsignal(number)) not in (signal.SIG_IGN, None):
                before[number] = handler
                signal.signal(number, hold)
        yield
    finally:
        for held, handler in before.items():
            signal.signal(held, handler)
        for each in came:
            if callable(handler := before[each]):
                handler(each, None)
            else:
                signal.raise_signal(each)


class StopSignals:
    """SIGINT and SIGTERM: while preparing they end the process, later they ask for a stop.

    A hang-up is ignored: the training outlives its terminal.
    """

    def __init__(self) -> None:
        self._came: int | None = None
        self._training = False

    @property
    def stop_requested(self) -> bool:
        """Whether a signal has asked for a stop."""
        return self._came is not None

    def begin_training(self) -> None:
        """The preparation is over: from now on signals ask for a stop."""
        self._training = True
        if self._came is not None:
            raise SystemExit(128 + self._came)  # some library has swallowed the first

    def install(self) -> None:
        """Take over the signals of this process."""
        signal.signal(signal.SIGINT, self._handle)
        signal.signal(signal.SIGTERM, self._handle)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def _handle(self, number: int, _: FrameType | None) -> None:
        self._came = number
        if not self._training:
            raise SystemExit(128 + number)
