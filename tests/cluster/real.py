"""Real clusters in this machine, on loopback, and runs on them."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from objtui.cluster.connect import LOCAL, ray_version, set_environment
from objtui.runfile.commands import send_command
from objtui.runfile.reader import RunReader
from objtui.runfile.records import ENDED
from objtui.trainer.launch import StartedRun, launch
from objtui.trainer.request import TrainRequest, request_to_resume
from tests.conftest import wait_until

NEEDS_RAY = [
    pytest.mark.ray,
    pytest.mark.skipif(ray_version() is None, reason="needs Ray"),
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]

SCENARIO = """
title = "A title"
[data]
source = "gaussians"
train_rows = 2000
val_rows = 500
[model]
backbone = "mlp"
hidden = [16]
[train]
steps = 400
seeds = 16
batch = 64
eval_every = 10
checkpoint_every = 50
compile = "never"
[[heads]]
name = "bce"
loss = "bce"
[[heads]]
name = "mse"
loss = "mse"
"""

TOKEN = secrets.token_hex(32)
"""Of the clusters of this process's tests, by which their processes are told."""

LOOPBACK = {"0100007F", "0000000000000000FFFF00000100007F"}
"""127.0.0.1, as /proc writes it."""


@contextmanager
def ray_environment() -> Iterator[None]:
    """Ray's settings, the tests' token among them, and one thread; then no trainer is left."""
    values: dict[str, str] = {}
    set_environment(LOCAL, values)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**values, "RAY_AUTH_TOKEN": TOKEN, "OMP_NUM_THREADS": "1"}.items():
            patch.setenv(name, value)
        yield
    for run in _STARTED:
        run.process.kill()
        run.process.wait()
    _STARTED.clear()


_STARTED: list[StartedRun] = []
"""What a failing test may leave behind."""


class Nodes:
    """A cluster of a head without CPUs and nodes of one each, held by a process of its own."""

    def __init__(self, count: int) -> None:
        command = [sys.executable, "-m", "tests.cluster.nodes_program"]
        self.program = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.address = ""
        try:
            self.have(count)
        except BaseException:
            self.end()
            raise

    def have(self, count: int) -> None:
        """Add or kill nodes until there are so many."""
        self._tell(str(count))

    def behead(self) -> None:
        """Kill the process of the head that all others need."""
        self._tell("behead")

    def end(self) -> None:
        """End all."""
        assert self.program.stdin is not None
        assert self.program.stdout is not None
        self.program.stdin.close()
        self.program.wait()
        self.program.stdout.close()

    def _tell(self, line: str) -> None:
        assert self.program.stdin is not None
        assert self.program.stdout is not None
        self.program.stdin.write(line + "\n")
        self.program.stdin.flush()
        self.address = json.loads(self.program.stdout.readline())["address"]


@contextmanager
def nodes(count: int) -> Iterator[Nodes]:
    """Such a cluster for a while; then nothing of it is left."""
    held = Nodes(count)
    try:
        yield held
    finally:
        held.end()


def a_request(runs: Path, name: str, steps: int = 400) -> TrainRequest:
    overrides = (f"train.steps={steps}",)
    return TrainRequest("a.toml", SCENARIO, ".", str(runs), overrides, name=name)


def started(request: TrainRequest) -> StartedRun:
    _STARTED.append(launch(request, Path(request.runs)))
    return _STARTED[-1]


def resumed(path: Path, address: str | None) -> StartedRun:
    """Go on with a run that has ended, on a cluster or without one."""
    with RunReader(path) as reader:
        request = request_to_resume(path, reader.header(), reader.request())
    return started(request.on_cluster(address))


def finished(run: StartedRun, state: str = "finished") -> Path:
    """The file of a run, once its trainer is gone."""
    run.process.wait()
    with RunReader(run.path) as reader:
        status = reader.status()
        assert status.state == state, (status, log_of(run))
    return run.path


def log_of(run: StartedRun) -> str:
    """What the trainer has said so far."""
    with RunReader(run.path) as reader:
        return reader.log()


def pause_at_frame(run: StartedRun, frames: int = 1) -> None:
    """Let a run go on for so many frames, and pause there: however fast it trains, it is not over.

    Its parts may be ahead by `objtui.cluster.sharded.MAX_AHEAD` frames and a few.
    """
    for _ in range(frames):
        with RunReader(run.path) as reader:
            before = reader.status().step if reader.status().state == "paused" else -1
        send_command(run.path, "step")

        def is_there(before: int = before) -> bool:
            with RunReader(run.path) as reader:
                status = reader.status()
                assert status.state not in ENDED, reader.log()
                return status.state == "paused" and status.step > before

        wait_until(is_there)


def go_on(run: StartedRun) -> None:
    """End the pause of a run."""
    send_command(run.path, "continue")


def measured(path: Path) -> Iterator[tuple[Any, ...]]:
    with RunReader(path) as reader:
        for stored in reader.frames_after(scheduled_only=True):
            frame = stored.frame
            yield frame.step, frame.scores, frame.counts, frame.fit_counts, frame.diverged
        for each in reader.loss_traces_after():
            trace = each.trace
            yield trace.last_step, trace.minimum, trace.mean, trace.maximum


def assert_same_bits(path: Path, other: Path) -> None:
    """Everything that two runs have measured is equal."""
    for one, two in zip(measured(path), measured(other), strict=True):
        for a, b in zip(one, two, strict=True):
            np.testing.assert_array_equal(a, b)


def our_processes(word: str = "") -> list[int]:
    """Processes of the tests' clusters and drivers, by the token in their environment."""
    pids = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            is_ours = TOKEN.encode() in (entry / "environ").read_bytes()
            if is_ours and word.encode() in (entry / "cmdline").read_bytes():
                pids.append(int(entry.name))
    return [pid for pid in pids if pid != os.getpid()]


def kill_one(word: str) -> None:
    """Kill one of our processes, by a word of its command."""
    os.kill(our_processes(word)[0], signal.SIGKILL)


def listening(pids: list[int]) -> set[str]:
    """Addresses, as /proc writes them, where these processes take connections."""
    inodes = set()
    for pid in pids:
        with contextlib.suppress(OSError):
            for link in Path(f"/proc/{pid}/fd").iterdir():
                with contextlib.suppress(OSError):
                    inodes.add(os.readlink(link))
    addresses = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in inodes:
                addresses.add(fields[1].rpartition(":")[0])
    return addresses
