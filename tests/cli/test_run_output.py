"""`objtui run` as a process: what it says and its exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.cli.run_cases import FINISHES, lines_of, state_of, wait_for_training
from tests.ui.terminal_driver import FAKE_OBJTUI, Terminal

if TYPE_CHECKING:
    from conftest import CommandLine, Trainers


def test_a_run_without_a_terminal_is_text_and_says_so_once(
    command_line: CommandLine, trainers: Trainers
) -> None:
    done = command_line.run("run", "a.toml", *FINISHES)
    assert done.returncode == 0
    assert done.stderr.count("stdout is no terminal") == 1
    assert "finished after 30 steps" in done.stdout
    assert "holds       It learns" in done.stdout
    assert "\nrun file  runs/a-1.objtui\n" in done.stdout
    assert done.stdout.endswith("\nwhat to do: objtui explain a-1\n")
    assert "\x1b" not in done.stdout + done.stderr
    assert [path.name for path in trainers.runs.iterdir()] == ["a-1.objtui"]


def test_a_json_run_is_strict_json_lines(command_line: CommandLine) -> None:
    done = command_line.run("run", "a.toml", "--json", "--live", *FINISHES)
    assert (done.returncode, done.stderr) == (0, "")
    lines = lines_of(done.stdout)
    frames = [(line["step"], "live" in line) for line in lines if line["type"] == "frame"]
    assert frames == [(0, False)] + [(s, live) for s in (10, 20, 30) for live in (False, True)]
    assert [line["type"] for line in lines if line["type"] != "frame"] == ["run", "claim", "end"]
    assert lines[-1]["state"] == "finished"


def test_live_without_json_is_wrong_usage(command_line: CommandLine, trainers: Trainers) -> None:
    done = command_line.run("run", "a.toml", "--live")
    assert done.returncode == 2
    assert done.stderr == "objtui: error: --live goes with --json\n"
    assert not trainers.runs.exists()


def test_wrong_data_are_exit_2_and_leave_no_run(
    command_line: CommandLine, trainers: Trainers
) -> None:
    done = command_line.run("run", "a.toml", "--json", behaviours=["wrong data"])
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "objtui: error: a.toml: rows.csv: no such file",
        "objtui: error: a.toml: other.csv: no such file",
    ]
    assert lines_of(done.stdout) == [
        {"type": "error", "message": "a.toml: rows.csv: no such file"},
        {"type": "error", "message": "a.toml: other.csv: no such file"},
    ]
    assert not trainers.runs.exists()


def test_a_wrong_scenario_is_an_error_line_too(
    command_line: CommandLine, trainers: Trainers
) -> None:
    done = command_line.run("run", "a.toml", "--json", "--set", "train.lr=-1")
    assert done.returncode == 2
    assert [line["type"] for line in lines_of(done.stdout)] == ["error"]
    assert not trainers.runs.exists()


def test_a_failed_training_is_exit_3_without_a_traceback(command_line: CommandLine) -> None:
    done = command_line.run("run", "a.toml", "--headless", behaviours=["fails"])
    assert done.returncode == 3
    assert done.stderr == (
        "objtui: error: the training failed: ZeroDivisionError: a made-up failure; "
        "the traceback is in the log of runs/a-1.objtui\n"
    )
    assert "failed after 25 steps" in done.stdout
    watched = command_line.run("watch", "last", "--json")
    assert watched.returncode == 3
    assert lines_of(watched.stdout)[-1]["type"] == "error"


def test_a_diverged_training_is_exit_3(command_line: CommandLine) -> None:
    done = command_line.run("run", "a.toml", "--headless", behaviours=["diverges"])
    assert done.returncode == 3
    assert "bce   diverged at step 20" in done.stdout
    assert "every head diverged" in done.stderr


def test_a_detached_run_names_itself_and_goes_on(
    command_line: CommandLine, trainers: Trainers
) -> None:
    done = command_line.run("run", "a.toml", "--detach", "--name", "mine")
    assert (done.returncode, done.stdout) == (0, "mine\nwatch it with: objtui watch mine\n")
    assert state_of(wait_for_training(trainers, "mine")) == "running"
    again = command_line.run("run", "a.toml", "--detach", "--name", "mine")
    assert again.returncode == 2
    assert "'mine' exists already" in again.stderr


def test_a_folder_with_a_blank_is_quoted_in_the_hint(command_line: CommandLine) -> None:
    done = command_line.run("run", "a.toml", "--detach", "--runs", "my runs", *FINISHES)
    assert done.stdout == "a-1\nwatch it with: objtui watch a-1 --runs 'my runs'\n"


def test_a_terminal_that_understands_no_codes_is_not_called_no_terminal(
    command_line: CommandLine, tmp_path: Path
) -> None:
    environ = {**os.environ, "TERM": "dumb"}
    command = (*FAKE_OBJTUI, "run", "a.toml", *FINISHES)
    terminal = Terminal(*command, folder=tmp_path, environ=environ)
    try:
        assert terminal.exit_code() == 0
        said = terminal.written
    finally:
        terminal.close()
    assert "objtui: TERM is dumb: plain text (as with --headless)" in said
    assert "no terminal" not in said


def test_a_real_training_is_recorded_and_its_claims_are_judged(tmp_path: Path) -> None:
    scenario = Path(__file__).parents[2] / "scenarios" / "saturation.toml"
    command = ["-m", "objtui", "run", str(scenario), "--json", "--set", "train.steps=40"]
    done = subprocess.run(
        [sys.executable, *command], cwd=tmp_path, capture_output=True, check=False, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    lines = lines_of(done.stdout)
    steps = [line["step"] for line in lines if line["type"] == "frame"]
    assert (steps[0], steps[-1]) == (0, 40)
    end = lines[-1]
    assert (end["state"], end["steps"]) == ("finished", 40)
    assert end["start_s"] + end["train_s"] + end["eval_s"] <= end["wall_s"]
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["saturation-1.objtui"]
