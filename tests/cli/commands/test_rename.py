"""`objtui rename` and `objtui note`, as a person uses them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import CommandLine, Trainers


def test_every_reader_calls_a_renamed_run_by_its_new_name(
    command_line: CommandLine, trainers: Trainers
) -> None:
    trainers.start(train={"steps": 30}).process.wait()
    done = command_line.run("rename", "a-1", "baseline")
    assert (done.returncode, done.stdout, done.stderr) == (0, "a-1 is now baseline\n", "")
    listed = json.loads(command_line.run("runs", "--json").stdout)
    assert (listed["run"], listed["run_file"]) == ("baseline", "runs/baseline.objtui")
    lines = command_line.run("watch", "base", "--json").stdout.splitlines()
    assert json.loads(lines[0])["run"] == "baseline"
    assert "run       baseline\n" in command_line.run("watch", "base", "--headless").stdout


def test_a_taken_or_impossible_name_is_refused(
    command_line: CommandLine, trainers: Trainers
) -> None:
    for _ in range(2):
        trainers.start(train={"steps": 30}).process.wait()
    done = command_line.run("rename", "a-1", "a-2")
    assert done.returncode == 2
    assert done.stderr == (
        "objtui: error: the run 'a-2' exists already in runs; choose another name\n"
    )
    assert command_line.run("rename", "a-1", "last").returncode == 2
    assert sorted(path.name for path in trainers.runs.iterdir()) == ["a-1.objtui", "a-2.objtui"]


def test_a_note_is_listed_with_its_run(command_line: CommandLine, trainers: Trainers) -> None:
    trainers.start(train={"steps": 30}).process.wait()
    done = command_line.run("note", "a-1", "lr", "too", "high")
    assert (done.returncode, done.stdout, done.stderr) == (0, "a-1: lr too high\n", "")
    assert "note      lr too high\n" in command_line.run("watch", "a-1", "--headless").stdout
    assert command_line.run("note", "a-1", "").stdout == "a-1 has no note\n"
    assert "note" not in command_line.run("watch", "a-1", "--headless").stdout


def test_too_long_a_note_is_refused_with_its_length(
    command_line: CommandLine, trainers: Trainers
) -> None:
    trainers.start(train={"steps": 30}).process.wait()
    done = command_line.run("note", "a-1", "x" * 201)
    assert done.returncode == 2
    assert done.stderr == ("objtui: error: a note has at most 200 characters, and this has 201\n")
