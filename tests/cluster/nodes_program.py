"""`python -m tests.cluster.nodes_program`: a real cluster in this machine, for tests.

A head without CPUs, and as many nodes of one CPU each as the last line on stdin says. Every line is
answered by one of JSON. All ends when stdin does, so whoever asked for it may be killed. It is no
part of the tests' own process, in which Ray would put its handlers of signals.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from objtui.cluster.ray_pool import FOLDERS, SHORT_PATH


def main() -> None:
    """Hold the cluster until stdin ends."""
    # Ray reads its settings from the environment when it is imported.
    from ray._private import node
    from ray.cluster_utils import Cluster

    node.time = PatientTime()
    folder = tempfile.mkdtemp(prefix=f"{FOLDERS}{os.getpid()}-", dir=SHORT_PATH)
    # Where Ray writes down the address of the latest cluster, a folder that it does not make.
    os.environ["RAY_TMPDIR"] = folder
    Path(folder, "ray").mkdir()
    head = {"num_cpus": 0, "include_dashboard": False, "temp_dir": folder}
    cluster: Any = Cluster(initialize_head=True, head_node_args=head)
    address = str(cluster.address)
    nodes: list[Any] = []
    try:
        for line in sys.stdin:
            if line.strip() == "behead":
                cluster.head_node.kill_gcs_server()
            else:
                while len(nodes) < int(line):
                    nodes.append(cluster.add_node(num_cpus=1, temp_dir=folder))
                while len(nodes) > int(line):
                    cluster.remove_node(nodes.pop(), allow_graceful=False)
            print(json.dumps({"address": address}), flush=True)
    finally:
        with contextlib.suppress(Exception):  # it may have no head
            cluster.shutdown()
        end_what_is_left()
        shutil.rmtree(folder, ignore_errors=True)


class PatientTime:
    """The module `time` to Ray, which gives a node 30 s to start, however busy the machine is."""

    def monotonic(self) -> float:
        """Seconds that pass slowly."""
        return time.monotonic() / 10

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


def end_what_is_left() -> None:
    """Kill what of Ray has our token: agents of nodes that were killed live on for a minute."""
    token = os.environ["RAY_AUTH_TOKEN"].encode()
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            is_rays = token in (entry / "environ").read_bytes()
            is_rays &= b"/ray/" in (entry / "cmdline").read_bytes()
            if is_rays:
                os.kill(int(entry.name), signal.SIGKILL)


if __name__ == "__main__":
    main()
