"""Reading runs again and again: what is news, and how a long run is read in breaths."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from objtui.errors import ObjtuiError, RunFileError
from objtui.runs.source import Changes
from objtui.ui.dashboard.reading import BREATH_S, News, Reading


@dataclass
class Runs:
    """Runs of which each poll gives the next of some changes."""

    polls: list[Changes | ObjtuiError]
    behind_until: int = 0
    history: Any = None
    ended: bool = False
    polled: int = 0

    @property
    def behind(self) -> bool:
        return self.polled < self.behind_until

    def poll(self) -> Changes:
        self.polled += 1
        changes = self.polls.pop(0) if self.polls else Changes()
        if isinstance(changes, ObjtuiError):
            raise changes
        self.history = "a run"
        return changes


@dataclass
class Screen:
    """What a screen does with a reading."""

    news: list[News] = field(default_factory=list)
    errors: list[ObjtuiError] = field(default_factory=list)
    waiting: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    def reading(self, runs: Any) -> Reading:
        def wait(seconds: float, then: Callable[[], None]) -> None:
            self.waiting.append((seconds, then))

        return Reading(runs, wait=wait, take=self.news.append, fail=self.errors.append)


def test_a_run_is_opened_once() -> None:
    screen, runs = Screen(), Runs([])
    reading = screen.reading(runs)
    reading.read()
    reading.read()
    assert screen.news == [News(opened=True), News()]


def test_what_was_read_is_left_out_of_searches_for_garbage_until_it_is_closed() -> None:
    gc.unfreeze()
    screen = Screen()
    reading = screen.reading(Runs([], behind_until=2))
    reading.read()
    assert gc.get_freeze_count() == 0  # more is to come
    _, go_on = screen.waiting.pop()
    go_on()
    assert gc.get_freeze_count() > 0
    reading.close()
    assert gc.get_freeze_count() == 0


def test_an_end_is_another_status_and_a_new_note_of_a_run_that_goes_on_is_none() -> None:
    screen, runs = Screen(), Runs([Changes(), Changes(status=True), Changes(status=True)])
    reading = screen.reading(runs)
    reading.read()
    reading.read()
    runs.ended = True
    reading.read()
    assert [news.status for news in screen.news] == [False, False, True]


def test_a_long_run_is_read_on_between_readings_and_told_of_at_its_end() -> None:
    screen, runs = Screen(), Runs([], behind_until=4)
    screen.reading(runs).read()
    while screen.waiting:
        assert len(screen.waiting) == 1  # however often it is read meanwhile
        seconds, then = screen.waiting.pop()
        assert seconds == BREATH_S
        then()
    assert runs.polled == 4
    assert screen.news == [News(opened=True), News(status=True)]


def test_two_readings_of_a_long_run_wait_for_one_breath() -> None:
    screen, runs = Screen(), Runs([], behind_until=9)
    reading = screen.reading(runs)
    reading.read()
    reading.read()
    assert len(screen.waiting) == 1


def test_of_a_run_that_is_gone_nothing_but_its_error_is_told() -> None:
    screen, error = Screen(), RunFileError("a.objtui: it is gone")
    reading = screen.reading(Runs([error]))
    reading.read()
    assert screen.errors == [error]
    assert not screen.news
    assert reading.poll() is not None
