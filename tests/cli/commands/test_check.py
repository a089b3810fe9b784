"""`objtui check` as a process: verdicts, exit codes, several scenarios, signals."""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from objtui.cli.commands.check import requests_from
from objtui.errors import UsageError
from objtui.runfile.reader import RunReader
from objtui.scenario.bundled import bundled_names
from objtui.trainer.request import read_scenario

if TYPE_CHECKING:
    from conftest import CommandLine, Trainers

MEASURED = 1 / 31
"""Every score of the fake trainer after 30 steps."""


@pytest.fixture
def scenario(tmp_path: Path) -> Callable[..., str]:
    """A function that writes a scenario of one head and two seeds; its file's name."""

    def write(name: str, *tests: str, steps: int = 30) -> str:
        claims = (f'[[claims]]\ntext = "{name}: {test}"\ntest = "{test}"\n' for test in tests)
        (tmp_path / f"{name}.toml").write_text(
            f'title = "{name}"\nquestion = "What of {name}?"\n'
            '[data]\nsource = "points"\nfeatures = [[0.0], [1.0]]\ntargets = [0, 1]\n'
            f"[train]\nsteps = {steps}\nseeds = 2\nbatch = 2\n"
            '[[heads]]\nname = "bce"\nloss = "bce"\n' + "".join(claims)
        )
        return f"{name}.toml"

    return write


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def state_of(path: Path) -> str:
    with RunReader(path) as reader:
        return reader.status().state


def test_claims_that_hold_are_a_line_each(
    command_line: CommandLine, trainers: Trainers, scenario: Callable[..., str]
) -> None:
    done = command_line.run("check", scenario("a", "bce.nll < 0.1", "bce.nll@start > 0.9"))
    assert (done.returncode, done.stderr) == (0, "")
    *lines, blank, summary = done.stdout.splitlines()
    assert lines == [
        "a-1  What of a?",
        "  holds       a: bce.nll < 0.1",
        "  holds       a: bce.nll@start > 0.9",
    ]
    assert blank == ""
    assert re.fullmatch(r"1 run, 2 claims in \d+:\d\d: 2 hold", summary)
    assert [path.name for path in trainers.runs.iterdir()] == ["a-1.objtui"]


def test_a_claim_that_fails_is_exit_1_with_what_was_measured(
    command_line: CommandLine, scenario: Callable[..., str]
) -> None:
    done = command_line.run("check", scenario("a", "bce.nll < 0.1", "0.1 < bce.nll < 0.2"))
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines()[1:4] == [
        "  holds       a: bce.nll < 0.1",
        "  fails       a: 0.1 < bce.nll < 0.2",
        f"              expected 0.1 < bce.nll < 0.2; measured bce.nll {MEASURED:.4g}",
    ]
    assert done.stdout.endswith(": 1 holds, 1 fails\n")


def test_a_claim_that_holds_for_some_seeds_is_exit_1_with_their_range(
    command_line: CommandLine, scenario: Callable[..., str]
) -> None:
    done = command_line.run("check", scenario("a", "bce.nll < 0.1"), behaviours=["seeds differ"])
    assert done.returncode == 1
    assert "  mixed 1/2   a: bce.nll < 0.1\n" in done.stdout
    assert "measured bce.nll 0.5323 (0.03226 to 1.032)\n" in done.stdout


def test_a_training_in_which_every_head_diverges_is_exit_3(
    command_line: CommandLine, scenario: Callable[..., str]
) -> None:
    done = command_line.run("check", scenario("a", "bce.nll < 0.1"), behaviours=["diverges"])
    assert done.returncode == 3
    assert "holds       a: bce.nll < 0.1" in done.stdout
    assert done.stderr == (
        "objtui: error: a.toml: every head diverged: a logit or parameter is no longer finite\n"
    )


def test_a_scenario_without_claims_says_so(
    command_line: CommandLine, scenario: Callable[..., str]
) -> None:
    done = command_line.run("check", scenario("a"))
    assert done.returncode == 0
    assert done.stdout.splitlines()[1] == "  no claims"
    assert done.stdout.endswith(": nothing was claimed\n")


def test_every_scenario_is_checked_whatever_becomes_of_the_others(
    command_line: CommandLine, trainers: Trainers, scenario: Callable[..., str]
) -> None:
    done = command_line.run(
        "check",
        scenario("fails", "bce.nll > 1"),
        scenario("breaks", "bce.nll < 1", steps=40),
        scenario("lacks", "bce.nll < 1"),
        scenario("holds", "bce.nll < 1"),
        behaviours=["breaks=fails", "lacks=wrong data"],
    )
    assert done.returncode == 3
    assert [line for line in done.stdout.splitlines() if line.startswith("  ")] == [
        "  fails       fails: bce.nll > 1",
        f"              expected bce.nll > 1; measured bce.nll {MEASURED:.4g}",
        "  failed at step 25: its claims are not judged",
        "  holds       holds: bce.nll < 1",
    ]
    assert done.stderr.splitlines() == [
        "objtui: error: breaks.toml: the training failed: ZeroDivisionError: a made-up failure; "
        "the traceback is in the log of runs/breaks-1.objtui",
        "objtui: error: lacks.toml: rows.csv: no such file",
        "objtui: error: lacks.toml: other.csv: no such file",
    ]
    assert ": 1 holds, 1 fails, 3 errors\n" in done.stdout
    runs = {path.name for path in trainers.runs.iterdir()}
    assert runs == {"fails-1.objtui", "breaks-1.objtui", "holds-1.objtui"}


def test_what_is_wrong_with_any_scenario_is_said_before_any_training(
    command_line: CommandLine, trainers: Trainers, scenario: Callable[..., str]
) -> None:
    wrong = scenario("wrong", "bce.nlll < 1", "bse.nll < 1")
    done = command_line.run("check", scenario("good", "bce.nll < 1"), wrong, "none.toml")
    assert (done.returncode, done.stdout) == (2, "")
    errors = done.stderr.splitlines()
    assert len(errors) == 3
    assert all(line.startswith("objtui: error: ") for line in errors)
    assert "wrong.toml:16: claims[0].test" in errors[0]
    assert "wrong.toml:19: claims[1].test" in errors[1]
    assert "no such scenario file: none.toml" in errors[2]
    assert not trainers.runs.exists()


def test_a_folder_stands_for_its_scenarios_and_each_is_checked_once(
    command_line: CommandLine, scenario: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "a.toml").unlink()
    scenario("second", "bce.nll < 1")
    scenario("first", "bce.nll < 1")
    done = command_line.run("check", "./second.toml", ".", "first.toml")
    assert [line.split()[0] for line in done.stdout.splitlines() if "?" in line] == [
        "second-1",
        "first-1",
    ]
    (tmp_path / "empty").mkdir()
    refused = command_line.run("check", "empty")
    assert refused.returncode == 2
    assert refused.stderr == ("objtui: error: empty is a folder without scenario files (*.toml)\n")


def test_all_are_the_bundled_scenarios() -> None:
    args = argparse.Namespace(
        scenario=["nuclei"], all=True, overrides=[], seeds=2, device=None, name=None, runs=None
    )
    requests = requests_from(args)
    names = [Path(request.scenario_path).stem for request in requests]
    assert names[0] == "nuclei"
    assert sorted(names) == bundled_names()
    assert {read_scenario(request).train.seeds for request in requests} == {(0, 1)}


def test_a_name_is_for_one_run(
    command_line: CommandLine, trainers: Trainers, scenario: Callable[..., str]
) -> None:
    one, other = scenario("one", "bce.nll < 1"), scenario("other", "bce.nll < 1")
    refused = command_line.run("check", one, other, "--name", "mine")
    assert refused.returncode == 2
    assert refused.stderr == "objtui: error: --name is for one run, and these are 2\n"
    assert command_line.run("check", one, "--name", "mine").returncode == 0
    assert [path.name for path in trainers.runs.iterdir()] == ["mine.objtui"]


def test_no_scenario_is_wrong_usage() -> None:
    args = argparse.Namespace(scenario=[], all=False)
    with pytest.raises(UsageError, match="name a scenario, a folder of them, or --all"):
        requests_from(args)


def test_options_apply_to_every_scenario(
    command_line: CommandLine, scenario: Callable[..., str]
) -> None:
    names = [scenario("a", "bce.nll < 0.1"), scenario("b", "bce.nll < 0.1")]
    done = command_line.run("check", *names, "--json", "--seeds", "3", "--set", "train.steps=31")
    runs = [line for line in objects(done.stdout) if line["type"] == "run"]
    assert [(line["steps"], line["seeds"]) for line in runs] == [(31, [0, 1, 2])] * 2


def test_json_lines_are_those_of_the_runs_without_frames(
    command_line: CommandLine, scenario: Callable[..., str]
) -> None:
    names = [scenario("a", "bce.nll > 1", "bce.ap < 1"), scenario("b", "bce.nll < 1")]
    done = command_line.run("check", *names, "--json", behaviours=["b=wrong data"])
    assert done.returncode == 2
    lines = objects(done.stdout)
    assert [line["type"] for line in lines] == ["run", "claim", "claim", "end", "error", "error"]
    fails, holds = lines[1:3]
    assert (fails["verdict"], fails["holds"], fails["of"]) == ("fails", 0, 2)
    assert fails["values"] == [pytest.approx(MEASURED)] * 2
    assert (holds["verdict"], holds["holds"]) == ("holds", 2)
    assert lines[3]["state"] == "finished"
    assert lines[4]["message"] == "b.toml: rows.csv: no such file"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_the_training_cleanly_and_starts_no_other(
    command_line: CommandLine,
    trainers: Trainers,
    scenario: Callable[..., str],
    number: signal.Signals,
    code: int,
) -> None:
    long = scenario("long", "bce.nll < 1", steps=1_000_000)
    process = command_line.start("check", long, scenario("next", "bce.nll < 1"))
    path = trainers.runs / "long-1.objtui"
    trainers.wait_for(path, lambda status: status.step > 10)
    process.send_signal(number)
    out, _ = process.communicate()
    assert process.returncode == code
    assert state_of(path) == "stopped"
    assert [entry.name for entry in trainers.runs.iterdir()] == ["long-1.objtui"]
    assert "its claims are not judged" in out
    assert "holds" not in out


def test_a_hang_up_leaves_the_training_going_and_starts_no_other(
    command_line: CommandLine, trainers: Trainers, scenario: Callable[..., str]
) -> None:
    long = scenario("long", "bce.nll < 1", steps=1_000_000)
    process = command_line.start("check", long, scenario("next", "bce.nll < 1"))
    path = trainers.runs / "long-1.objtui"
    step = trainers.wait_for(path, lambda status: status.step > 10).step
    process.send_signal(signal.SIGHUP)
    process.communicate()
    assert process.returncode == 129
    assert trainers.wait_for(path, lambda status: status.step > step + 50).state == "running"
    assert not (trainers.runs / "next-1.objtui").exists()


def test_a_training_that_somebody_stops_is_not_judged(
    command_line: CommandLine, trainers: Trainers, scenario: Callable[..., str]
) -> None:
    long = scenario("long", "bce.nll < 1", steps=1_000_000)
    process = command_line.start("check", long, scenario("next", "bce.nll < 1"))
    trainers.wait_for(trainers.runs / "long-1.objtui", lambda status: status.step > 10)
    assert command_line.run("stop", "long-1").returncode == 0
    out, err = process.communicate()
    assert process.returncode == 3
    assert "objtui: error: long.toml: the training was stopped at step" in err
    assert "holds       next: bce.nll < 1" in out


def test_a_closed_stdout_stops_the_training(
    command_line: CommandLine, trainers: Trainers, scenario: Callable[..., str]
) -> None:
    long = scenario("long", "bce.nll < 1", steps=1_000_000)
    reading, writing = os.pipe()
    os.close(reading)
    process = command_line.start("check", long, scenario("next", "bce.nll < 1"), stdout=writing)
    os.close(writing)
    _, err = process.communicate()
    assert (process.returncode, err) == (141, "")
    assert state_of(trainers.runs / "long-1.objtui") == "stopped"
    assert not (trainers.runs / "next-1.objtui").exists()


def test_several_at_once_are_told_in_their_order_and_apart(
    command_line: CommandLine, scenario: Callable[..., str]
) -> None:
    names = [
        scenario("slow", "bce.nll < 1", steps=2000),
        scenario("lacks", "bce.nll < 1"),
        scenario("fails", "bce.nll > 1"),
        scenario("quick", "bce.nll < 1"),
    ]
    done = command_line.run("check", *names, "--jobs", "3", behaviours=["lacks=wrong data"])
    assert done.returncode == 2
    assert done.stdout.splitlines()[:-2] == [
        "slow-1  What of slow?",
        "  holds       slow: bce.nll < 1",
        "fails-1  What of fails?",
        "  fails       fails: bce.nll > 1",
        f"              expected bce.nll > 1; measured bce.nll {MEASURED:.4g}",
        "quick-1  What of quick?",
        "  holds       quick: bce.nll < 1",
    ]
    assert re.fullmatch(
        r"3 runs, 3 claims in \d+:\d\d: 2 hold, 1 fails, 2 errors", done.stdout.splitlines()[-1]
    )


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_every_trainer(
    command_line: CommandLine,
    trainers: Trainers,
    scenario: Callable[..., str],
    number: signal.Signals,
    code: int,
) -> None:
    names = [scenario(name, "bce.nll < 1", steps=1_000_000) for name in ("one", "two", "three")]
    process = command_line.start("check", *names, "--jobs", "2", "--json")
    paths = [trainers.runs / f"{name}-1.objtui" for name in ("one", "two")]
    for path in paths:
        trainers.wait_for(path, lambda status: status.step > 10)
    process.send_signal(number)
    out, _ = process.communicate()
    assert process.returncode == code
    assert [state_of(path) for path in paths] == ["stopped", "stopped"]
    assert [line["type"] for line in objects(out)] == ["run", "end"] * 2
    assert sorted(trainers.runs.iterdir()) == sorted(paths)


@pytest.mark.thorough
def test_scores_are_the_same_bits_with_as_many_threads(tmp_path: Path) -> None:
    frames = []
    for jobs in ("1", "2"):
        runs = tmp_path / jobs
        arguments = ["check", "linear-noise", "contradictory", "--jobs", jobs, "--runs", str(runs)]
        command = [sys.executable, "-m", "objtui", *arguments, "--seeds", "1"]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        subprocess.run(command, env=environment, check=False, capture_output=True)
        for name in ("linear-noise-1", "contradictory-1"):
            with RunReader(runs / f"{name}.objtui") as reader:
                frames.append(
                    [each.frame for each in reader.frames_after() if each.frame.scheduled]
                )
    for one, other in ((frames[0], frames[2]), (frames[1], frames[3])):
        assert [frame.step for frame in one] == [frame.step for frame in other]
        for before, after in zip(one, other, strict=True):
            np.testing.assert_array_equal(before.scores, after.scores)
