"""`objtui` without a command: the picker in a terminal, else the help."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from objtui.cli.main import main
from objtui.runfile.reader import RunReader
from tests.ui.terminal_driver import FAKE_OBJTUI, Terminal

if TYPE_CHECKING:
    from conftest import CommandLine, Trainers


def test_without_a_terminal_a_folder_of_runs_changes_nothing_about_the_help(
    command_line: CommandLine,
) -> None:
    bare, with_folder = command_line.run(), command_line.run("--runs", "elsewhere")
    assert (with_folder.returncode, with_folder.stderr) == (0, "")
    assert with_folder.stdout == bare.stdout
    assert "--runs DIR" in bare.stdout


def test_in_a_terminal_it_picks_among_the_runs_of_that_folder_and_trains_into_it(
    command_line: CommandLine, trainers: Trainers, tmp_path: Path
) -> None:
    trainers.start(train={"steps": 30}, name="recorded").process.wait()
    elsewhere = trainers.runs.rename(tmp_path / "else where")
    environ = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
    environ.pop("OBJTUI_RUNS", None)
    command = (*FAKE_OBJTUI, "--runs", "else where")
    terminal = Terminal(*command, folder=tmp_path, environ=environ)
    try:
        terminal.wait_for("recorded")
        terminal.press("\x1b[H")  # home: the scenario file of this folder
        terminal.wait_for("a.toml, in this folder")
        terminal.press("\r")
        terminal.wait_for("running")
        terminal.press("q")
        terminal.wait_for("Quit: what becomes of the training")
        terminal.press("s")
        terminal.wait_for("recorded runs (2)", "a.toml, in this folder")  # on the row it came from
        terminal.press("q")
        assert terminal.exit_code() == 0
    finally:
        terminal.close()
    with RunReader(elsewhere / "a-1.objtui") as reader:
        assert reader.status().state == "stopped"
    assert not trainers.runs.exists()


def test_q_in_a_dashboard_leads_back_to_the_row_and_ctrl_q_leaves_both(
    trainers: Trainers, tmp_path: Path
) -> None:
    for name in ("first", "second"):
        trainers.start(train={"steps": 30}, name=name).process.wait()
    environ = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
    environ.pop("OBJTUI_RUNS", None)
    terminal = Terminal(*FAKE_OBJTUI, folder=tmp_path, environ=environ)
    try:
        terminal.wait_for("recorded runs (2)")
        terminal.press("\t\x1b[F")  # end: the run that was started first
        terminal.wait_for("first, finished")
        terminal.press("\r")
        terminal.wait_for("bce ── AP")
        terminal.press("q")
        terminal.wait_for("recorded runs (2)", "first, finished")
        terminal.press("\r")
        terminal.wait_for("bce ── AP")
        terminal.press("\x11")  # ctrl+q
        assert terminal.exit_code() == 0
    finally:
        terminal.close()


def test_a_scenario_that_cannot_be_started_is_marked_with_its_first_problem(
    command_line: CommandLine, tmp_path: Path
) -> None:
    (tmp_path / "a.toml").write_text('title = "Torn"\n[data]\n[[heads]]\nname = "bce"\n')
    environ = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
    terminal = Terminal(*FAKE_OBJTUI, folder=tmp_path, environ=environ)
    try:
        terminal.wait_for("a.toml, in this folder")
        terminal.press("\r")
        terminal.wait_for("a.toml is broken: ")
        terminal.press("q")
        assert terminal.exit_code() == 0
        assert "objtui: error: " in terminal.written
        assert "heads[0].loss: missing" in terminal.written
    finally:
        terminal.close()


def test_the_folder_of_runs_may_also_stand_before_a_command(
    command_line: CommandLine, trainers: Trainers
) -> None:
    trainers.start(train={"steps": 30}, name="recorded").process.wait()
    folder = str(trainers.runs)
    for arguments in (["--runs", folder, "runs"], ["--runs", "none", "runs", "--runs", folder]):
        listed = command_line.run(*arguments)
        assert (listed.returncode, listed.stderr) == (0, "")
        assert listed.stdout.split()[:2] == ["recorded", "finished"]


def test_a_folder_of_runs_before_a_command_without_runs_is_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--runs", "elsewhere", "scenarios"]) == 2
    said = "objtui: error: --runs does not go with scenarios (see `objtui --help`)\n"
    assert capsys.readouterr().err == said
