"""Driving a sweep through a pool that is made up: results, failures, giving up, leaving."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from objtui.errors import ObjtuiError, TrainingError
from objtui.runfile.records import State
from objtui.runs.follow import RunEnd
from objtui.runs.together import TrainingEvent
from objtui.sweep.cells import CellResult
from objtui.sweep.driver import drive
from objtui.sweep.plan import Cell
from objtui.trainer.launch import StartedRun
from tests.runs_for_tests import a_frame, a_header, a_status

CELLS = tuple(Cell(f"{number:010x}", (f"train.lr={number}",)) for number in range(4))


def an_end(state: State, message: str = "", ap: float = 0.5) -> RunEnd:
    status = a_status(state=state, message=message)
    return RunEnd(a_header(), status, None, Path("a.objtui"), a_frame(9, ap=ap), {}, ())


class FakePool:
    """Tells given events in turn; once told to stop, the ends of what it was told to end with."""

    def __init__(self, *events: TrainingEvent, stopped: tuple[TrainingEvent, ...] = ()) -> None:
        self._events, self._stopped = list(events), list(stopped)
        self.told: list[str] = []

    def events(self, leave: Callable[[], bool]) -> Iterator[TrainingEvent]:
        while self._events and not leave():
            yield self._events.pop(0)

    def terminate(self) -> None:
        self.told.append("terminate")
        self._events = self._stopped

    def kill(self) -> None:
        self.told.append("kill")


class Heard:
    """Keeps what a driver tells."""

    def __init__(self) -> None:
        self.results: list[CellResult] = []

    def began(self, cell: Cell, run: StartedRun) -> None:
        """Nothing."""

    def goes_on(self, cell: Cell) -> None:
        """Nothing."""

    def ended(self, result: CellResult) -> None:
        self.results.append(result)


def failures(*places: int) -> list[TrainingEvent]:
    return [TrainingEvent(place, TrainingError(f"no {place}")) for place in places]


def test_every_end_is_told_at_once_and_in_the_order_of_the_ends() -> None:
    heard = Heard()
    pool = FakePool(TrainingEvent(1, an_end("finished", ap=0.25)), TrainingEvent(0, a_header()))
    assert not heard.results
    outcome = drive(CELLS, pool, heard)
    assert [result.cell for result in heard.results] == [CELLS[1]]
    assert outcome.results[CELLS[1].id].values("bce", "ap") == [0.25, 0.25]
    assert outcome.failed == 0


def test_a_cell_that_could_not_begin_has_failed_with_the_words_of_its_error() -> None:
    heard = Heard()
    outcome = drive(CELLS, FakePool(*failures(2)), heard)
    assert [(each.state, each.message) for each in heard.results] == [("failed", "no 2")]
    assert outcome.failed == 1


@pytest.mark.parametrize("state", ["failed", "crashed"])
def test_a_failed_cell_does_not_stop_the_rest(state: State) -> None:
    heard = Heard()
    pool = FakePool(
        TrainingEvent(0, an_end(state, "last words")), TrainingEvent(1, an_end("finished"))
    )
    outcome = drive(CELLS, pool, heard)
    assert [each.state for each in heard.results] == [state, "finished"]
    assert heard.results[0].message == "last words"
    assert (outcome.failed, outcome.gave_up, pool.told) == (1, False, [])


def test_a_cell_whose_heads_have_all_diverged_has_not_failed() -> None:
    assert drive(CELLS, FakePool(TrainingEvent(0, an_end("diverged"))), Heard()).failed == 0


def test_after_too_many_failures_all_are_stopped_once() -> None:
    stopped = (TrainingEvent(2, an_end("stopped")), *failures(3))
    pool = FakePool(*failures(0, 1), TrainingEvent(2, an_end("finished")), stopped=stopped)
    heard = Heard()
    outcome = drive(CELLS, pool, heard, max_failures=2)
    assert pool.told == ["terminate"]
    assert outcome.gave_up
    assert [each.state for each in heard.results] == ["failed", "failed", "stopped", "failed"]


def test_left_alone_it_tells_no_more() -> None:
    heard = Heard()
    drive(CELLS, FakePool(*failures(0)), heard, leave=lambda: True)
    assert heard.results == []


def test_an_error_of_the_pool_is_raised() -> None:
    class Broken(FakePool):
        def events(self, leave: Callable[[], bool]) -> Iterator[TrainingEvent]:
            raise ObjtuiError("the cluster is gone")

    with pytest.raises(ObjtuiError, match="cluster"):
        drive(CELLS, Broken(), Heard())


def test_scores_of_a_cell_without_a_frame_are_none() -> None:
    result = CellResult(CELLS[0])
    assert result.values("bce", "ap") == ()
    assert np.isnan(result.spread("bce", "ap").mean)
