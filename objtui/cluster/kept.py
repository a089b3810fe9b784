"""A cluster held by a process of its own, its keeper, for a training or those of a sweep."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from objtui.cluster.connect import set_environment
from objtui.errors import UsageError

KEEPER = (sys.executable, "-P", "-m", "objtui.cluster.keeper")

LEAVE_S = 10.0
"""How long a keeper may take to end its cluster."""


@dataclass(frozen=True, slots=True)
class KeptCluster:
    """A cluster that a keeper holds: its address, and its CPUs."""

    address: str
    cpus: int


@contextmanager
def kept_cluster(address: str, environment: dict[str, str]) -> Iterator[KeptCluster]:
    """The cluster at an address, or one of this machine alone that ends with the block.

    What joins it needs variables that are set in `os.environ` here, its token among them.

    Args:
        environment: further variables of the keeper.
    Raises:
        UsageError: there is no such cluster.
    """
    set_environment(address, os.environ)
    keeper = subprocess.Popen(
        [*KEEPER, *([address] if address else [])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environment},
        start_new_session=True,  # a ctrl+c is for what trains, which saves itself
    )
    assert keeper.stdin is not None
    assert keeper.stdout is not None
    try:
        answer = json.loads(keeper.stdout.readline() or b"{}")
        if "address" not in answer:
            reason = answer.get("error") or f"no cluster could be joined at {address or 'loopback'}"
            raise UsageError(reason)
        yield KeptCluster(answer["address"], answer["cpus"])
    finally:
        keeper.stdin.close()
        try:
            keeper.wait(LEAVE_S)
        except subprocess.TimeoutExpired:
            keeper.kill()
            keeper.wait()
        keeper.stdout.close()
