"""How far a long building of data is, told to whoever asked to hear it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

ProgressListener = Callable[[str, float], None]
"""Is told what is being built and the share of it that is done, in [0, 1]."""

MIN_DURATION_S, MAX_SILENCE_S = 1.0, 60.0
"""Progress is said at most so often, and where any was made at least so often."""

MIN_SHARE = 0.05
"""Progress that is said before MAX_SILENCE_S have passed."""

_heard_by: ContextVar[ProgressListener | None] = ContextVar("heard_by", default=None)


@contextmanager
def progress_to(listener: ProgressListener) -> Iterator[None]:
    """Within the block `listener` is told now and then how far a building of data is."""
    token = _heard_by.set(listener)
    try:
        yield
    finally:
        _heard_by.reset(token)


class Progress:
    """What is being built. Tells the surrounding `progress_to`, if there is one."""

    def __init__(self, what: str, total: int, clock: Callable[[], float] = time.monotonic) -> None:
        """`total`: of whatever is counted. What is built within MIN_DURATION_S is not spoken of."""
        self._what, self._total, self._clock = what, total, clock
        self._hear = _heard_by.get()
        self._said_at, self._said_share = clock(), 0.0

    def done(self, count: int) -> None:
        """So many of the total are done."""
        if self._hear is None:
            return
        now, share = self._clock(), count / self._total
        silent_s, further = now - self._said_at, share - self._said_share
        if (silent_s >= MIN_DURATION_S and further >= MIN_SHARE) or silent_s >= MAX_SILENCE_S:
            self._said_at, self._said_share = now, share
            self._hear(self._what, share)
