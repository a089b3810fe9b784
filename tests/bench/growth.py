"""How the engine's time grows, and what measuring costs a run.

    python -m tests.bench.growth [--rounds 5] [--markdown]

One thread, no backbone, batch 256, three heads, five seeds, 20 000 rows of 32 features,
each changed in turn. The last line is a run of `nuclei` from start to end: the share of
evaluation and recording in its time.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable

import torch

from objtui.engine.training import Training
from tests.bench.cases import HEADS, Case, make_rows, stacked, step_seconds
from tests.bench.keeper import main_kept
from tests.bench.table import show

BASE = Case(None, 256, 5)
ROUND_S = 0.2


def of_rows(rows: int) -> Training:
    """A training on so many rows."""
    return stacked(make_rows(rows), BASE)


def of_features(features: int) -> Training:
    """A training on rows of so many features."""
    return stacked(make_rows(features=features), BASE)


def of_seeds(seeds: int) -> Training:
    """A training of so many seeds."""
    return stacked(make_rows(), BASE._replace(seeds=seeds))


def of_heads(heads: int) -> Training:
    """A training of so many heads, none of them mirrored."""
    losses = [HEADS[i % len(HEADS)]["loss"] for i in range(heads)]
    named = tuple({"name": f"head{i}", "loss": loss} for i, loss in enumerate(losses))
    return stacked(make_rows(), BASE, heads=named)


def after_steps(steps: int) -> Training:
    """A training of a million steps that has taken so many."""
    training = stacked(make_rows(), BASE)
    while training.step < steps:
        training.advance(training.chunk_steps)
    return training


PARTS: dict[str, tuple[Callable[[int], Training], tuple[int, ...]]] = {
    "rows": (of_rows, (2_000, 20_000, 200_000, 1_000_000)),
    "features": (of_features, (8, 32, 128, 512)),
    "seeds": (of_seeds, (1, 4, 16, 64)),
    "heads": (of_heads, (1, 3, 8, 24)),
    "steps taken": (after_steps, (0, 10_000, 30_000, 100_000)),
}


def step_us(training: Training, rounds: int) -> float:
    """Median microseconds of a step."""

    def advance() -> int:
        training.advance(training.chunk_steps)
        return training.chunk_steps

    step_seconds(advance, ROUND_S)
    return 1e6 * statistics.median(step_seconds(advance, ROUND_S) for _ in range(rounds))


def measuring_share() -> tuple[float, float]:
    """A run of nuclei: seconds it trained and measured, and the share of measuring."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "objtui", "run", "nuclei", "--headless", "--json"]
        lines = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    end = json.loads(lines.stdout.splitlines()[-1])
    took: float = end["train_s"] + end["eval_s"]
    return took, end["eval_s"] / took


def main() -> None:
    """Print a line a part: what was changed, and the time of a step."""
    parser = argparse.ArgumentParser(description="how the engine's time grows")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--markdown", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(1)
    for name, (make, sizes) in PARTS.items():
        figures = [f"{size:,}: {step_us(make(size), args.rounds):.0f} µs" for size in sizes]
        show([name, *(figure.replace(",", " ") for figure in figures)], args.markdown)
    took, share = measuring_share()
    print(f"\nnuclei: {took:.1f} s, of which evaluation and recording {share * 100:.1f} %")


if __name__ == "__main__":
    main_kept("tests.bench.growth", main)
