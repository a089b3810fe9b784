"""`objtui resume` of runs that cannot go on: exit 2, and the file as it was."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.commands.resume_cases import assert_each_step_is_there_once, start, state_of

if TYPE_CHECKING:
    from conftest import CommandLine, Trainers


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


@pytest.mark.parametrize("behaviours", [(), ("diverges",)])
def test_a_run_with_nothing_left_to_do_is_refused(
    behaviours: tuple[str, ...], command_line: CommandLine, trainers: Trainers
) -> None:
    launched = trainers.start(*behaviours, train={"steps": 30})
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
