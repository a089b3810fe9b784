"""`objtui resume RUN --steps N`: past the end that a run was begun with, in the same file."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from objtui.measures.frames import Frame
from objtui.runfile.reader import RunReader
from tests.cli.commands.resume_cases import (
    REAL,
    assert_each_step_is_there_once,
    read_bits,
    start,
    state_of,
)
from tests.ui.terminal_driver import FAKE_OBJTUI

if TYPE_CHECKING:
    from conftest import CommandLine, Trainers


def test_a_finished_run_goes_on_to_its_new_end_with_each_step_once(
    command_line: CommandLine, trainers: Trainers
) -> None:
    path = trainers.start(train={"steps": 100}).path
    trainers.launched[0].process.wait()
    done = command_line.run("resume", "a-1", "--steps", "150", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[0]["steps"] == 150
    assert (lines[-1]["state"], lines[-1]["steps"]) == ("finished", 150)
    assert_each_step_is_there_once(path)
    with RunReader(path) as reader:
        assert reader.header().steps == 150
        assert reader.checkpoint() == (150, b"step 150")
        recorded = json.loads(reader.request())
        assert "a-1 goes on after step 100 to step 150 on cpu" in reader.log()
    assert recorded["overrides"] == ["train.steps=100", "train.steps=150"]
    assert recorded["scenario"]["train"]["steps"] == 150
    assert (recorded["resume"], recorded["steps"]) == (None, None)
    done = command_line.run("resume", "a-1", "--steps", "160", "--headless")
    assert done.returncode == 0
    assert_each_step_is_there_once(path)


def test_a_longer_run_that_is_killed_is_resumed_to_the_new_end(
    command_line: CommandLine, trainers: Trainers, tmp_path: Path
) -> None:
    path = trainers.start(train={"steps": 100, "checkpoint_every": 50}, base=str(tmp_path)).path
    trainers.launched[0].process.wait()
    gate = tmp_path / "gate"
    gate.write_text("120")
    assert command_line.run("resume", "a-1", "--steps", "200", "--detach").returncode == 0
    trainers.wait_for(path, lambda status: status.step >= 120)
    trainers.kill(path)
    gate.unlink()
    assert command_line.run("resume", "a-1", "--headless").returncode == 0
    with RunReader(path) as reader:
        assert (reader.status().state, reader.status().step) == ("finished", 200)
    assert_each_step_is_there_once(path)


def test_a_stopped_run_may_be_given_a_later_end(
    command_line: CommandLine, trainers: Trainers
) -> None:
    path = start(trainers, 60)
    trainers.stop(path)
    steps = "1000010"
    assert command_line.run("resume", "a-1", "--steps", steps, "--detach").returncode == 0
    trainers.goes_on(path)
    with RunReader(path) as reader:
        assert reader.header().steps == int(steps)
    trainers.stop(path)
    assert_each_step_is_there_once(path)


@pytest.mark.parametrize("steps", ["30", "29", "1"])
def test_an_end_that_is_no_later_is_refused_with_the_numbers(
    command_line: CommandLine, trainers: Trainers, steps: str
) -> None:
    launched = trainers.start(train={"steps": 30})
    launched.process.wait()
    before = launched.path.read_bytes()
    done = command_line.run("resume", "a-1", "--steps", steps)
    assert done.returncode == 2
    assert done.stderr == (
        "objtui: error: the run a-1 has 30 steps, 30 of them taken; --steps is the new end and "
        f"takes more than 30, got {steps}\n"
    )
    assert launched.path.read_bytes() == before


def test_a_cosine_schedule_is_refused_with_the_reason(
    command_line: CommandLine, trainers: Trainers
) -> None:
    launched = trainers.start(train={"steps": 30, "schedule": "cosine"})
    launched.process.wait()
    before = launched.path.read_bytes()
    done = command_line.run("resume", "a-1", "--steps", "60")
    assert done.returncode == 2
    assert 'the run a-1 has train.schedule = "cosine"' in done.stderr
    assert "--set train.steps=60" in done.stderr
    assert launched.path.read_bytes() == before


def test_a_run_in_training_or_diverged_is_refused_all_the_same(
    command_line: CommandLine, trainers: Trainers
) -> None:
    trainers.start("diverges", train={"steps": 30}).process.wait()
    running = trainers.start().path
    for name, reason in (("a-1", "has diverged"), ("a-2", "is running (process")):
        trainers.wait_for(running, lambda status: status.step > 0)
        done = command_line.run("resume", name, "--steps", "2000000")
        assert done.returncode == 2
        assert reason in done.stderr
    assert state_of(running) == "running"


@pytest.mark.parametrize("every", [None, pytest.param(50, marks=pytest.mark.thorough)])
def test_a_real_run_ends_in_the_bits_of_one_that_had_as_many_steps_from_the_start(
    tmp_path: Path, every: int | None
) -> None:
    evaluated = "" if every is None else f"eval_every = {every}\n"
    text = REAL.replace("checkpoint_every", f"{evaluated}checkpoint_every")
    (tmp_path / "real.toml").write_text(text)
    environ = {**os.environ, "OMP_NUM_THREADS": "1", "OBJTUI_TRAINER": "held_trainer.py"}

    def objtui(*arguments: str) -> None:
        subprocess.run(
            [*FAKE_OBJTUI, *arguments], cwd=tmp_path, env=environ, check=True, capture_output=True
        )

    def run(name: str, steps: int) -> None:
        objtui("run", "real.toml", "--headless", "--name", name, "--set", f"train.steps={steps}")

    run("whole", 500)
    run("longer", 300)
    longer = tmp_path / "runs" / "longer.objtui"
    early = frames_of(longer)
    objtui("resume", "longer", "--steps", "500", "--headless")
    late, whole = frames_of(longer), frames_of(tmp_path / "runs" / "whole.objtui")
    common = early.keys() & whole.keys()
    assert {0, 500} <= late.keys() & whole.keys()
    assert len(common) > 3
    for step, frame in early.items():
        assert bits(late[step]) == bits(frame), step
    for step in late.keys() & whole.keys():
        assert bits(late[step]) == bits(whole[step]), step
    # The last of each are the tensors of the last step: parameters and optimiser state.
    assert read_bits(longer)[-1] == read_bits(tmp_path / "runs" / "whole.objtui")[-1]
    if every is not None:
        assert late.keys() == whole.keys()
        assert late.keys() == set(range(0, 501, every))


def frames_of(path: Path) -> dict[int, Frame]:
    with RunReader(path) as reader:
        frames = [stored.frame for stored in reader.frames_after(scheduled_only=True)]
    assert len({frame.step for frame in frames}) == len(frames)
    return {frame.step: frame for frame in frames}


def bits(frame: Frame) -> tuple[bytes, bytes]:
    return frame.scores.tobytes(), frame.counts.tobytes()
