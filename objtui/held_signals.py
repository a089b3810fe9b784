"""Letting SIGINT and SIGTERM wait for a moment in which they would break something."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


@contextmanager
def held_signals() -> Iterator[None]:
    """SIGINT and SIGTERM that come within the block are handled at its end, in their order.

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
        for number in (signal.SIGINT, signal.SIGTERM):
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
