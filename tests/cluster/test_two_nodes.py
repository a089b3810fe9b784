"""Runs in parts on a real cluster of two nodes in this machine: the bits of the run as a whole.

About a minute on a quiet machine, most of which Ray takes to start. What takes longer is in
`test_ray_faults`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.real import (
    LOOPBACK,
    NEEDS_RAY,
    Nodes,
    a_request,
    assert_same_bits,
    finished,
    go_on,
    kill_one,
    listening,
    log_of,
    nodes,
    our_processes,
    pause_at_frame,
    ray_environment,
    resumed,
    started,
)
from tests.conftest import wait_until

pytestmark = NEEDS_RAY


@pytest.fixture(scope="module", autouse=True)
def environment() -> Iterator[None]:
    with ray_environment():
        yield


@pytest.fixture(scope="module")
def whole(environment: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of all seeds in one trainer."""
    return finished(started(a_request(tmp_path_factory.mktemp("whole"), "whole")))


@pytest.fixture(scope="module")
def two_nodes(environment: None) -> Iterator[Nodes]:
    """One cluster for all, as it takes longest to start."""
    with nodes(2) as held:
        yield held
    wait_until(lambda: not our_processes())


def test_two_parts_of_which_one_is_killed(two_nodes: Nodes, whole: Path, tmp_path: Path) -> None:
    run = started(a_request(tmp_path, "worker").on_cluster(two_nodes.address))
    pause_at_frame(run, 3)
    assert len(our_processes("ray::PartActor")) == 2
    assert listening(our_processes()) <= LOOPBACK
    kill_one("ray::PartActor")
    go_on(run)
    assert_same_bits(finished(run), whole)
    assert "begin again" in log_of(run)


@pytest.mark.thorough
def test_a_stop_and_a_resume_on_one_node(two_nodes: Nodes, whole: Path, tmp_path: Path) -> None:
    run = started(a_request(tmp_path, "stop").on_cluster(two_nodes.address))
    pause_at_frame(run, 3)
    run.process.terminate()
    path = finished(run, "stopped")
    two_nodes.have(1)
    again = resumed(path, two_nodes.address)
    assert_same_bits(finished(again), whole)
    assert "shares one" in log_of(again)
