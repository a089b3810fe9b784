"""Work on many images at once, by threads, and how far it is."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import torch

from objtui.session import ProgressListener

Item = TypeVar("Item")
Result = TypeVar("Result")

_AHEAD = 4  # items a worker that are handed out before the first result is taken


def workers() -> int:
    """As many as torch's threads: one fewer than there are cores, or OMP_NUM_THREADS."""
    return torch.get_num_threads()


def in_parallel(work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """The results of `work`, in the order of the items.

    Few items are handed out ahead. What `work` raises, or whoever takes the results,
    ends the work on all others.
    """
    with ThreadPoolExecutor(workers()) as pool:
        waiting: deque[Future[Result]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) >= _AHEAD * workers():
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


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
