"""`objtui sweep` as a process: cells, failures, ends of the driver, going on."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from objtui.cli.parser import run_command_line
from objtui.errors import ObjtuiError, RunFileError
from objtui.measures.frames import Frame
from objtui.runfile.processes import process_started, this_host
from objtui.runfile.reader import RunReader
from objtui.runfile.records import ENDED
from objtui.sweep.cells import default_sort
from objtui.sweep.halving import StopRule
from objtui.sweep.plan import Factor
from objtui.sweep.record import Driver, SweepRecord, read_record, write_record
from tests.conftest import A_SCENARIO

if TYPE_CHECKING:
    from conftest import CommandLine, Trainers

TWO = ("sweep", "a.toml", "--over", "train.lr=1e-3,1e-2", "--set", "train.steps=30", "--jobs", "2",
       "--name", "s")  # fmt: skip
"""A sweep of two cells of 30 steps."""

POINTS = """\
title = "Points"
question = "?"
[data]
source = "points"
features = [[0.0], [1.0], [2.0], [3.0]]
targets = [0, 1, 0, 1]
[[heads]]
name = "bce"
loss = "bce"
"""

GRID = ("--over", "train.lr=1e-3,1e-2", "--over", "heads.bce.lr_scale=1,10")


@pytest.fixture
def sweep(command_line: CommandLine) -> tuple[str, ...]:
    """The arguments of a sweep of four cells of 30 steps."""
    return ("sweep", "a.toml", *GRID, "--set", "train.steps=30", "--jobs", "2", "--name", "s")


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def frames(path: Path) -> list[Frame]:
    with RunReader(path) as reader:
        return [each.frame for each in reader.frames_after(0, limit=1000) if each.frame.scheduled]


def status_of(path: Path) -> Any:
    try:
        with RunReader(path) as reader:
            return reader.status()
    except RunFileError:
        return None


def in_training(folder: Path, step: int) -> list[int]:
    """Trainers that are at this step or further, once there are two."""
    statuses = [status_of(path) for path in folder.glob("*.objtui")]
    pids = [s.pid for s in statuses if s and s.state not in ENDED and s.step >= step]
    return pids if len(pids) == 2 else []


def children(pid: int) -> list[int]:
    """The processes that this one has started, and that have not been adopted."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return [int(each) for task in threads for each in (task / "children").read_text().split()]


def lives(pid: int) -> bool:
    """Whether a process has not ended; one that nobody has waited for yet has."""
    return process_started(pid) is not None


def test_json_lines_are_the_sweep_a_line_a_cell_and_the_end(
    command_line: CommandLine, sweep: tuple[str, ...]
) -> None:
    done = command_line.run(*sweep, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    first, *cells, last = lines(done.stdout)
    assert first == {
        "type": "sweep",
        "sweep": "s",
        "cells": 4,
        "factors": {"train.lr": [1e-3, 1e-2], "heads.bce.lr_scale": [1, 10]},
    }
    assert last == {"type": "end", "state": "finished", "finished": 4, "failed": 0}
    settings = [tuple(each["overrides"].values()) for each in cells]
    assert sorted(settings) == [(1e-3, 1), (1e-3, 10), (1e-2, 1), (1e-2, 10)]
    for cell in cells:
        assert set(cell) == {"type", "cell", "run", "state", "overrides", "scores", "message"}
        assert cell["run"] == f"s/{cell['cell']}"
        assert cell["scores"]["bce"]["nll"]["values"] == [1 / 31, 1 / 31]


@pytest.mark.thorough
def test_cells_are_runs_with_the_numbers_of_runs_by_set(
    command_line: CommandLine, trainers: Trainers, sweep: tuple[str, ...]
) -> None:
    assert command_line.run(*sweep).returncode == 0
    record = read_record(trainers.runs / "s")
    assert {each.name for each in (trainers.runs / "s").iterdir()} == {
        "sweep.json", *(f"{cell.id}.objtui" for cell in record.cells)
    }  # fmt: skip
    cell = record.cells[3]
    command_line.run(
        "run", "a.toml", "--headless", "--name", "alone", "--set", "train.steps=30",
        *(text for each in cell.overrides for text in ("--set", each)),
    )  # fmt: skip
    ours, alone = (
        frames(trainers.runs / "s" / f"{cell.id}.objtui"),
        frames(trainers.runs / "alone.objtui"),
    )
    assert len(ours) == len(alone) == 4
    for a, b in zip(ours, alone, strict=True):
        np.testing.assert_array_equal(a.scores, b.scores)
    shown = command_line.run("watch", f"s/{cell.id}", "--headless")
    assert shown.returncode == 0


def test_readers_take_a_sweep_too(
    command_line: CommandLine,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def objtui(*arguments: str) -> str:
        assert run_command_line(arguments) == 0
        return capsys.readouterr().out

    table = command_line.run(*TWO).stdout
    assert "cell        train.lr  state" in table
    monkeypatch.chdir(command_line.folder)
    watched = lines(objtui("watch", "s", "--json"))
    assert [each["type"] for each in watched] == ["sweep", "cell", "cell", "end"]
    assert objtui("check", "s").startswith("s  2 of 2 cells are done")
    csv = objtui("export", "s", "--format", "csv", "-o", "-").splitlines()
    assert csv[0].startswith("cell,run,state,step,head,seed,train.lr,loss")
    assert len(csv) == 1 + 2 * 2  # of one head and two seeds
    (listed,) = lines(objtui("runs", "--json"))
    assert (listed["sweep"], listed["state"], listed["finished"]) == ("s", "finished", 2)
    assert "s  finished  a.toml  2/2 cells" in objtui("runs")
    assert objtui("watch", watched[1]["run"], "--headless")
    assert objtui("export", "s", "--format", "svg", "--panel", "nll") == "wrote s.svg\n"
    assert b"train.lr" in Path("s.svg").read_bytes()
    assert objtui("export", "s", "-o", "s.html") == "wrote s.html\n"
    assert "1e-3" in Path("s.html").read_text()
    for wrong in (
        ["--format", "jsonl"],
        ["-o", "s.html", "--panel", "nll"],
        ["--format", "html", "-o", "-"],
        ["-o", "s.png", "--panel", "bce.apex"],
        ["-o", "s.csv", "--panel", "nll"],
        ["--format", "png", "--size", "80x24"],
        ["--format", "pdf", "--probability"],
        ["-o", "s.png", "--log-step"],
        ["-o", "s.csv", "--wall-time"],
    ):
        assert run_command_line(["export", "s", *wrong]) == 2
    assert sorted(path.name for path in Path().iterdir() if path.name.startswith("s.")) == [
        "s.html",
        "s.svg",
    ]
    one, other = sorted((command_line.folder / "runs" / "s").glob("*.objtui"))
    for source, target in ((one, "swapped"), (other, one), (one.with_name("swapped"), other)):
        source.rename(one.with_name(target) if target == "swapped" else target)
    capsys.readouterr()
    assert run_command_line(["watch", "s", "--json"]) == 3
    cells = lines(capsys.readouterr().out)[1:-1]
    assert [each["state"] for each in cells] == ["unreadable", "unreadable"]
    assert "is of another cell (train.lr=" in cells[0]["message"]
    (listed,) = lines(objtui("runs", "--json"))
    assert (listed["state"], listed["finished"], listed["failed"]) == ("failed", 0, 2)
    for action, how in (("resume", "--json"), ("retry", "--json"), ("resume", "--detach")):
        assert run_command_line(["sweep", action, "s", how]) == 2
        assert "is of another cell (train.lr=" in capsys.readouterr().err
    assert one.exists()
    assert other.exists()


@pytest.mark.parametrize("driven", [True, False])
def test_a_new_sweep_that_fails_leaves_no_folder_unless_a_driver_is_at_work_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, driven: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.toml").write_text(A_SCENARIO)
    drivers: list[subprocess.Popen[bytes]] = []

    def fail(folder: Path, record: SweepRecord, args: argparse.Namespace) -> int:
        with contextlib.ExitStack() as opened:
            descriptor = os.open(folder if driven else tmp_path, os.O_RDONLY)
            opened.callback(os.close, descriptor)
            sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
            drivers.append(subprocess.Popen(sleep, pass_fds=(descriptor,)))
        pid = drivers[0].pid
        driver = Driver(pid, process_started(pid) or 0.0, this_host())
        write_record(folder, replace(record, driver=driver))
        raise ObjtuiError("the dashboard is gone")

    monkeypatch.setattr("objtui.cli.sweeping._train", fail)
    try:
        arguments = ["sweep", "a.toml", "--over", "train.lr=1e-3,1e-2", "--name", "s"]
        assert run_command_line(arguments) != 0
        assert Path("runs/s").exists() is driven
    finally:
        drivers[0].kill()
        drivers[0].wait()


def test_a_wrong_cell_is_said_before_any_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.toml").write_text(A_SCENARIO)
    assert run_command_line(["sweep", "a.toml", "--over", "train.lr=1e-3,-1"]) == 2
    assert "--over: train.lr: " in capsys.readouterr().err
    assert not Path("runs").exists()


def test_a_failed_cell_is_said_does_not_stop_the_rest_and_can_be_tried_again(
    command_line: CommandLine,
) -> None:
    over = ("--over", "title=good,bad")
    arguments = ("sweep", "a.toml", *over, "--set", "train.steps=30", "--name", "s")
    failed = command_line.run(*arguments, "--json", behaviours=["bad=fails"])
    assert failed.returncode == 3
    _, *cells, last = lines(failed.stdout)
    assert {each["overrides"]["title"]: each["state"] for each in cells} == {
        "good": "finished",
        "bad": "failed",
    }
    assert [each["message"] for each in cells if each["state"] == "failed"] != [""]
    assert last == {"type": "end", "state": "failed", "finished": 1, "failed": 1}
    again = command_line.run("sweep", "retry", "s", "--json")
    assert again.returncode == 0
    assert [each["overrides"]["title"] for each in lines(again.stdout)[1:-1]] == ["bad"]


@pytest.mark.thorough
def test_a_cell_that_cannot_begin_keeps_its_words(command_line: CommandLine) -> None:
    over = ("--over", "title=good,bad", "--set", "train.steps=30")
    arguments = ("sweep", "a.toml", *over, "--name", "s", "--max-failures", "1")
    assert command_line.run(*arguments, behaviours=["bad=wrong data"]).returncode == 3
    watched = lines(command_line.run("watch", "s", "--json").stdout)
    (failed,) = (each for each in watched if each.get("state") == "failed" and "cell" in each)
    assert failed["message"]
    assert failed["scores"] == {}


def test_after_its_driver_is_killed_a_sweep_goes_on_to_the_same_numbers(
    command_line: CommandLine, trainers: Trainers, until: Callable[..., Any]
) -> None:
    gate = command_line.folder / "gate"
    gate.write_text("15")
    driver = command_line.start(*TWO)
    folder = trainers.runs / "s"
    pids = until(lambda: in_training(folder, 10))
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    assert all(map(lives, pids))
    watch = command_line.start("watch", "s", "--json")
    gone = f"the driver of s (process {driver.pid}) is gone. Still in training without it, to the "
    assert watch.stderr is not None
    assert watch.stderr.readline() == f"objtui: {gone}end: 2 cells; no other begins\n"
    assert watch.stderr.readline().startswith("objtui: `objtui sweep resume s` first stops these")
    assert "s  driver gone  a.toml  0/2 cells, 2 in training" in command_line.run("runs").stdout
    checked = command_line.run("check", "s")
    assert checked.returncode == 2
    assert gone in checked.stderr
    gate.unlink()
    resumed = command_line.run("sweep", "resume", "s", "--jobs", "2", "--json")
    assert resumed.returncode == 0, resumed.stderr
    assert not any(map(lives, pids))
    assert lines(watch.communicate()[0])[-1]["state"] == "finished"
    for cell in read_record(folder).cells:
        recorded = frames(folder / f"{cell.id}.objtui")
        assert [frame.step for frame in recorded] == [0, 10, 20, 30]
        assert [frame.scores[0, 0, 0] for frame in recorded] == [1, 1 / 11, 1 / 21, 1 / 31]
    assert {each.suffix for each in folder.iterdir()} == {".objtui", ".json"}


@pytest.mark.thorough
@pytest.mark.skipif(sys.platform != "linux", reason="nothing is forked elsewhere")
def test_of_a_killed_driver_its_warm_parent_ends_and_what_that_forked_is_reaped(
    tmp_path: Path, until: Callable[..., Any]
) -> None:
    (tmp_path / "a.toml").write_text(POINTS)
    objtui = [sys.executable, "-P", "-m", "objtui", "sweep"]
    driver = subprocess.Popen(
        [*objtui, "a.toml", "--over", "train.lr=1e-3,1e-2,1e-1", "--jobs", "2", "--name", "s",
         "--json", "--set", "train.steps=100000000"],
        cwd=tmp_path, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    pids = until(lambda: in_training(tmp_path / "runs" / "s", 10))
    (parent,) = children(driver.pid)
    assert set(pids) == set(children(parent))
    driver.kill()
    driver.wait()
    until(lambda: not lives(parent))
    assert all(map(lives, pids))
    stopped = subprocess.run(
        [*objtui, "stop", "s"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (stopped.returncode, stopped.stderr) == (0, "")
    assert not any(map(lives, pids))
    names = {path.suffix for path in (tmp_path / "runs" / "s").iterdir()}
    assert names == {".objtui", ".json"}


@pytest.mark.thorough
def test_stop_ends_the_driver_and_its_trainers(
    command_line: CommandLine,
    trainers: Trainers,
    sweep: tuple[str, ...],
    until: Callable[..., Any],
) -> None:
    driver = command_line.start(*sweep, "--set", "train.steps=1000000", "--json")
    pids = until(lambda: in_training(trainers.runs / "s", 10))
    refused = command_line.run("sweep", "resume", "s")
    assert refused.returncode == 2
    assert "is being trained" in refused.stderr
    stopped = command_line.run("sweep", "stop", "s")
    assert (stopped.returncode, stopped.stdout) == (0, "s: stopped, 0 of 4 cells are done\n")
    out, _ = driver.communicate()
    assert driver.returncode == 143
    assert lines(out)[-1] == {"type": "end", "state": "stopped", "finished": 0, "failed": 0}
    assert not any(map(lives, pids))
    assert command_line.run("sweep", "stop", "s").returncode == 2


@pytest.mark.thorough
def test_a_changed_scenario_is_not_gone_on_with(
    command_line: CommandLine, sweep: tuple[str, ...]
) -> None:
    command_line.run(*sweep)
    path = command_line.folder / "a.toml"
    path.write_text("# a remark\n" + path.read_text())
    assert command_line.run("sweep", "resume", "s").returncode == 0
    path.write_text(path.read_text().replace("seeds = 2", "seeds = 3"))
    done = command_line.run("sweep", "resume", "s")
    assert done.returncode == 2
    assert "has changed" in done.stderr


@pytest.mark.thorough
def test_a_detached_sweep_is_driven_by_a_process_of_its_own(
    command_line: CommandLine, sweep: tuple[str, ...]
) -> None:
    done = command_line.run(*sweep, "--detach")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == "s"
    watched = command_line.run("watch", "s", "--json")
    assert lines(watched.stdout)[-1]["state"] == "finished"


@pytest.mark.parametrize(
    ("keys", "stop", "expected"),
    [
        (["train.lr"], None, "bce.ap"),
        (["heads.mse.lr_scale", "heads.mse.loss"], None, "mse.ap"),
        (["heads.mse.lr_scale", "train.lr"], None, "bce.ap"),
        (["heads.mse.lr_scale", "heads.bce.lr_scale"], None, "bce.ap"),
        (["heads.bce.lr_scale"], StopRule("mse", "nll", 100), "mse.nll"),
    ],
)
def test_cells_are_ordered_by_what_the_factors_move(
    keys: list[str], stop: StopRule | None, expected: str
) -> None:
    factors = [Factor(key, ("1", "2")) for key in keys]
    assert default_sort(["bce", "mse"], factors, stop) == expected


@pytest.mark.parametrize(
    "arguments",
    [
        ("resume",),
        ("resume", "s", "--over", "train.lr=1,2"),
        ("a.toml", "b.toml", "--over", "train.lr=1,2"),
        ("a.toml",),
        ("a.toml", "--over", "train.lr=1,2", "--seed", "3"),
        ("a.toml", "--over", "train.lr=1,2", "--sort", "bce.xyz"),
        ("stop", "none"),
    ],
)
def test_wrong_usage_is_exit_2(
    arguments: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.toml").write_text(A_SCENARIO)
    assert run_command_line(["sweep", *arguments]) == 2
    assert capsys.readouterr().err.startswith("objtui: error: ")
    assert not Path("runs").exists()


@pytest.mark.thorough
def test_a_cell_that_is_stopped_early_is_settled_and_not_trained_again(
    command_line: CommandLine, trainers: Trainers
) -> None:
    arguments = ("sweep", "a.toml", "--over", "title=good,bad", "--set", "train.steps=3000",
                 "--name", "s", "--stop", "asha:nll", "--json")  # fmt: skip
    done = command_line.run(*arguments, behaviours=["bad=seeds differ"])  # and are worse
    assert done.returncode == 0
    assert "--stop asha:bce.nll: at steps 188 and 750 a cell is ended" in done.stderr
    first, *cells, last = lines(done.stdout)
    assert first["stop"] == "asha:bce.nll"
    assert [(each["state"], each["message"]) for each in cells] == [
        ("finished", ""),
        ("stopped early", "in place 2 of 2 at step 188"),
    ]
    assert last == {
        "type": "end",
        "state": "finished",
        "finished": 1,
        "failed": 0,
        "stopped_early": 1,
    }
    path = trainers.runs / "s" / f"{cells[1]['cell']}.objtui"
    assert status_of(path).state == "stopped"
    resumed = lines(command_line.run("sweep", "resume", "s", "--json").stdout)
    assert [each["type"] for each in resumed] == ["sweep", "end"]
    assert (status_of(path).state, resumed[-1]) == ("stopped", last)
    assert len(lines(command_line.run("check", "s", "--json").stdout)) == 1  # of the other cell


def test_stopping_early_goes_with_a_new_sweep_and_by_scores_that_order_cells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.toml").write_text(A_SCENARIO)
    new = ["sweep", "a.toml", "--over", "train.lr=1e-3,1e-2", "--stop"]
    assert run_command_line([*new, "asha:bce.z_pos"]) == 2
    assert "no better or worse" in capsys.readouterr().err
    assert run_command_line(["sweep", "resume", "s", "--stop", "asha:ap"]) == 2
    assert "--stop goes with a new sweep" in capsys.readouterr().err
    assert not Path("runs").exists()
