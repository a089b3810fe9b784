"""Values made ahead on a thread: the same as without one, whatever the thread does."""

from __future__ import annotations

import threading

import pytest

from objtui.engine.steps.batches import Prefetcher


def test_every_number_gives_its_own_value_in_any_order() -> None:
    ahead = Prefetcher(lambda number: number * number)
    for number in (0, 1, 2, 2, 7, 8, 3, 0):
        assert ahead.get(number) == number * number


def test_the_next_value_is_made_while_one_is_used() -> None:
    made = {number: threading.Event() for number in range(3)}

    def make(number: int) -> int:
        made[number].set()
        return number

    ahead = Prefetcher(make)
    ahead.get(0)
    assert made[1].wait(30)
    assert not made[2].is_set()


def test_a_value_that_the_thread_has_not_begun_is_made_by_the_one_who_asks() -> None:
    busy, go_on, makers = threading.Event(), threading.Event(), {}

    def make(number: int) -> int:
        makers[number] = threading.current_thread()
        return number

    def wait() -> None:
        busy.set()
        go_on.wait(30)

    ahead = Prefetcher(make)
    ahead._thread.submit(wait)
    assert busy.wait(30)
    assert [ahead.get(0), ahead.get(1)] == [0, 1]
    assert makers[1] is threading.current_thread()
    go_on.set()


def test_calls_never_overlap_wherever_one_jumps() -> None:
    one_at_a_time = threading.Lock()

    def make(number: int) -> int:
        assert one_at_a_time.acquire(blocking=False)
        sum(range(20_000))
        one_at_a_time.release()
        return number

    ahead = Prefetcher(make)
    assert [ahead.get(number) for number in [5, 6, 1, 2, 9] * 40] == [5, 6, 1, 2, 9] * 40


def test_what_goes_wrong_on_the_thread_is_raised_where_the_value_is_asked() -> None:
    begun = threading.Event()

    def make(number: int) -> int:
        if number == 1:
            begun.set()
            raise ZeroDivisionError("number 1")
        return number

    ahead = Prefetcher(make)
    ahead.get(0)
    assert begun.wait(30)
    with pytest.raises(ZeroDivisionError, match="number 1"):
        ahead.get(1)
