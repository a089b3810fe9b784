"""Following a run file to the end of its run."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from objtui.measures.frames import Frame
from objtui.measures.spread import spread
from objtui.runfile import writer as writer_module
from objtui.runfile.reader import RunReader
from objtui.runfile.records import RunHeader, RunStatus, RunSummary
from objtui.runfile.writer import RunWriter
from objtui.runs import follow as follow_module
from objtui.runs.follow import RunEnd, follow

SUMMARY = RunSummary(steps=100, wall_s=5.0, start_s=1.0, train_s=2.0, eval_s=0.5)

NewRun = Callable[..., RunWriter]


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow_module, "POLL_S", 0.0)
    monkeypatch.setattr(writer_module, "CLOSE_TIMEOUT_S", 0.0)


def test_events_come_in_order_and_each_frame_once(new_run: NewRun, frame: Callable) -> None:
    run = new_run()
    run.append_frame(frame(0))
    kinds: list[object] = []
    with RunReader(run.path) as reader:
        for event in follow(reader):
            kinds.append(event.step if isinstance(event, Frame) else type(event))
            if kinds.count(RunStatus) == 1 and kinds[-1] is RunStatus:
                run.append_frame(frame(50, scheduled=False))
                run.append_frame(frame(100))
            if kinds.count(RunStatus) == 2 and kinds[-1] is RunStatus:
                run.finish("finished", SUMMARY, "")
    assert kinds[0] is RunHeader
    assert [kind for kind in kinds if isinstance(kind, int)] == [0, 50, 100]
    assert kinds[-1] is RunEnd
    assert kinds.count(RunEnd) == 1


def end_of(path: Path) -> RunEnd:
    with RunReader(path) as reader:
        *_, end = follow(reader)
    assert isinstance(end, RunEnd)
    return end


def test_the_end_has_summary_verdicts_and_the_last_frame(new_run: NewRun, frame: Callable) -> None:
    run = new_run()
    run.append_frame(frame(0, gap=1.0))
    run.append_frame(frame(100, gap=1e-3))
    run.finish("finished", SUMMARY, "")
    end = end_of(run.path)
    assert end.summary == SUMMARY
    assert end.last is not None
    assert end.last.step == 100
    assert [verdict.verdict for verdict in end.verdicts] == ["holds"]


def test_a_failed_run_judges_no_claim(new_run: NewRun, frame: Callable) -> None:
    run = new_run()
    run.append_frame(frame(0))
    run.finish("failed", SUMMARY, "", "OutOfMemoryError: too large")
    end = end_of(run.path)
    assert end.status.state == "failed"
    assert end.status.message == "OutOfMemoryError: too large"
    assert end.verdicts == ()


def test_the_death_of_the_trainer_ends_it_as_crashed(new_run: NewRun, frame: Callable) -> None:
    with new_run() as run:
        run.append_frame(frame(0))
        run._connection.execute("UPDATE status SET pid_started = pid_started - 1")
        end = end_of(run.path)
    assert end.status.state == "crashed"
    assert end.summary is None
    assert end.last is not None


def test_the_step_at_which_a_head_diverged_is_told(new_run: NewRun, frame: Callable) -> None:
    run = new_run()
    run.append_frame(frame(0))
    for step in (10, 20):
        lost = frame(step)
        lost.diverged[1, 0] = True
        run.append_frame(lost)
    run.finish("finished", SUMMARY, "")
    assert end_of(run.path).diverged_at == {"ce": 10}


def test_whoever_follows_may_leave_without_an_end(new_run: NewRun) -> None:
    answers: Iterator[bool] = iter([False, True])
    with new_run() as run, RunReader(run.path) as reader:
        events = list(follow(reader, leave=lambda: next(answers)))
    assert [type(event) for event in events] == [RunHeader, RunStatus]


def test_the_spread_over_seeds_is_the_sample_deviation() -> None:
    values = [1.0, 2.0, 4.0]
    found = spread(values)
    assert found.mean == pytest.approx(7 / 3)
    assert found.sd == pytest.approx(math.sqrt(sum((v - 7 / 3) ** 2 for v in values) / 2))
    assert math.isnan(spread([1.0]).sd)
    assert math.isnan(spread(np.array([1.0, math.nan])).mean)
    assert math.isnan(spread([]).mean)
