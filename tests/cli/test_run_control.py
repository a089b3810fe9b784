"""`objtui pause`, `continue`, `stop`, `runs` and `doctor`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import CommandLine, Trainers


def leave_empty(path: Path) -> None:
    """An empty file, too old to be that of a run about to begin."""
    path.touch()
    os.utime(path, (0, 0))


def test_a_training_is_paused_continued_and_stopped_from_another_terminal(
    command_line: CommandLine, trainers: Trainers
) -> None:
    launched = trainers.start()
    for command, state in (("pause", "paused"), ("continue", "running"), ("stop", "stopped")):
        done = command_line.run(command, "a-1")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith(f"a-1: {state} at step ")
    assert launched.process.wait() == 0


def test_a_run_that_has_ended_takes_no_command(
    command_line: CommandLine, trainers: Trainers
) -> None:
    trainers.start(train={"steps": 30}).process.wait()
    done = command_line.run("pause", "last")
    assert done.returncode == 2
    assert done.stderr == "objtui: error: the run a-1 has ended already: it is finished\n"


def test_runs_are_listed_a_line_each_by_name(command_line: CommandLine, trainers: Trainers) -> None:
    trainers.start(train={"steps": 30}).process.wait()
    trainers.start("fails").process.wait()
    leave_empty(trainers.runs / "b.objtui")
    done = command_line.run("runs")
    assert done.returncode == 0
    lines = [line.split() for line in done.stdout.splitlines()]
    assert lines[0][:5] == ["a-2", "failed", "a.toml", "cpu", "25/1000000"]
    assert lines[1][:5] == ["a-1", "finished", "a.toml", "cpu", "30/30"]
    assert lines[2] == ["b", "unreadable", "the", "file", "is", "empty"]


def test_runs_are_listed_as_json_lines(command_line: CommandLine, trainers: Trainers) -> None:
    trainers.start(train={"steps": 30}).process.wait()
    leave_empty(trainers.runs / "b.objtui")
    run, broken = map(json.loads, command_line.run("runs", "--json").stdout.splitlines())
    assert (run["run"], run["state"], run["step"], run["steps"]) == ("a-1", "finished", 30, 30)
    assert run["run_file"] == "runs/a-1.objtui"
    assert (broken["state"], broken["message"]) == ("unreadable", "the file is empty")
    assert broken["step"] is None


def test_without_runs_nothing_is_listed(command_line: CommandLine) -> None:
    done = command_line.run("runs", "--runs", "none")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "objtui: there are no runs in none\n"


def test_the_doctor_names_terminal_machine_and_folder(command_line: CommandLine) -> None:
    done = command_line.run("doctor")
    assert (done.returncode, done.stderr) == (0, "")
    found = {line.split()[0]: line.split(maxsplit=1)[1] for line in done.stdout.splitlines()}
    assert set(found) == {
        *("stdout", "colours", "glyphs", "size", "pictures", "python", "cores", "torch", "threads"),
        *("devices", "compiler", "ray", "runs", "disk"),
    }
    assert found["devices"].startswith("cpu")
    assert "writable, made at the first run" in found["runs"]


def test_following_a_run_imports_no_torch() -> None:
    program = (
        "import sys, objtui.cli.following, objtui.cli.commands.doctor, objtui.trainer.process;"
        " print('torch' in sys.modules)"
    )
    command = [sys.executable, "-c", program]
    answer = subprocess.run(command, capture_output=True, check=True, text=True)
    assert answer.stdout == "False\n"
