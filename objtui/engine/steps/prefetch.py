"""Values of successive numbers, each made on a thread while the one before it is used."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

T = TypeVar("T")


class Prefetcher(Generic[T]):
    """Calls `make(n)`, one call at a time, and `make(n + 1)` once n was asked for.

    What comes out depends on `make` alone, never on how far the thread has come: a
    value that it has not begun is made by the one who asks.
    """

    def __init__(self, make: Callable[[int], T]) -> None:
        self._make = make
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ahead")
        self._number: int | None = None
        self._value: T
        self._next: Future[T] | None = None

    def get(self, number: int) -> T:
        """The value of a number; that of the next is made meanwhile."""
        if number != self._number:
            self._value = self._made(number)
            self._number = number
            self._next = self._thread.submit(self._make, number + 1)
        return self._value

    def _made(self, number: int) -> T:
        ahead, self._next = self._next, None
        if ahead is None or ahead.cancel():
            return self._make(number)
        value = ahead.result()  # begun: wait for it, wanted or not
        wanted = self._number is not None and number == self._number + 1
        return value if wanted else self._make(number)
