"""What a second node is worth, and what streaming costs: `python -m tests.bench.cluster`.

It needs Ray (`pip install 'objtui[ray]'`) and two quiet cores. 32 seeds of an MLP at batch 512 are
trained as a whole, in one part on one node of one CPU, in two parts on two such nodes, and apart:
as two runs of 16 seeds at once, which is all that two cores could give. Each round has all four in
an order by chance, and what is compared is compared within a round. Steps a second are those
between the first and the last frame, so start-up is apart. Two nodes are to give at least 1.7 times
the steps of one, and one node at most 3 % fewer than no cluster.

Of every figure comes the median of the rounds, and its interval of at least 90 % (from 5 rounds
on) by order statistics: the chance that the median lies outside is that of as many heads, or as
many tails, among coins.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import statistics
import tempfile
from collections.abc import Callable, Sequence
from operator import itemgetter
from pathlib import Path

from objtui.cluster.connect import LOCAL, set_environment
from objtui.runfile.reader import RunReader
from objtui.trainer.launch import StartedRun, begin_launch
from objtui.trainer.request import TrainRequest
from tests.bench.keeper import main_kept
from tests.bench.table import show, show_heading

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

COVERED = 0.9
"""Of the interval of a median."""


def steps_per_s(run: StartedRun) -> float:
    """Of a run, between its first and its last frame."""
    run.process.wait()
    with RunReader(run.path) as reader:
        assert reader.status().state == "finished", reader.log()
        frames = [each.frame for each in reader.frames_after(scheduled_only=True)]
    return frames[-1].step / (frames[-1].elapsed_s - frames[0].elapsed_s)


def median_interval(values: Sequence[float]) -> tuple[float, float, float]:
    """The median of values, and the two of them that enclose that of what they are drawn from.

    They are the innermost pair that does so with a probability of COVERED at least, else the
    outermost; by the binomial distribution of how many values lie below a median.
    """
    ordered, n = sorted(values), len(values)
    inner = 0
    outside = 2 * 0.5**n
    while inner + 1 < n / 2 and outside + 2 * math.comb(n, inner + 1) * 0.5**n <= 1 - COVERED:
        inner += 1
        outside += 2 * math.comb(n, inner) * 0.5**n
    return statistics.median(ordered), ordered[inner], ordered[n - 1 - inner]


def measure(kinds: dict[str, Callable[[str], float]], rounds: int) -> list[dict[str, float]]:
    """Steps a second of every kind in every round, in an order by chance."""
    order = random.Random(0)
    measured = []
    for number in range(rounds):
        kinds_now = order.sample(list(kinds), len(kinds))
        names = {kind: f"{kind.replace(' ', '-')}-{number}" for kind in kinds_now}
        measured.append({kind: kinds[kind](names[kind]) for kind in kinds_now})
    return measured


def report(rounds: Sequence[dict[str, float]], markdown: bool) -> None:
    """Print what the rounds come to."""
    show_heading(["figure"], ["median", "from", "to", "goal"], markdown)

    def line(
        name: str, goal: str, digits: int, figure: Callable[[dict[str, float]], float]
    ) -> None:
        values = median_interval([figure(each) for each in rounds])
        show([name, *(f"{value:.{digits}f}" for value in values), goal], markdown)

    for kind in sorted(rounds[0]):
        line(f"{kind}, steps/s", "", 1, itemgetter(kind))
    line("two nodes to one", ">= 1.7", 2, lambda each: each["two nodes"] / each["one node"])
    line("apart to whole", "", 2, lambda each: each["apart"] / each["whole"])
    line("streaming", "<= 0.03", 3, lambda each: 1 - each["one node"] / each["whole"])


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="about a minute and a half each")
    parser.add_argument("--markdown", action="store_true")
    args = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    set_environment(LOCAL, os.environ)
    from ray.cluster_utils import Cluster

    with tempfile.TemporaryDirectory() as runs:

        def speed(
            *names: str, address: str | None = None, parts: int = 1, seeds: int = 32
        ) -> float:
            """Of the slowest of runs that train at once."""
            requests = [
                TrainRequest("mlp.toml", SCENARIO, ".", runs, name=name, seeds=seeds)
                for name in names
            ]
            starting = [
                begin_launch(each.on_cluster(address, max_parts=parts), Path(runs))
                for each in requests
            ]
            started = [each.finish() for each in starting]
            return min(map(steps_per_s, started))

        head = {"num_cpus": 0, "include_dashboard": False}
        cluster = Cluster(initialize_head=True, head_node_args=head)
        try:
            for _ in range(2):
                cluster.add_node(num_cpus=1)
            address = str(cluster.address)
            kinds = {
                "whole": speed,
                "one node": lambda name: speed(name, address=address),
                "two nodes": lambda name: speed(name, address=address, parts=2),
                "apart": lambda name: speed(name, f"{name}-too", seeds=16),
            }
            rounds = measure(kinds, args.rounds)
        finally:
            cluster.shutdown()
    report(rounds, args.markdown)


if __name__ == "__main__":
    main_kept("tests.bench.cluster", main)
