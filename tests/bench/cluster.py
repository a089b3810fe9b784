"""What a second node is worth, and what streaming costs: `python -m tests.bench.cluster`.

It needs Ray (`pip install 'objtui[ray]'`) and two quiet cores. 32 seeds of an MLP at batch 512 are
trained as a whole, in one part on one node of one CPU, and in two parts on two such nodes. Steps a
second are those between the first and the last frame, so start-up is apart. Two nodes are to give
at least 1.7 times the steps of one, and one node at most 3 % fewer than no cluster.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

from objtui.cluster.connect import LOCAL, set_environment
from objtui.runfile.reader import RunReader
from objtui.trainer.launch import launch
from objtui.trainer.request import TrainRequest

SCENARIO = """
title = "An MLP"
[data]
source = "gaussians"
train_rows = 20_000
val_rows = 2000
[model]
backbone = "mlp"
hidden = [64]
[train]
steps = 2000
seeds = 32
batch = 512
eval_every = 100
compile = "never"
[[heads]]
name = "bce"
loss = "bce"
[[heads]]
name = "ce"
loss = "ce"
[[heads]]
name = "mse"
loss = "mse"
"""


def steps_per_s(request: TrainRequest) -> float:
    """Of a run, between its first and its last frame."""
    started = launch(request, Path(request.runs))
    started.process.wait()
    with RunReader(started.path) as reader:
        assert reader.status().state == "finished", reader.log()
        frames = [each.frame for each in reader.frames_after(scheduled_only=True)]
    return frames[-1].step / (frames[-1].elapsed_s - frames[0].elapsed_s)


def main() -> None:
    """Measure and print one line of JSON."""
    os.environ["OMP_NUM_THREADS"] = "1"
    set_environment(LOCAL, os.environ)
    from ray.cluster_utils import Cluster

    with tempfile.TemporaryDirectory() as runs:

        def request(name: str) -> TrainRequest:
            return TrainRequest("mlp.toml", SCENARIO, ".", runs, name=name)

        whole = steps_per_s(request("whole"))
        head = {"num_cpus": 0, "include_dashboard": False}
        cluster = Cluster(initialize_head=True, head_node_args=head)
        try:
            speeds = []
            for nodes in (1, 2):
                cluster.add_node(num_cpus=1)
                asked = request(f"nodes-{nodes}").on_cluster(str(cluster.address))
                speeds.append(steps_per_s(asked))
        finally:
            cluster.shutdown()
    one, two = speeds
    json.dump(
        {
            "whole": round(whole, 1),
            "one node": round(one, 1),
            "two nodes": round(two, 1),
            "two to one": round(two / one, 2),
            "streaming": round(1 - one / whole, 3),
        },
        sys.stdout,
    )
    print()


if __name__ == "__main__":
    main()
