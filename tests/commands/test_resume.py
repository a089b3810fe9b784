"""`objtui resume`: runs that ended early go on, in the same file."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pexpect
import pytest

from objtui.runfile.commands import send_command
from objtui.runfile.reader import RunReader

if TYPE_CHECKING:
    from conftest import CommandLine, Trainers

TESTS = Path(__file__).parents[1]

FOR_EVER = 1_000_000


def start(trainers: Trainers, until_step: int, steps: int = FOR_EVER, **changes: Any) -> Path:
    """A run with a checkpoint each 50 steps, as far as some step."""
    train = {"steps": steps, "seeds": [0, 1], "checkpoint_every": 50}
    request = trainers.request()
    path = trainers.start(scenario={**request.scenario, "train": train}, **changes).path
    trainers.wait_for(path, lambda status: status.step >= until_step)
    return path


def change_header(path: Path, **changes: Any) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        (text,) = connection.execute("SELECT json FROM header").fetchone()
        text = json.dumps({**json.loads(text), **changes})
        connection.execute("UPDATE header SET json = ?", (text,))


def assert_each_step_is_there_once(path: Path) -> None:
    with RunReader(path) as reader:
        last = reader.status().step
        frames = reader.frames_after(scheduled_only=True)
        traces = reader.loss_traces_after()
    assert [stored.frame.step for stored in frames] == [*range(0, last + 1, 10)]
    assert [stored.trace.last_step for stored in traces] == [*range(1, last + 1)]


def state_of(path: Path) -> str:
    with RunReader(path) as reader:
        return reader.status().state


def test_a_stopped_and_a_killed_run_go_on_to_their_end_with_each_step_once(
    command_line: CommandLine, trainers: Trainers
) -> None:
    path = start(trainers, 60, steps=5000)
    trainers.stop(path)
    done = command_line.run("resume", "a-1", "--detach")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "a-1\nwatch it with: objtui watch a-1\n"
    trainers.goes_on(path)
    trainers.kill(path)
    done = command_line.run("resume", "a-1", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    end = json.loads(done.stdout.splitlines()[-1])
    assert (end["type"], end["state"], end["steps"]) == ("end", "finished", 5000)
    assert [each.name for each in trainers.runs.iterdir()] == ["a-1.objtui"]
    assert_each_step_is_there_once(path)
    with RunReader(path) as reader:
        log = reader.log()
        assert reader.checkpoint() == (5000, b"step 5000")
        assert reader.header().run == "a-1"
    assert log.count("begins on cpu") == 1
    assert log.count("goes on after step") == 2
    assert log.count("finished after step 5000") == 1


def test_a_run_that_failed_before_any_checkpoint_begins_anew(
    command_line: CommandLine, trainers: Trainers
) -> None:
    path = trainers.start("fails").path
    trainers.wait_for(path, lambda status: status.state == "failed")
    done = command_line.run("resume", "last", "--headless")
    assert done.returncode == 3
    assert "objtui: a-1 has no checkpoint yet and begins anew" in done.stderr
    assert "the training failed: ZeroDivisionError" in done.stderr
    with RunReader(path) as reader:
        steps = [stored.frame.step for stored in reader.frames_after(scheduled_only=True)]
        assert steps == [0, 10, 20]
        assert reader.log().count("Traceback") == 2


def test_a_paused_run_whose_trainer_was_killed_goes_on_unpaused(
    command_line: CommandLine, trainers: Trainers
) -> None:
    path = start(trainers, 60)
    send_command(path, "pause")
    trainers.wait_for(path, lambda status: status.state == "paused")
    trainers.kill(path)
    assert command_line.run("resume", "a-1", "--detach").returncode == 0
    trainers.goes_on(path)


def test_a_run_in_training_is_refused_and_left_alone(
    command_line: CommandLine, trainers: Trainers
) -> None:
    path = trainers.start().path
    step = trainers.wait_for(path, lambda status: status.step >= 10).step
    done = command_line.run("resume", "a-1", "--json")
    assert done.returncode == 2
    assert "objtui: error: the run a-1 is running (process " in done.stderr
    assert json.loads(done.stdout)["type"] == "error"
    assert trainers.wait_for(path, lambda status: status.step > step).state == "running"


@pytest.mark.parametrize("title", ["finishes", "diverges"])
def test_a_run_with_nothing_left_to_do_is_refused(
    title: str, command_line: CommandLine, trainers: Trainers
) -> None:
    launched = trainers.start(title)
    launched.process.wait()
    before = launched.path.read_bytes()
    done = command_line.run("resume", "a-1")
    assert done.returncode == 2
    assert "`objtui run`" in done.stderr
    assert launched.path.read_bytes() == before
    assert [each.name for each in trainers.runs.iterdir()] == ["a-1.objtui"]


def test_of_two_that_resume_at_once_one_goes_on_and_the_other_is_told(
    command_line: CommandLine, trainers: Trainers
) -> None:
    path = start(trainers, 60)
    trainers.stop(path)
    both = [command_line.start("resume", "a-1", "--detach") for _ in range(2)]
    answers = [process.communicate()[1] for process in both]
    assert sorted(process.returncode for process in both) == [0, 2]
    (refused,) = [answer for answer in answers if answer]
    assert "is on this run" in refused or "is running" in refused or "is starting" in refused
    trainers.goes_on(path)
    trainers.stop(path)
    assert_each_step_is_there_once(path)


def test_a_copied_run_goes_on_by_itself_from_any_folder(
    command_line: CommandLine, trainers: Trainers, tmp_path: Path
) -> None:
    path = start(trainers, 60)
    trainers.stop(path)
    (tmp_path / "elsewhere").mkdir()
    copy = Path(shutil.copy(path, tmp_path / "elsewhere" / "copy.objtui"))
    before = path.read_bytes()
    command_line.folder = tmp_path / "elsewhere"
    done = command_line.run("resume", "copy.objtui", "--detach")
    assert done.stdout == "copy\nwatch it with: objtui watch copy --runs .\n"
    trainers.goes_on(copy)
    trainers.stop(copy)
    assert_each_step_is_there_once(copy)
    assert path.read_bytes() == before


def test_data_that_have_changed_are_refused_and_the_run_is_left_as_it_was(
    command_line: CommandLine, trainers: Trainers, tmp_path: Path
) -> None:
    (tmp_path / "digest").write_text("of the first rows")
    path = start(trainers, 60, base=str(tmp_path))
    trainers.stop(path)
    before = path.read_bytes()
    (tmp_path / "digest").write_text("of other rows")
    done = command_line.run("resume", "a-1")
    assert done.returncode == 2
    assert "a-1.objtui: the data files have changed since this run began" in done.stderr
    assert path.read_bytes() == before
    assert [each.name for each in trainers.runs.iterdir()] == ["a-1.objtui"]


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
def test_a_run_goes_on_with_as_many_threads_as_it_began_with(
    trainers: Trainers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    path = start(trainers, 60)
    trainers.stop(path)
    change_header(path, threads=7)
    launched = trainers.resume(path)
    assert b"\0OMP_NUM_THREADS=7\0" in Path(f"/proc/{launched.pid}/environ").read_bytes()
    # The fake trainer has one thread, whatever it is told.
    assert launched.notices == ("the last digits may differ: threads 7 is now 1",)


@pytest.mark.parametrize(
    ("request_text", "words"),
    [("{}", "training loop of its own"), ('{"scenario": 7}', "damaged"), ("{", "damaged")],
)
def test_a_request_that_is_none_of_ours_is_named(
    request_text: str, words: str, command_line: CommandLine, trainers: Trainers
) -> None:
    path = start(trainers, 60)
    trainers.stop(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE scenario SET request = ?", (request_text,))
    done = command_line.run("resume", "a-1")
    assert done.returncode == 2
    assert words in done.stderr
    assert state_of(path) == "stopped"


def test_a_signal_stops_a_resumed_training_with_a_checkpoint(
    command_line: CommandLine, trainers: Trainers
) -> None:
    path = start(trainers, 60)
    trainers.stop(path)
    process = command_line.start("resume", "a-1", "--headless")
    trainers.goes_on(path)
    process.send_signal(signal.SIGTERM)
    process.communicate()
    assert process.returncode == 143
    with RunReader(path) as reader:
        status = reader.status()
        assert status.state == "stopped"
        assert reader.checkpoint() == (status.step, f"step {status.step}".encode())


def test_a_terminal_shows_the_dashboard_with_what_was_recorded_before(
    command_line: CommandLine, trainers: Trainers, tmp_path: Path
) -> None:
    path = start(trainers, 60)
    trainers.stop(path)
    program = str(TESTS / "fake_objtui.py")
    environ = {**os.environ, "TERM": "xterm", "LANG": "C.UTF-8"}
    with pexpect.spawn(
        sys.executable,
        [program, "resume", "a-1"],
        cwd=str(tmp_path),
        env=environ,
        dimensions=(40, 120),
    ) as terminal:
        terminal.expect("running")
        terminal.send("q")
        terminal.expect("Quit: what becomes of the training")
        terminal.send("s")
        terminal.expect("run file  runs/a-1.objtui")
        terminal.expect(pexpect.EOF)
        terminal.close()
        assert terminal.exitstatus == 0
    assert_each_step_is_there_once(path)


REAL = """
title = "resumed"
[data]
source = "gaussians"
train_rows = 400
val_rows = 100
dim = 4
[model]
backbone = "mlp"
hidden = [8]
[train]
steps = 10_000
batch = 32
optimizer = "adam"
seeds = 2
checkpoint_every = 100
[[heads]]
name = "bce"
loss = "bce"
[[heads]]
name = "mse"
loss = "mse"
"""


def test_a_real_training_that_was_killed_and_stopped_ends_in_the_same_bits(
    tmp_path: Path, trainers: Trainers
) -> None:
    (tmp_path / "real.toml").write_text(REAL)
    environ = {**os.environ, "OMP_NUM_THREADS": "1"}

    def objtui(*arguments: str) -> None:
        subprocess.run(
            [sys.executable, "-m", "objtui", *arguments],
            cwd=tmp_path,
            env=environ,
            check=True,
            capture_output=True,
        )

    objtui("run", "real.toml", "--headless", "--name", "whole")
    objtui("run", "real.toml", "--detach", "--name", "cut")
    cut = trainers.runs / "cut.objtui"
    trainers.wait_for(cut, lambda status: status.step >= 200)
    trainers.kill(cut)
    objtui("resume", "cut", "--headless")
    whole, resumed = (read_bits(trainers.runs / f"{name}.objtui") for name in ("whole", "cut"))
    assert resumed == whole
    with RunReader(cut) as reader:
        assert "cut goes on after step" in reader.log()
        assert "begins anew" not in reader.log()


def read_bits(path: Path) -> Any:
    """Everything of a run but times."""
    with RunReader(path) as reader:
        frames = [stored.frame for stored in reader.frames_after(scheduled_only=True)]
        traces = [stored.trace for stored in reader.loss_traces_after()]
        checkpoint = reader.checkpoint()
    assert checkpoint is not None
    return (
        [(frame.step, frame.scores.tobytes(), frame.counts.tobytes()) for frame in frames],
        [(trace.first_step, trace.last_step, trace.mean.tobytes()) for trace in traces],
        # Behind the header, which holds the clock, lie the tensors.
        checkpoint[1][8 + int.from_bytes(checkpoint[1][:8], "little") :],
    )
