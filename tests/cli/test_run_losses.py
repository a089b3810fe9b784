"""`objtui run` when something it needs is lost: a process, its output, the run's folder."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from objtui.runfile.processes import process_started
from objtui.runfile.reader import RunReader
from tests.cli.run_cases import lines_of, state_of, wait_for_training

if TYPE_CHECKING:
    from conftest import CommandLine, Trainers

Until = Callable[..., Any]

TESTS = Path(__file__).parents[1]


def test_a_trainer_whose_launcher_is_gone_leaves_no_log_of_wrong_data(
    command_line: CommandLine, trainers: Trainers, tmp_path: Path, until: Until
) -> None:
    process = command_line.start("run", "a.toml", behaviours=["waits for wrong data"])
    waiting = tmp_path / "waiting"
    trainer = int(until(lambda: waiting.exists() and waiting.read_text()))
    process.kill()
    process.communicate()
    (tmp_path / "go on").touch()
    until(lambda: process_started(trainer) is None)
    assert list(trainers.runs.iterdir()) == []


def test_the_death_of_the_command_leaves_the_training_going(
    command_line: CommandLine, trainers: Trainers
) -> None:
    process = command_line.start("run", "a.toml", "--headless")
    path = wait_for_training(trainers)
    process.kill()
    process.communicate()
    with RunReader(path) as reader:
        step = reader.status().step
    assert trainers.wait_for(path, lambda status: status.step > step + 50).state == "running"


def test_a_closed_stdout_leaves_the_training_going_and_says_how_to_watch(
    command_line: CommandLine, trainers: Trainers
) -> None:
    process = command_line.start("run", "a.toml", "--json")
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    process.wait()
    assert process.stderr is not None
    assert process.stderr.read() == (
        "objtui: stdout was closed; the training goes on: objtui watch a-1\n"
    )
    assert process.returncode == 0
    assert state_of(trainers.runs / "a-1.objtui") == "running"


def test_a_killed_trainer_is_exit_3(command_line: CommandLine, trainers: Trainers) -> None:
    process = command_line.start("run", "a.toml", "--json")
    path = wait_for_training(trainers)
    with RunReader(path) as reader:
        os.kill(reader.status().pid, signal.SIGKILL)
    out, err = process.communicate()
    assert process.returncode == 3
    assert [line["type"] for line in lines_of(out)[-2:]] == ["end", "error"]
    assert "its log is in runs/a-1.objtui.log" in err


def test_a_full_disk_behind_stdout_leaves_the_training_going_and_says_how_to_watch(
    command_line: CommandLine, trainers: Trainers
) -> None:
    with open("/dev/full", "w") as full:
        for form in ("--headless", "--json"):
            done = command_line.run("run", "a.toml", form, stdout=full)
            assert done.returncode == 2
            assert "objtui: error: stdout: No space left on device; the training goes on: " in (
                done.stderr
            )
            assert len(done.stderr.splitlines()) == 1
    for name in ("a-1", "a-2"):
        assert state_of(wait_for_training(trainers, name)) == "running"


def test_a_folder_of_runs_that_is_removed_ends_its_training_with_one_line(
    command_line: CommandLine, trainers: Trainers, until: Until
) -> None:
    process = command_line.start("run", "a.toml", "--headless")
    path = wait_for_training(trainers)
    with RunReader(path) as reader:
        trainer = reader.status().pid
    os.kill(trainer, signal.SIGSTOP)  # else it might tidy up in the middle of this
    shutil.rmtree(trainers.runs)
    os.kill(trainer, signal.SIGCONT)
    _, err = process.communicate()
    assert process.returncode == 3
    assert err == ("objtui: error: runs/a-1.objtui: the run file was removed, moved or replaced\n")
    until(lambda: process_started(trainer) is None)
    assert not trainers.runs.exists()


def test_a_folder_of_runs_that_is_moved_keeps_a_run_that_failed(
    trainers: Trainers, tmp_path: Path
) -> None:
    launched = trainers.start()
    trainers.wait_for(launched.path, lambda status: status.step > 10)
    moved = trainers.runs.rename(tmp_path / "moved") / "a-1.objtui"
    assert launched.process.wait() == 3
    with RunReader(moved) as reader:
        status = reader.status()
        assert status.state == "failed"
        assert "the run file was removed, moved or replaced" in status.message
        assert len(reader.frames_after()) > 1


def test_a_trainer_whose_launcher_died_before_it_asked_for_anything_leaves_nothing(
    tmp_path: Path, trainers: Trainers
) -> None:
    whole = trainers.request(runs=str(tmp_path)).to_json()
    for text in ("", whole[: len(whole) // 2]):
        log = tmp_path / "starting.log"
        reading, writing = os.pipe()
        with log.open("wb") as output:
            done = subprocess.run(
                [sys.executable, str(TESTS / "fake_trainer.py"), str(writing), str(log)],
                input=text.encode(),
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=(writing,),
                check=False,
            )
        os.close(writing)
        os.close(reading)
        assert done.returncode == 2
        assert list(tmp_path.iterdir()) == []
