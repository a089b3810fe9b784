"""Trainers forked by a warm parent: each as if it had been started by itself."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from objtui.errors import DataError
from objtui.runfile.reader import RunReader
from objtui.runs.follow import RunEnd
from objtui.runs.together import TrainingsTogether
from objtui.sweep.reaping import reap
from objtui.trainer import launch, warm
from objtui.trainer.launch import StartedRun, StartingTrainer
from objtui.trainer.warm import ForkedProcess, WarmParent
from tests.conftest import FAKE_TRAINER, wait_until

if TYPE_CHECKING:
    from conftest import Trainers

POINTS = """\
title = "Points"
question = "?"
[data]
source = "points"
features = [[0.0], [1.0], [2.0], [3.0]]
targets = [0, 1, 0, 1]
[train]
steps = {steps}
eval_every = 50
seeds = 2
[[heads]]
name = "bce"
loss = "bce"
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="nothing is forked elsewhere")


@pytest.fixture(scope="module")
def parent() -> Iterator[WarmParent]:
    warm_parent = WarmParent(1)
    wait_until(warm_parent.is_decided)
    assert warm_parent.is_ready
    yield warm_parent
    warm_parent.close()


def start(
    trainers: Trainers, parent: WarmParent | None, text: str = "", steps: int = 100
) -> StartedRun:
    request = trainers.request(text=text or POINTS.format(steps=steps), threads=1)
    starting = StartingTrainer(trainers.runs, parent=parent)
    starting.start(request, lambda process: None)
    trainers.launched.append(starting.finish())
    return trainers.launched[-1]


def test_its_frames_are_those_of_a_trainer_of_its_own_to_the_last_bit(
    parent: WarmParent, trainers: Trainers
) -> None:
    runs = [start(trainers, parent), start(trainers, parent), start(trainers, None)]
    assert [isinstance(run.process, ForkedProcess) for run in runs] == [True, True, False]
    assert [run.process.wait() for run in runs] == [0, 0, 0]
    frames = []
    for run in runs:
        with RunReader(run.path) as reader:
            assert reader.status().state == "finished"
            assert reader.log()
            stored = [each.frame for each in reader.frames_after(0)]
            frames.append([frame.scores.tobytes() for frame in stored if frame.scheduled])
    assert len(frames[0]) == 3
    assert frames[0] == frames[1] == frames[2]
    assert list(trainers.runs.glob("*.log")) == []


def test_signals_reach_it_alone(parent: WarmParent, trainers: Trainers) -> None:
    stopped, killed, third = (start(trainers, parent, steps=10**7) for _ in range(3))
    assert len({os.getsid(run.pid) for run in (stopped, killed, third)}) == 3
    stopped.process.terminate()
    killed.process.kill()
    assert stopped.process.wait() == 0
    assert killed.process.wait() == -signal.SIGKILL
    trainers.goes_on(third.path)
    with RunReader(stopped.path) as one, RunReader(killed.path) as other:
        assert one.status().state == "stopped"
        assert other.status().state == "crashed"


def test_what_is_wrong_with_its_data_is_raised_and_leaves_nothing(
    parent: WarmParent, trainers: Trainers
) -> None:
    batch = POINTS.format(steps=10).replace("seeds = 2", "seeds = 2\nbatch = 9")
    with pytest.raises(DataError, match="9 is more than the 4 training rows"):
        start(trainers, parent, batch)
    assert not trainers.runs.exists()


def test_one_without_a_run_is_known_by_its_log_when_its_launcher_is_gone(
    parent: WarmParent, tmp_path: Path
) -> None:
    log = tmp_path / "starting-abc.log"
    reading, writing = os.pipe()
    with log.open("a+b") as output:
        process = parent.fork(log, output.fileno(), writing)  # and waits for its request
    os.close(reading)
    os.close(writing)
    assert reap(tmp_path) == 1
    assert process.wait() != 0
    assert process.stdin is not None
    process.stdin.close()
    assert list(tmp_path.iterdir()) == []
    assert parent.is_ready


def test_it_outlives_its_parent(trainers: Trainers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "TRAINER", FAKE_TRAINER)
    own = WarmParent(1)
    wait_until(own.is_decided)
    run = start(trainers, own, steps=10**7)
    os.kill(_parent_of(run.pid), signal.SIGKILL)
    trainers.goes_on(run.path)
    assert run.process.poll() is None
    run.process.terminate()
    trainers.wait_for(run.path, lambda status: status.state == "stopped")
    assert run.process.wait() == -signal.SIGKILL  # nobody was told how it ended
    after = start(trainers, own)
    assert not isinstance(after.process, ForkedProcess)
    own.close()


def _parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_trainings_begin_by_themselves_where_there_is_no_parent(
    trainers: Trainers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "TRAINER", FAKE_TRAINER)
    for program in (("/none",), (sys.executable, "-c", "raise SystemExit(1)")):
        monkeypatch.setattr(warm, "PARENT", program)
        requests = [trainers.request({"steps": 30}) for _ in range(2)]
        with TrainingsTogether(requests, jobs=2, threads=1, warm=True) as trainings:
            ends = [each.event for each in trainings.events() if isinstance(each.event, RunEnd)]
        assert [end.status.state for end in ends] == ["finished", "finished"]


def test_a_stop_need_not_wait_for_the_parent(
    trainers: Trainers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warm, "PARENT", (sys.executable, "-c", "import time; time.sleep(10**6)"))
    with TrainingsTogether([trainers.request()], jobs=1, warm=True) as trainings:
        asked = iter([False, False, True])

        def leave() -> bool:
            if next(asked, True):
                trainings.terminate()
            return False

        assert list(trainings.events(leave)) == []
    assert not trainers.runs.exists()
