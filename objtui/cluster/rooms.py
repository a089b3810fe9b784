"""The pool that a run in parts trains on: a cluster's, or one in this process."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import torch

from objtui.cluster.connect import LOCAL
from objtui.cluster.here import PoolHere
from objtui.cluster.kept import kept_cluster
from objtui.cluster.prepare import Room, prepare_parts
from objtui.cluster.ray_pool import RayPool, cluster, free_cpus
from objtui.engine.data.dataset import Dataset
from objtui.scenario.schema import Scenario
from objtui.session import ProgressListener, Session

POLL_S = 1.0


def prepare_in_parts(
    scenario: Scenario,
    base: Path,
    progress: ProgressListener,
    address: str | None,
    max_parts: int,
    held: ExitStack,
    say: Callable[[str], None],
) -> Session:
    """A training in parts on the cluster at an address, or for None in this process.

    The cluster is joined once the data are right, and left when `held` is closed; one of this
    machine alone ends then. Raises UsageError where there is none, else as `prepare_parts`.
    """

    def room(dataset: Dataset) -> Room:
        if address is None:
            return Room(PoolHere(scenario, dataset), parts=1)
        threads = torch.get_num_threads()
        if address == LOCAL:  # its keeper ends it and removes its folder, even if we are killed
            held.enter_context(cluster(held.enter_context(kept_cluster(LOCAL, {})).address))
        else:
            held.enter_context(cluster(address))
        pool = RayPool(scenario, dataset, threads, say)
        held.callback(pool.end)
        return Room(pool, _await_cpus(threads, progress) // threads)

    return prepare_parts(scenario, base, progress, room, max_parts=max_parts, say=say)


def _await_cpus(wanted: int, progress: ProgressListener) -> int:
    """The free CPUs, once there are as many as are wanted."""
    while (free := free_cpus()) < wanted:
        progress("the cluster has no free CPU; waiting", 0.0)
        time.sleep(POLL_S)
    return free
