"""Trainers and viewers killed at random moments: nothing committed is lost, the end is the same.

The moments differ from run to run of this test, what it asks for does not. A longer form:
OBJTUI_KILLS=500 pytest tests/faults/test_random_kills.py
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from objtui.errors import TrainingError
from objtui.runfile.connecting import connect_read_only
from objtui.runfile.processes import process_started
from objtui.runfile.reader import RunReader
from objtui.trainer.launch import StartingTrainer, begin_launch
from objtui.trainer.request import TrainRequest, request_to_resume
from tests.cli.commands.resume_cases import REAL, read_bits
from tests.ui.terminal_driver import FAKE_OBJTUI, Terminal

if TYPE_CHECKING:
    from conftest import CommandLine, Trainers

TESTS = Path(__file__).parents[1]
FAKE_TRAINER = (sys.executable, str(TESTS / "fake_trainer.py"))

KILLS = int(os.environ.get("OBJTUI_KILLS", "50"))
"""Kills of trainers and viewers together, at least."""

REAL_KILLS = max(1, KILLS // 25)
REAL_STEPS = 5_000 * (REAL_KILLS + 1)

STEPS = 1000
TRAIN = {"steps": STEPS, "checkpoint_every": 50}

Bits = dict[int, bytes]
"""The scores and counts of scheduled frames, by step."""


def bits_of(reader: RunReader) -> Bits:
    return {
        stored.frame.step: stored.frame.scores.tobytes() + stored.frame.counts.tobytes()
        for stored in reader.frames_after(scheduled_only=True)
    }


def assert_sound(path: Path) -> None:
    """Looked at by a reader's own connection, which undoes the commit that a writer died in."""
    with closing(connect_read_only(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@dataclass
class Killing:
    """One run after another under kills; `kills` counts those that met a living process."""

    trainers: Trainers
    command_line: CommandLine
    moments: random.Random
    path: Path | None = None
    seen: Bits = field(default_factory=dict)
    started_at: float = 0.0
    kills: int = 0
    finished: int = 0
    terminals: list[Terminal] = field(default_factory=list)

    def run_to(self, whole: Bits, kills: int) -> None:
        """Kill so often; every run that comes to its end has to be `whole`."""
        while self.kills < kills:
            self.one_round(whole)
        path = self.path
        if path is not None:
            self.trainers.resume(path).process.wait()
            self.assert_whole(path, whole)

    def one_round(self, whole: Bits) -> None:
        """Start or go on, watch meanwhile, kill both."""
        starting = None
        if self.path is None:
            self.seen = {}
            self.path = self.trainers.start(train=TRAIN).path
            trainer = self.trainers.launched[-1].process
        else:
            starting = begin_launch(
                self.resume_request(self.path), self.path.parent, program=FAKE_TRAINER
            )
            trainer = starting.process
        path = self.path
        viewer = self.start_viewer(path)
        # A trainer goes on after about 0.3 s, so some die before they have the file.
        until = time.monotonic() + self.moments.uniform(0.1, 0.9)
        viewer_until = time.monotonic() + self.moments.uniform(0.1, 0.9)
        while time.monotonic() < max(until, viewer_until):
            self.look(path)
            if viewer and time.monotonic() > viewer_until:
                self.kill(viewer)
                viewer = None
                assert_sound(path)
            if time.monotonic() > until and trainer.poll() is None:
                self.kill(trainer.pid)
                trainer.wait()
            time.sleep(0.01)
        if viewer:
            self.kill(viewer)
        if trainer.poll() is None:
            self.kill(trainer.pid)
        trainer.wait()
        if starting is not None:
            forget(starting)
        self.after_the_kills(path, whole)

    def after_the_kills(self, path: Path, whole: Bits) -> None:
        """What a reader has seen is there, and the file is sound."""
        assert_sound(path)
        with RunReader(path) as reader:
            status, checkpoint = reader.status(), reader.checkpoint()
            there = bits_of(reader)
        state = status.state
        assert state in ("crashed", "finished")
        kept = STEPS
        if status.started_at != self.started_at:
            # A trainer took the run over since the last look, and cut what it does again.
            kept = checkpoint[0] if checkpoint else -1
        seen = {step: bits for step, bits in self.seen.items() if step <= kept}
        assert there.items() >= seen.items()
        assert whole.items() >= there.items()
        if state == "finished":
            self.assert_whole(path, whole)

    def assert_whole(self, path: Path, whole: Bits) -> None:
        """The run is as one that nothing happened to, each step once."""
        with RunReader(path) as reader:
            assert reader.status().state == "finished"
            frames = [stored.frame.step for stored in reader.frames_after(scheduled_only=True)]
            traces = [stored.trace.last_step for stored in reader.loss_traces_after()]
            assert bits_of(reader) == whole
            assert reader.checkpoint() == (STEPS, f"step {STEPS}".encode())
        assert frames == [*range(0, STEPS + 1, 10)]
        assert traces == [*range(1, STEPS + 1)]
        assert_sound(path)
        self.finished += 1
        self.path = None

    def look(self, path: Path) -> None:
        """Remember what is committed; what a resume cuts off after its checkpoint goes."""
        with RunReader(path) as reader:
            self.started_at = reader.status().started_at
            checkpoint = reader.checkpoint()
            there = bits_of(reader)
        kept = checkpoint[0] if checkpoint else -1
        assert {step for step in self.seen if step <= kept} <= set(there)
        self.seen = there

    def kill(self, pid: int) -> None:
        """End a process of ours at once, unless it has ended by itself."""
        if process_started(pid) is not None:
            os.kill(pid, signal.SIGKILL)
            self.kills += 1

    def start_viewer(self, path: Path) -> int | None:
        """Headless mostly, sometimes the dashboard, sometimes none."""
        kind = self.moments.choice(["headless", "headless", "json", "dashboard", "none"])
        if kind == "none":
            return None
        if kind == "dashboard":
            environ = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
            command = (*FAKE_OBJTUI, "watch", str(path))
            self.terminals.append(Terminal(*command, folder=path.parent, environ=environ))
            return self.terminals[-1].pid
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return self.command_line.start("watch", str(path), f"--{kind}", **quiet).pid

    def resume_request(self, path: Path) -> TrainRequest:
        """What `objtui resume` asks its trainer for."""
        with RunReader(path) as reader:
            return request_to_resume(path, reader.header(), reader.request())


def forget(starting: StartingTrainer) -> None:
    """Let go of a trainer that was killed, perhaps before it had its run."""
    with suppress(TrainingError):
        starting.finish()


@pytest.fixture
def killing(trainers: Trainers, command_line: CommandLine) -> Iterator[Killing]:
    made = Killing(trainers, command_line, random.Random(4))
    yield made
    for terminal in made.terminals:
        terminal.close()


@pytest.mark.thorough
def test_nothing_seen_is_lost_and_the_end_is_the_same_after_kills_at_random_moments(
    killing: Killing,
) -> None:
    uninterrupted = killing.trainers.start(train=TRAIN, name="whole")
    uninterrupted.process.wait()
    with RunReader(uninterrupted.path) as reader:
        whole = bits_of(reader)
    assert len(whole) == STEPS // 10 + 1
    killing.run_to(whole, KILLS)
    assert killing.kills >= KILLS
    assert killing.finished >= 1


def test_a_real_training_ends_in_the_same_bits_after_kills_at_random_moments(
    trainers: Trainers, tmp_path: Path
) -> None:
    (tmp_path / "real.toml").write_text(REAL.replace("10_000", str(REAL_STEPS)))
    moments = random.Random(5)
    gate, cut = tmp_path / "gate", trainers.runs / "cut.objtui"

    def objtui(*arguments: str) -> None:
        subprocess.run(
            [*FAKE_OBJTUI, *arguments],
            cwd=tmp_path,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OBJTUI_TRAINER": "held_trainer.py"},
            check=True,
            capture_output=True,
        )

    began_at = 0
    for kill in range(1, REAL_KILLS + 1):
        gate.write_text(str(5000 * kill))  # however late the kill comes, the run goes on then
        start = ("run", "real.toml", "--name", "cut") if kill == 1 else ("resume", "cut")
        objtui(*start, "--detach")
        trainers.wait_for(cut, lambda status, before=began_at: status.step > before)
        time.sleep(moments.uniform(0, 0.2))
        trainers.kill(cut)
        assert_sound(cut)
        with RunReader(cut) as reader:
            began_at = (reader.checkpoint() or (0,))[0]
    gate.unlink()
    objtui("resume", "cut", "--detach")
    objtui("run", "real.toml", "--headless", "--name", "whole")
    trainers.wait_for(cut, lambda status: status.state == "finished")
    assert read_bits(cut) == read_bits(trainers.runs / "whole.objtui")
    assert_sound(cut)
    with RunReader(cut) as reader:
        assert reader.log().count("cut goes on after step") == REAL_KILLS
