"""Work on many images at once, by threads: decoding, painting and resizing let each other run."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import torch

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
