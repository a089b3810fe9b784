"""Population steps of detectors against hand-written loops, in the same rounds.

    python -m tests.bench.detector [--seeds 3] [--rounds 5] [--markdown]

Three heads (BCE, CE, MSE) with boxes on 4 tiles of 128 × 128 pixels, AdamW, float32, one thread,
by the processor time of that thread. Loops take a model a head and seed, one after the other, on
tiles that are there already; those of the engine are gathered by another thread meanwhile. A ratio
is the median over rounds of the loops' time over the engine's.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import torch

from tests.bench.keeper import main_kept
from tests.bench.table import show, show_heading
from tests.engine.detector_cases import PlainDetector, detector_scenario, detector_training

LAYERS = {
    "16 32 32 32": [[16, 4, 4], [32, 2, 2], [32, 3, 1], [32, 3, 1]],
    "8 16 16 16": [[8, 4, 4], [16, 2, 2], [16, 3, 1], [16, 3, 1]],
}
GOALS = {"16 32 32 32": 1.4, "8 16 16 16": 2.5}
"""Least ratios with 9 members."""

ROUND_S = 0.5


def seconds_of(step: Callable[[], int]) -> float:
    """Processor time of a step, over as many as take a round."""
    began, taken = time.thread_time(), 0
    while time.thread_time() - began < ROUND_S:
        taken += step()
    return (time.thread_time() - began) / taken


def contenders(layers: list[list[int]], seeds: int) -> tuple[Callable[[], int], Callable[[], int]]:
    """What takes some steps of the engine, and of the loops; each says how many."""
    scenario = detector_scenario(
        model={"layers": layers},
        data={"size": 256, "objects": 12, "anchors": {}},
        seeds=seeds,
        batch=4,
        tile=128,
        dtype="float32",
        lr=2e-3,
        steps=10**6,
    )
    training = detector_training(scenario)
    members = [
        (seed, PlainDetector(training, scenario, head, seed))
        for seed in range(seeds)
        for head in range(len(scenario.heads))
    ]
    optimizers = [member.optimizer() for _, member in members]
    tiles = training._stepper._batches.take(0, 1)  # type: ignore[union-attr]

    def engine() -> int:
        training.advance(training.chunk_steps)
        return training.chunk_steps

    def loops() -> int:
        for batch in tiles:
            for (seed, member), optimizer in zip(members, optimizers, strict=True):
                member.step(optimizer, batch, seed)
        return len(tiles)

    return engine, loops


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--markdown", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(f"torch {torch.__version__}, {3 * options.seeds} members\n")
    show_heading(["channels"], ["engine ms", "loops ms", "loops", "goal"], options.markdown)
    for name, layers in LAYERS.items():
        engine, loops = contenders(layers, options.seeds)
        engine(), loops()
        rounds = [(seconds_of(engine), seconds_of(loops)) for _ in range(options.rounds)]
        ours, theirs = (statistics.median(each) * 1e3 for each in zip(*rounds, strict=True))
        ratio = statistics.median(loop / own for own, loop in rounds)
        goal = f"{GOALS[name]}" if options.seeds == 3 else ""
        show([name, f"{ours:.1f}", f"{theirs:.1f}", f"{ratio:.2f}", goal], options.markdown)


if __name__ == "__main__":
    main_kept("tests.bench.detector", main)
