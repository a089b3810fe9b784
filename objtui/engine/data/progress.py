"""How far a long building of data is, told to whoever asked to hear it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Hear = Callable[[str, float], None]
"""Is told what is being built and the share of it that is done, in [0, 1]."""

QUIET_S, SILENT_S = 1.0, 60.0
"""Progress is said at most so often, and where any was made at least so often."""

LEAST_SHARE = 0.05
"""Progress that is said before SILENT_S have passed."""

_heard_by: ContextVar[Hear | None] = ContextVar("heard_by", default=None)


@contextmanager
def heard_building(hear: Hear) -> Iterator[None]:
    """Within the block `hear` is told now and then how far a building of data is."""
    token = _heard_by.set(hear)
    try:
        yield
    finally:
        _heard_by.reset(token)


class Building:
    """What is being built. Tells the surrounding `heard_building`, if there is one."""

    def __init__(self, what: str, total: int, clock: Callable[[], float] = time.monotonic) -> None:
        """`total`: of whatever is counted. What is built within QUIET_S is not spoken of."""
        self._what, self._total, self._clock = what, total, clock
        self._hear = _heard_by.get()
        self._said_at, self._said_share = clock(), 0.0

    def done(self, count: int) -> None:
        """So many of the total are done."""
        if self._hear is None:
            return
        now, share = self._clock(), count / self._total
        silent_s, further = now - self._said_at, share - self._said_share
        if (silent_s >= QUIET_S and further >= LEAST_SHARE) or silent_s >= SILENT_S:
            self._said_at, self._said_share = now, share
            self._hear(self._what, share)
