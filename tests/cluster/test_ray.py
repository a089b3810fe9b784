"""Runs in parts on real clusters in this machine, on loopback: the bits of the run as a whole.

All but one are thorough: Ray takes seconds to start.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from objtui.cluster.connect import LOCAL, ray_version, set_environment
from objtui.runfile.reader import RunReader
from objtui.runfile.records import ENDED
from objtui.trainer.launch import StartedRun, launch
from objtui.trainer.request import TrainRequest, request_to_resume
from tests.conftest import wait_until

# Ray is imported once its settings are in the environment, which it reads then.
pytestmark = [pytest.mark.ray, pytest.mark.skipif(ray_version() is None, reason="needs Ray")]

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


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ray's settings and a token of the tests' own, by which their processes are told."""
    values: dict[str, str] = {}
    set_environment(LOCAL, values)
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("RAY_AUTH_TOKEN", TOKEN)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


def a_request(runs: Path, name: str, steps: int = 400) -> TrainRequest:
    overrides = (f"train.steps={steps}",)
    return TrainRequest("a.toml", SCENARIO, ".", str(runs), overrides, name=name)


def started(request: TrainRequest) -> StartedRun:
    return launch(request, Path(request.runs))


def finished(run: StartedRun, state: str = "finished") -> Path:
    """The file of a run, once its trainer is gone."""
    run.process.wait()
    with RunReader(run.path) as reader:
        status = reader.status()
        assert status.state == state, (status, reader.log())
    return run.path


def wait_for_step(run: StartedRun, step: int) -> None:
    def is_there() -> bool:
        with RunReader(run.path) as reader:
            status = reader.status()
            assert status.state not in ENDED, reader.log()
            return status.step >= step

    wait_until(is_there)


def measured(path: Path) -> Iterator[tuple[Any, ...]]:
    with RunReader(path) as reader:
        for stored in reader.frames_after(scheduled_only=True):
            frame = stored.frame
            yield frame.step, frame.scores, frame.counts, frame.fit_counts, frame.diverged
        for each in reader.loss_traces_after():
            trace = each.trace
            yield trace.last_step, trace.minimum, trace.mean, trace.maximum


def assert_same_bits(path: Path, other: Path) -> None:
    for one, two in zip(measured(path), measured(other), strict=True):
        for a, b in zip(one, two, strict=True):
            np.testing.assert_array_equal(a, b)


def our_processes(word: str = "") -> list[int]:
    """Processes of this test's clusters, by the token in their environment."""
    pids = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            is_ours = TOKEN.encode() in (entry / "environ").read_bytes()
            if is_ours and word.encode() in (entry / "cmdline").read_bytes():
                pids.append(int(entry.name))
    return [pid for pid in pids if pid != os.getpid()]


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


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of all seeds in one trainer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        return finished(started(a_request(tmp_path_factory.mktemp("whole"), "whole")))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_cluster_of_this_machine_alone_gives_the_same_bits_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    whole = finished(started(a_request(tmp_path, "whole", 60)))
    run = started(a_request(tmp_path, "parts", 60).on_cluster(LOCAL))
    assert listening(our_processes()) <= {"0100007F", "0000000000000000FFFF00000100007F"}
    assert_same_bits(finished(run), whole)
    wait_until(lambda: not our_processes("ray::") and not our_processes("raylet/raylet"))


@pytest.mark.thorough
def test_two_minutes_after_its_driver_was_killed_nothing_is_left(tmp_path: Path) -> None:
    run = started(a_request(tmp_path, "killed", 100_000).on_cluster(LOCAL))
    wait_for_step(run, 10)
    run.process.kill()
    run.process.wait()
    wait_until(lambda: not our_processes())


class TwoNodes:
    """A cluster of a head without CPUs and nodes of one each."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster

        head = {"num_cpus": 0, "include_dashboard": False}
        self.cluster = Cluster(initialize_head=True, head_node_args=head)
        self.nodes: list[Any] = []
        self.have(2)

    @property
    def address(self) -> str:
        return str(self.cluster.address)

    def have(self, count: int) -> None:
        """Add or kill nodes until there are so many."""
        while len(self.nodes) < count:
            self.nodes.append(self.cluster.add_node(num_cpus=1))
        while len(self.nodes) > count:
            self.cluster.remove_node(self.nodes.pop(), allow_graceful=False)


@pytest.fixture
def two_nodes() -> Iterator[TwoNodes]:
    nodes = TwoNodes()
    yield nodes
    nodes.cluster.shutdown()
    for pid in our_processes():  # agents of killed nodes live on for a minute
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@pytest.mark.thorough
def test_on_two_nodes_whatever_is_killed(two_nodes: TwoNodes, whole: Path, tmp_path: Path) -> None:
    """One cluster for all, as it takes longest to start."""
    address = two_nodes.address
    # A worker.
    run = started(a_request(tmp_path, "worker").on_cluster(address))
    wait_for_step(run, 150)
    os.kill(our_processes("ray::PartActor")[0], signal.SIGKILL)
    assert_same_bits(finished(run), whole)
    with RunReader(run.path) as reader:
        assert "begin again" in reader.log()
    # A node.
    run = started(a_request(tmp_path, "node").on_cluster(address))
    wait_for_step(run, 50)
    two_nodes.have(1)
    assert_same_bits(finished(run), whole)
    with RunReader(run.path) as reader:
        assert "begin again" in reader.log()
    # A stop, and going on with as many parts on the one node that is left.
    two_nodes.have(2)
    run = started(a_request(tmp_path, "stop").on_cluster(address))
    wait_for_step(run, 150)
    run.process.terminate()
    path = finished(run, "stopped")
    two_nodes.have(1)
    assert_same_bits(finished(resumed(path, address)), whole)
    # The driver; and going on without any cluster.
    run = started(a_request(tmp_path, "driver").on_cluster(address))
    wait_for_step(run, 150)
    run.process.kill()
    run.process.wait()
    wait_until(lambda: not our_processes("ray::PartActor"))
    assert_same_bits(finished(resumed(run.path, None)), whole)


def resumed(path: Path, address: str | None) -> StartedRun:
    with RunReader(path) as reader:
        request = request_to_resume(path, reader.header(), reader.request())
    return started(request.on_cluster(address))
