"""`objtui rm`: what goes is said and asked about first."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.ui.terminal_driver import FAKE_OBJTUI, Terminal

if TYPE_CHECKING:
    from conftest import CommandLine, Trainers


def test_several_runs_go_at_once(command_line: CommandLine, trainers: Trainers) -> None:
    for _ in range(3):
        trainers.start(train={"steps": 30}).process.wait()
    done = command_line.run("rm", "a-1", "a-3", "a-1", "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split(",")[0] for line in done.stdout.splitlines()] == [
        "removed a-1",
        "removed a-3",
    ]
    assert [path.name for path in trainers.runs.iterdir()] == ["a-2.objtui"]


def test_without_a_terminal_nothing_goes_unless_yes_is_said(
    command_line: CommandLine, trainers: Trainers
) -> None:
    trainers.start(train={"steps": 30}).process.wait()
    done = command_line.run("rm", "last")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "objtui: error: stdin is no terminal to ask on; --yes removes without asking\n"
    )
    assert (trainers.runs / "a-1.objtui").exists()


def test_one_that_cannot_go_keeps_the_others(command_line: CommandLine, trainers: Trainers) -> None:
    trainers.start(train={"steps": 30}).process.wait()
    running = trainers.start().path
    done = command_line.run("rm", "a-1", "a-2", "--yes")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == ("objtui: error: the run a-2 is running; `objtui stop` ends it first\n")
    assert (trainers.runs / "a-1.objtui").exists()
    trainers.goes_on(running)


def test_a_damaged_run_goes(command_line: CommandLine, trainers: Trainers) -> None:
    path = trainers.start(train={"steps": 30}).path
    trainers.launched[0].process.wait()
    path.write_bytes(path.read_bytes()[:3000])
    assert command_line.run("rm", "a-1", "--yes").returncode == 0
    assert not path.exists()


@pytest.mark.parametrize(("answer", "stays"), [("n", True), ("", True), ("y", False)])
def test_a_terminal_is_asked(
    command_line: CommandLine, trainers: Trainers, tmp_path: Path, answer: str, stays: bool
) -> None:
    path = trainers.start(train={"steps": 30}).path
    trainers.launched[0].process.wait()
    terminal = Terminal(*FAKE_OBJTUI, "rm", "a-1", folder=tmp_path, environ=dict(os.environ))
    try:
        terminal.wait_for("Remove 1 run, ")
        assert "a-1  finished" in "\n".join(terminal.lines())
        terminal.press(f"{answer}\r")
        assert terminal.exit_code() == 0
    finally:
        terminal.close()
    assert path.exists() == stays
