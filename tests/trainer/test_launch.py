"""Starting a trainer: its run, or why there is none."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from objtui.errors import DataError, ScenarioError, TrainingError, UsageError
from objtui.runfile.reader import RunReader
from objtui.trainer import launch as launch_module
from objtui.trainer.launch import Process, begin_launch, launch
from objtui.trainer.own_process import OwnProcess
from tests.conftest import A_SCENARIO

if TYPE_CHECKING:
    from conftest import Trainers

FAKE_TRAINER = (sys.executable, str(Path(__file__).parents[1] / "fake_trainer.py"))

Until = Callable[..., object]


def test_a_run_is_trained_to_its_end_in_a_session_of_its_own(trainers: Trainers) -> None:
    launched = trainers.start(train={"steps": 30})
    assert (launched.run, launched.path) == ("a-1", trainers.runs / "a-1.objtui")
    assert os.getsid(launched.pid) == launched.pid
    assert launched.process.wait() == 0
    assert [path.name for path in trainers.runs.iterdir()] == ["a-1.objtui"]
    assert stat.S_IMODE(launched.path.stat().st_mode) == 0o600
    with RunReader(launched.path) as reader:
        assert reader.status().state == "finished"
        frames = [entry.frame for entry in reader.frames_after(scheduled_only=True)]
        assert [frame.step for frame in frames] == [0, 10, 20, 30]
        assert [entry.trace.last_step for entry in reader.loss_traces_after()] == [*range(1, 31)]
        assert reader.checkpoint() == (30, b"step 30")
        assert "a stray print of some library" in reader.log()
    with closing(sqlite3.connect(launched.path)) as connection:
        assert connection.execute("SELECT text FROM scenario").fetchall() == [(A_SCENARIO,)]
    with RunReader(launched.path) as reader:
        summary = reader.summary()
        assert summary is not None
        assert summary.steps == 30
        assert summary.start_s > 0
        assert summary.train_s == pytest.approx(0.030)
        assert summary.wall_s > summary.start_s + summary.train_s


def test_two_trainers_started_at_once_get_two_names(trainers: Trainers) -> None:
    first, second = trainers.start(), trainers.start()
    assert {first.run, second.run} == {"a-1", "a-2"}
    for launched in (first, second):
        trainers.wait_for(launched.path, lambda status: status.step >= 1)


def test_wrong_data_are_raised_here_and_leave_nothing(trainers: Trainers) -> None:
    with pytest.raises(DataError) as caught:
        trainers.start("wrong data")
    lines = ["a.toml: rows.csv: no such file", "a.toml: other.csv: no such file"]
    assert caught.value.lines() == lines
    assert not trainers.runs.exists()


def test_a_folder_of_runs_that_was_there_stays_when_data_are_wrong(trainers: Trainers) -> None:
    trainers.runs.mkdir()
    with pytest.raises(DataError):
        trainers.start("wrong data")
    assert list(trainers.runs.iterdir()) == []


def test_a_name_that_is_taken_is_refused_before_anything_starts(trainers: Trainers) -> None:
    trainers.start(train={"steps": 30}, name="mine").process.wait()
    with pytest.raises(UsageError, match="'mine' exists already"):
        launch(trainers.request(name="mine"), trainers.runs, program=("/none",))
    with pytest.raises(UsageError, match="cannot name a run"):
        trainers.start(name=".mine")


@pytest.mark.parametrize(
    ("behaviour", "message"),
    [
        ("breaks early", "failed before the run began: ZeroDivisionError: a made-up fault"),
        ("dies early", r"ended by SIGKILL \(out of memory\?\) before the run began"),
    ],
)
def test_a_trainer_that_breaks_before_its_run_is_told_and_its_log_kept(
    trainers: Trainers, behaviour: str, message: str
) -> None:
    with pytest.raises(TrainingError, match=message) as caught:
        trainers.start(behaviour)
    (log,) = trainers.runs.iterdir()
    assert str(log) in str(caught.value)
    assert "Traceback" not in str(caught.value)


def test_a_trainer_that_dies_once_its_log_is_beside_the_run_is_told(trainers: Trainers) -> None:
    program = "import os, sys; os.unlink(sys.argv[2]); os.kill(os.getpid(), 9)"
    with pytest.raises(TrainingError, match=r"by SIGKILL .*`objtui runs` shows what is left"):
        launch(trainers.request(), trainers.runs, program=(sys.executable, "-c", program))


def test_a_trainer_of_a_missing_program_leaves_nothing(trainers: Trainers) -> None:
    with pytest.raises(FileNotFoundError):
        launch(trainers.request(), trainers.runs, program=("/none",))
    assert not trainers.runs.exists()


@pytest.mark.parametrize("error", [ImportError, KeyboardInterrupt])
def test_what_goes_wrong_while_a_trainer_starts_ends_it_and_leaves_nothing(
    trainers: Trainers, error: type[BaseException]
) -> None:
    begun: list[Process] = []

    def break_off() -> None:
        assert begun[0].poll() is None
        raise error

    program = (*FAKE_TRAINER, "waits")
    with pytest.raises(error):
        launch(
            trainers.request(),
            trainers.runs,
            started=begun.append,
            meanwhile=break_off,
            program=program,
        )
    assert begun[0].returncode is not None
    assert not trainers.runs.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_interrupt_as_soon_as_there_is_a_trainer_leaves_nothing(
    trainers: Trainers, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    begun: list[OwnProcess] = []

    class InterruptedProcess(OwnProcess):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            begun.append(self)
            signal.raise_signal(number)  # earlier than anyone could know the process

    monkeypatch.setattr(launch_module, "OwnProcess", InterruptedProcess)
    told: list[object] = []
    before = signal.signal(number, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            launch(trainers.request(), trainers.runs, started=told.append, program=FAKE_TRAINER)
    finally:
        signal.signal(number, before)
    assert told == begun
    assert begun[0].returncode is not None
    assert not trainers.runs.exists()


def test_an_error_while_the_request_is_sent_ends_the_trainer(
    trainers: Trainers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    begun: list[Any] = []
    monkeypatch.setattr("objtui.trainer.launch._send", interrupted)
    with pytest.raises(KeyboardInterrupt):
        launch(trainers.request(), trainers.runs, started=begun.append, program=FAKE_TRAINER)
    assert begun[0].returncode is not None
    assert not trainers.runs.exists()


def test_a_file_of_the_user_beside_the_runs_is_never_touched(trainers: Trainers) -> None:
    trainers.runs.mkdir()
    others = {"mine.log": "notes", "a-1.log": "more", "a-1.objtui.log": "an old log"}
    for name, text in others.items():
        (trainers.runs / name).write_text(text)
    assert trainers.start(train={"steps": 30}, name="mine").process.wait() == 0
    launched = trainers.start(train={"steps": 30})
    assert launched.process.wait() == 0
    assert launched.run == "a-2"
    assert {name: (trainers.runs / name).read_text() for name in others} == others
    with pytest.raises(UsageError, match=r"would overwrite .*a-1\.objtui\.log"):
        trainers.start(name="a-1")


def test_a_signal_that_a_library_swallows_ends_the_preparation_all_the_same(
    trainers: Trainers, tmp_path: Path, until: Until
) -> None:
    request = trainers.request(base=str(tmp_path))
    starting = begin_launch(request, trainers.runs, program=(*FAKE_TRAINER, "swallows a signal"))
    until((tmp_path / "waiting").exists)
    starting.process.terminate()
    with pytest.raises(TrainingError, match="ended with exit code 143 before the run began"):
        starting.finish()
    assert not trainers.runs.exists()


def test_a_trainer_that_does_not_end_when_told_is_killed(
    trainers: Trainers, tmp_path: Path, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("objtui.trainer.launch.LEAVE_S", 0.2)
    request = trainers.request(base=str(tmp_path))
    starting = begin_launch(request, trainers.runs, program=(*FAKE_TRAINER, "ignores signals"))
    until((tmp_path / "waiting").exists)
    starting.abort()
    assert starting.process.returncode == -signal.SIGKILL
    assert not trainers.runs.exists()


def test_a_notice_of_the_data_reaches_who_waits_for_the_run_and_its_log(
    trainers: Trainers,
) -> None:
    launched = trainers.start("has a notice")
    assert launched.notices == ("a notice of the data", "a notice of the steps")
    trainers.stop(launched.path)
    with RunReader(launched.path) as reader:
        assert "a notice of the data\n" in reader.log()


def test_of_these_a_resumed_run_repeats_what_is_said_of_its_steps(trainers: Trainers) -> None:
    launched = trainers.start("has a notice")
    trainers.wait_for(launched.path, lambda status: status.step >= 1)
    trainers.stop(launched.path)
    assert trainers.resume(launched.path, "has a notice").notices == ("a notice of the steps",)


def test_a_large_run_file_is_announced(trainers: Trainers) -> None:
    launched = trainers.start("many frames")  # a frame every ten of a million steps
    (notice,) = launched.notices
    assert notice.startswith("100 001 frames of 2 members will take about 240 MB")


def test_a_module_of_the_working_directory_does_not_pass_for_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trainers: Trainers
) -> None:
    (tmp_path / "pydantic.py").write_text("raise SystemExit(9)")
    monkeypatch.chdir(tmp_path)
    request = trainers.request(scenario={"title": "not a whole scenario"})
    with pytest.raises(TrainingError, match="failed before the run began: ValidationError"):
        launch(request, trainers.runs)


def test_all_problems_of_a_scenario_are_raised_here_and_leave_nothing(trainers: Trainers) -> None:
    with pytest.raises(ScenarioError) as caught:
        trainers.start(overrides=("train.lr=-1", "train.batch=0"))
    assert len(caught.value.problems) == 2
    assert not trainers.runs.exists()


def test_who_waits_for_a_run_is_told_how_far_the_building_of_its_data_is(
    trainers: Trainers, tmp_path: Path
) -> None:
    told: list[str] = []

    def tell(building: str) -> None:
        told.append(building)
        (tmp_path / "go on").touch()

    request = trainers.request(base=str(tmp_path))
    launched = launch(request, trainers.runs, tell=tell, program=(*FAKE_TRAINER, "builds for long"))
    trainers.launched.append(launched)
    assert told == ["building training anchors 42 %"]
