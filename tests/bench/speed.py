"""Population steps of the stacked engine against hand-written PyTorch loops.

    python -m tests.bench.speed [--optimizer adamw] [--threads 1] [--rounds 7]

Both train three heads (BCE, CE, MSE) on the same 20 000 rows of 32 features,
keep the loss of every step, and take turns in one process. A population step
advances every head and seed once. The ratio is the median over rounds of the
loops' time over the engine's in the same round.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import torch

from objtui.engine.data.dataset import Dataset, Rows
from objtui.engine.training import Training
from objtui.scenario.schema import Scenario
from tests.bench.peer import make_members

ROWS, FEATURES, HIDDEN = 20_000, 32, 64
CASES = [
    (hidden, batch, seeds) for hidden in (None, HIDDEN) for batch in (64, 512) for seeds in (1, 8)
]
GOALS = {
    (None, 64, 1): 7,
    (None, 64, 8): 60,
    (None, 512, 8): 35,
    (HIDDEN, 64, 8): 10,
    (HIDDEN, 512, 1): 2,
}
"""Least ratios, on one thread."""

ROUND_S = 0.4
"""Time of either side in one round, at least."""


def make_rows() -> Rows:
    """Two overlapping Gaussian classes."""
    generator = torch.Generator().manual_seed(0)
    positive = torch.rand(ROWS, generator=generator) < 0.3
    noise = torch.randn(ROWS, FEATURES, generator=generator)
    return Rows(noise + positive.float()[:, None] * 0.5, positive.float(), positive)


def stacked(rows: Rows, hidden: int | None, batch: int, seeds: int, optimizer: str) -> Training:
    """The engine's training of the three heads."""
    model = {"backbone": "none"} if hidden is None else {"backbone": "mlp", "hidden": [hidden]}
    scenario = Scenario.model_validate(
        {
            "title": "speed",
            "data": {"source": "gaussians"},
            "model": model,
            "train": {
                "steps": 10**9,
                "batch": batch,
                "seeds": seeds,
                "optimizer": optimizer,
                "eval_every": 10**9,
            },
            "heads": [
                {"name": "bce", "loss": "bce"},
                {"name": "ce", "loss": "ce", "mirror": "bce"},
                {"name": "mse", "loss": "mse"},
            ],
        }
    )
    return Training(scenario, Dataset(rows, None), torch.device("cpu"), torch.float32)


def time_steps(advance: Callable[[], int], seconds: float) -> float:
    """Seconds of one population step; `advance` takes some and says how many."""
    began, steps = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        steps += advance()
    return (time.perf_counter() - began) / steps


def measure(
    rows: Rows, hidden: int | None, batch: int, seeds: int, optimizer: str, rounds: int
) -> tuple[float, float, float]:
    """Median seconds of a step in the engine and in the loops, and the median ratio."""
    training = stacked(rows, hidden, batch, seeds, optimizer)
    members = make_members(seeds, FEATURES, hidden, batch, optimizer)
    chunk = training.chunk_steps

    def engine() -> int:
        training.advance(chunk)
        return chunk

    def loops() -> int:
        for member in members:
            member.step(rows.features, rows.targets)
        return 1

    time_steps(engine, ROUND_S / 2)
    time_steps(loops, ROUND_S / 2)
    pairs = [(time_steps(engine, ROUND_S), time_steps(loops, ROUND_S)) for _ in range(rounds)]
    ours, theirs = zip(*pairs, strict=True)
    ratio = statistics.median(b / a for a, b in pairs)
    return statistics.median(ours), statistics.median(theirs), ratio


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="engine against hand-written loops")
    parser.add_argument("--optimizer", choices=["sgd", "adam", "adamw"], default="adamw")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=7)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    rows = make_rows()
    print(f"torch {torch.__version__}, {args.threads} thread, {args.optimizer}; µs a step")
    print("backbone  batch  seeds   engine    loops   ratio   goal")
    for hidden, batch, seeds in CASES:
        ours, theirs, ratio = measure(rows, hidden, batch, seeds, args.optimizer, args.rounds)
        name = "none" if hidden is None else f"mlp {hidden}"
        goal = GOALS.get((hidden, batch, seeds), "")
        print(
            f"{name:8}  {batch:5}  {seeds:5}  {ours * 1e6:7.0f}  {theirs * 1e6:7.0f}"
            f"  {ratio:6.1f}  {goal:>5}",
            flush=True,
        )


if __name__ == "__main__":
    main()
