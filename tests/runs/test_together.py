"""Several trainings at once: so many and no more, each to its own end, stopped together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from objtui.errors import ObjtuiError, TrainingError
from objtui.runfile.reader import RunReader
from objtui.runs.follow import RunEnd
from objtui.runs.together import TrainingEvent, TrainingsTogether, threads_each
from objtui.trainer import launch
from objtui.trainer.launch import StartedRun
from objtui.trainer.request import TrainRequest
from tests.conftest import A_SCENARIO, FAKE_TRAINER

if TYPE_CHECKING:
    from conftest import Trainers


@pytest.fixture(autouse=True)
def fake(monkeypatch: pytest.MonkeyPatch) -> None:
    behaviours = ("breaks=fails", "lacks=wrong data")
    monkeypatch.setattr(launch, "TRAINER", (*FAKE_TRAINER, *behaviours))


def requests(trainers: Trainers, **steps: int) -> list[TrainRequest]:
    """A request a name, of so many steps."""
    return [
        trainers.request(
            {"steps": count},
            scenario_path=f"{name}.toml",
            name=name,
            text=A_SCENARIO.replace("A title", name),
        )
        for name, count in steps.items()
    ]


def ends(events: list[TrainingEvent]) -> dict[int, str]:
    """By place how each training ended."""
    return {
        each.place: each.event.status.state if isinstance(each.event, RunEnd) else str(each.event)
        for each in events
        if isinstance(each.event, RunEnd | ObjtuiError)
    }


@pytest.mark.parametrize(("jobs", "cores", "threads"), [(1, 16, None), (2, 2, 1), (4, 16, 3)])
def test_they_share_out_the_cores_that_one_takes(
    jobs: int, cores: int, threads: int | None
) -> None:
    assert threads_each(jobs, cores) == threads


def test_no_more_train_at_a_time_than_there_are_jobs(trainers: Trainers, tmp_path: Path) -> None:
    active: set[int] = set()
    most = 0
    gate = tmp_path / "gate"  # behind which they wait until two of them train
    gate.touch()
    held = [
        replace(request, base=str(tmp_path))
        for request in requests(trainers, a=30, b=30, c=30, d=30)
    ]
    group = TrainingsTogether(held, jobs=2, threads=1)
    with group as trainings:
        events = []
        for each in trainings.events():
            events.append(each)
            if isinstance(each.event, StartedRun):
                active.add(each.place)
            elif isinstance(each.event, RunEnd):
                active.discard(each.place)
            most = max(most, len(active))
            if most == 2:
                gate.unlink(missing_ok=True)
    assert most == 2
    assert ends(events) == dict.fromkeys(range(4), "finished")
    paths = [each.event.path for each in events if isinstance(each.event, StartedRun)]
    for path in paths:
        with RunReader(path) as reader:
            assert TrainRequest.from_json(reader.request()).threads == 1
        assert not path.with_name(path.name + "-wal").exists()


def test_one_that_fails_keeps_none_of_the_others(trainers: Trainers) -> None:
    with TrainingsTogether(requests(trainers, lacks=30, breaks=40, holds=30), jobs=3) as trainings:
        ended = ends(list(trainings.events()))
    assert "no such file" in ended[0]
    assert (ended[1], ended[2]) == ("failed", "finished")


def test_all_are_stopped_and_no_other_begins(trainers: Trainers) -> None:
    group = TrainingsTogether(requests(trainers, a=10**6, b=10**6, c=30), jobs=2)
    with group as trainings:
        started = 0
        events = []
        for each in trainings.events():
            events.append(each)
            started += isinstance(each.event, StartedRun)
            if started == 2 and not trainings.stopping:
                trainings.terminate()
    assert ends(events) == {0: "stopped", 1: "stopped"}


def test_one_alone_can_be_stopped(trainers: Trainers) -> None:
    with TrainingsTogether(requests(trainers, a=10**6, b=30), jobs=2) as trainings:
        events = []
        for each in trainings.events():
            events.append(each)
            if isinstance(each.event, RunEnd) and each.place == 1:
                trainings.terminate_one(0)
    assert ends(events) == {0: "stopped", 1: "finished"}


def test_an_error_of_the_reader_stops_them_and_waits(trainers: Trainers) -> None:
    path = trainers.runs / "a.objtui"

    def read() -> None:
        with TrainingsTogether(requests(trainers, a=10**6), jobs=1) as trainings:
            for each in trainings.events():
                if isinstance(each.event, StartedRun):
                    raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        read()
    with RunReader(path) as reader:
        assert reader.status().state == "stopped"


def test_left_alone_they_go_on(trainers: Trainers) -> None:
    path = trainers.runs / "a.objtui"
    begun: list[TrainingEvent] = []
    with TrainingsTogether(requests(trainers, a=10**6), jobs=1) as trainings:
        for each in trainings.events(lambda: len(begun) > 1):
            begun.append(each)
    assert not any(isinstance(each.event, RunEnd) for each in begun)
    trainers.goes_on(path)
    trainers.stop(path)
    (started,) = [each.event for each in begun if isinstance(each.event, StartedRun)]
    started.process.wait()


def test_requests_are_taken_when_there_is_room(trainers: Trainers) -> None:
    taken: list[str] = []

    def one_by_one() -> Iterator[TrainRequest]:
        for request in requests(trainers, a=30, lacks=30, b=30):
            taken.append(Path(request.scenario_path).stem)
            yield replace(request, threads=2)

    with TrainingsTogether(one_by_one(), jobs=1, threads=1) as trainings:
        for each in trainings.events():
            if isinstance(each.event, RunEnd | TrainingError):
                assert len(taken) == each.place + 1
    assert taken == ["a", "lacks", "b"]
