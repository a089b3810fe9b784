"""How far a long building of data is, told to a listener now and then."""

from __future__ import annotations

import time
from collections.abc import Callable

from objtui.session import ProgressListener

MIN_DURATION_S, MAX_SILENCE_S = 1.0, 60.0
"""Progress is said at most so often, and where any was made at least so often."""

MIN_SHARE = 0.05
"""Progress that is said before MAX_SILENCE_S have passed."""


class Progress:
    """What is being built."""

    def __init__(
        self,
        what: str,
        total: int,
        listener: ProgressListener,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`total`: of whatever is counted. What is built within MIN_DURATION_S is not spoken of."""
        self._what, self._total, self._listener, self._clock = what, total, listener, clock
        self._said_at, self._said_share = clock(), 0.0

    def done(self, count: int) -> None:
        """So many of the total are done."""
        now, share = self._clock(), count / self._total
        silent_s, further = now - self._said_at, share - self._said_share
        if (silent_s >= MIN_DURATION_S and further >= MIN_SHARE) or silent_s >= MAX_SILENCE_S:
            self._said_at, self._said_share = now, share
            self._listener(self._what, share)
