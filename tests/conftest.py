"""Runs, frames and trainers for the tests of more than one part."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from objtui.errors import RunFileError
from objtui.measures.frames import Frame
from objtui.measures.pictures import PictureContent
from objtui.runfile import commands, connecting
from objtui.runfile.commands import send_command
from objtui.runfile.names import log_path, reserve
from objtui.runfile.reader import RunReader
from objtui.runfile.records import ENDED, RunHeader, RunStatus
from objtui.runfile.writer import RunWriter
from objtui.trainer import launch as launching
from objtui.trainer.launch import StartedRun, launch
from objtui.trainer.request import TrainRequest, request_to_resume
from tests.patience import GIVE_UP_S, be_patient
from tests.runs_for_tests import a_frame, a_header
from tests.warm_programs import PARENT, WarmProcess, parent_of_programs

TESTS = Path(__file__).parent
FAKE_TRAINER = (sys.executable, str(TESTS / "fake_trainer.py"))

A_SCENARIO = """
title = "A title"
[data]
source = "points"
features = [[0.0], [1.0]]
targets = [0, 1]
[train]
steps = 1_000_000
seeds = 2
batch = 2
[[heads]]
name = "bce"
loss = "bce"
"""

A_CLAIM = """
[[claims]]
text = "It learns"
test = "bce.nll < 10"
"""

# Under nohup, or as a background job, signals come in ignored, and programs started
# from here would rightly keep them so; what they do with signals is tested.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

launching.OwnProcess = WarmProcess  # type: ignore[attr-defined]
be_patient()
commands.BUSY_TIMEOUT_S = connecting.BUSY_TIMEOUT_S = GIVE_UP_S  # which they have taken over by now

# What is compiled here is kept beside what pytest keeps, not in the user's own cache.
LIBRARIES = TESTS.parent / ".pytest_cache" / "objtui-steps"
os.environ.setdefault("OBJTUI_CACHE", str(LIBRARIES))

# How long an example takes says how busy the machine is.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# Fewer examples where they are the same every time: what more of them find, they find once.
settings.register_profile(
    "repeatable", settings.get_profile("patient"), derandomize=True, max_examples=40
)
settings.load_profile("patient")


@pytest.fixture(autouse=True)
def state_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder for state, which is a test's own; it is made only where it is needed."""
    folder = tmp_path_factory.getbasetemp() / f"state-{uuid.uuid4().hex}"
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    return folder


@pytest.fixture
def header() -> Callable[..., RunHeader]:
    return a_header


@pytest.fixture
def frame() -> Callable[..., Frame]:
    return a_frame


@pytest.fixture
def new_run(tmp_path: Path) -> Iterator[Callable[..., RunWriter]]:
    """A function that makes a run file, by default in the test's own folder; all are closed."""
    writers: list[RunWriter] = []

    def make(
        name: str = "a-run",
        folder: Path = tmp_path,
        contents: Sequence[PictureContent] = (),
        **changes: Any,
    ) -> RunWriter:
        _, path = reserve(folder, "a.toml", name)
        header = a_header(name, **changes)
        writers.append(RunWriter(path, header, "title = 'A title'", "{}", contents))
        return writers[-1]

    yield make
    for writer in writers:
        writer.close()


@dataclass
class Trainers:
    """Starts fake trainers into one folder and ends all of them after the test."""

    runs: Path
    launched: list[StartedRun] = field(default_factory=list)

    def request(self, train: dict[str, Any] | None = None, **changes: Any) -> TrainRequest:
        """A request; `train` says what is other than usual in that table of the scenario."""
        values = {
            "scenario_path": "a.toml",
            "text": A_SCENARIO,
            "base": ".",
            "runs": str(self.runs),
            "overrides": tuple(f"train.{key}={value}" for key, value in (train or {}).items()),
        }
        return TrainRequest(**{**values, **changes})

    def start(self, *behaviours: str, **changes: Any) -> StartedRun:
        """Start a run; `behaviours` are of its trainer (see fake_trainer.py)."""
        program = (*FAKE_TRAINER, *behaviours)
        self.launched.append(launch(self.request(**changes), self.runs, program=program))
        return self.launched[-1]

    def resume(self, path: Path, *behaviours: str) -> StartedRun:
        """Go on with a run that has ended, as `objtui resume` does."""
        with RunReader(path) as reader:
            request = request_to_resume(path, reader.header(), reader.request())
        program = (*FAKE_TRAINER, *behaviours)
        self.launched.append(launch(request, path.parent, program=program))
        return self.launched[-1]

    def stop(self, path: Path) -> None:
        """Stop a run by command, until its trainer has left the file."""
        send_command(path, "stop")
        self.wait_for(path, lambda status: status.state == "stopped")
        wait_until(lambda: not log_path(path).exists())

    def kill(self, path: Path) -> None:
        """End the trainer of a run at once, until it shows."""
        with RunReader(path) as reader:
            os.kill(reader.status().pid, signal.SIGKILL)
        self.wait_for(path, lambda status: status.state == "crashed")

    def goes_on(self, path: Path, steps: int = 60) -> None:
        """Wait until so many more steps of a run are trained."""
        with RunReader(path) as reader:
            before = reader.status().step
        self.wait_for(
            path, lambda status: status.state == "running" and status.step >= before + steps
        )

    def wait_for(self, path: Path, reached: Callable[[RunStatus], bool]) -> RunStatus:
        """The first status that satisfies the condition."""
        return wait_until(lambda: _status(path), lambda status: status and reached(status))

    def end_all(self) -> None:
        for launched in self.launched:
            launched.process.kill()
            launched.process.wait()
        for path in self.runs.glob("*.objtui") if self.runs.exists() else ():
            with contextlib.suppress(RunFileError), RunReader(path) as reader:
                status = reader.status()
                if status.state not in ENDED and status.pid != os.getpid():
                    os.kill(status.pid, signal.SIGKILL)


@pytest.fixture(scope="session")
def warm_parent() -> Iterator[None]:
    """What forks the programs of tests."""
    with parent_of_programs():
        yield


@pytest.fixture
def own_interpreters(monkeypatch: pytest.MonkeyPatch, warm_parent: None) -> None:
    """Programs begin as a user's do: children of what starts them, with an environment."""
    monkeypatch.delenv(PARENT, raising=False)


@pytest.fixture
def trainers(tmp_path: Path, warm_parent: None) -> Iterator[Trainers]:
    started = Trainers(tmp_path / "runs")
    yield started
    started.end_all()


@dataclass
class CommandLine:
    """Runs `objtui` with fake trainers in a process of its own, in the test's folder."""

    folder: Path
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(
        self, *arguments: str, behaviours: Sequence[str] = (), **options: Any
    ) -> subprocess.Popen[str]:
        """`behaviours` are of its trainers (see fake_trainer.py)."""
        if behaviours:
            trainer = shlex.join(["fake_trainer.py", *behaviours])
            options["env"] = {**options.get("env", os.environ), "OBJTUI_TRAINER": trainer}
        process = WarmProcess(
            [sys.executable, str(TESTS / "fake_objtui.py"), *arguments],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            text=True,
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options},
        )
        self.processes.append(process)
        return process

    def run(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments, **options)
        out, err = process.communicate(timeout=GIVE_UP_S)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def end_all(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()
            for stream in (process.stdout, process.stderr):
                if stream:
                    stream.close()


@pytest.fixture
def command_line(tmp_path: Path, trainers: Trainers) -> Iterator[CommandLine]:
    """`objtui` beside a scenario `a.toml`; its runs go to the folder of `trainers`."""
    (tmp_path / "a.toml").write_text(A_SCENARIO + A_CLAIM)
    commands = CommandLine(tmp_path)
    yield commands
    commands.end_all()


@pytest.fixture
def until() -> Callable[..., Any]:
    return wait_until


def wait_until(look: Callable[[], Any], reached: Callable[[Any], Any] = bool) -> Any:
    """What `look` gives, once it satisfies the condition."""
    deadline = time.monotonic() + GIVE_UP_S
    while not reached(found := look()):
        assert time.monotonic() < deadline, f"did not come: the last was {found!r}"
        time.sleep(0.01)
    return found


def _status(path: Path) -> RunStatus | None:
    try:
        with RunReader(path) as reader:
            return reader.status()
    except RunFileError:
        return None
