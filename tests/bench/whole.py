"""Whole trainings as a user has them: `objtui run --headless` beside a script of compiled JAX.

    python -m tests.bench.whole --jax PYTHON [--quick] [--markdown]

Seconds from the start of a process to its end. Ours has its evaluations, its run file and the
compiling of its steps in it, first with an empty cache and then once more; JAX's has its
compiling in it, and all cores, and trains the same heads on rows of the same size, without
measuring anything.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from compileall import compile_dir
from importlib.resources import files
from pathlib import Path

from objtui.trainer.environment import usable_cores
from tests.bench.cases import FEATURES, ROWS, Case
from tests.bench.keeper import main_kept
from tests.bench.table import show, show_heading
from tests.bench.terminal import objtui

CASES = (Case(None, 64, 1), Case(None, 64, 8), Case(64, 64, 1))
STEPS = (20_000, 200_000, 2_000_000)
HEADING = ["backbone", "batch", "seeds", "steps"]
FIGURES = ["jax s", "first run s", "second run s", "jax / first", "jax / second"]

SCENARIO = """
title = "whole"
[data]
source = "gaussians"
train_rows = {rows}
dim = {features}
positive_share = 0.3
[model]
{model}
[train]
steps = {steps}
batch = {case.batch}
seeds = {case.seeds}
optimizer = "adamw"
lr = 1e-3
[[heads]]
name = "bce"
loss = "bce"
[[heads]]
name = "ce"
loss = "ce"
mirror = "bce"
[[heads]]
name = "mse"
loss = "mse"
"""


def write_scenario(case: Case, steps: int, folder: Path) -> Path:
    """The scenario file of a case."""
    model = f'backbone = "mlp"\nhidden = [{case.hidden}]' if case.hidden else ""
    path = folder / "whole.toml"
    text = SCENARIO.format(case=case, steps=steps, rows=ROWS, features=FEATURES, model=model)
    path.write_text(text, encoding="utf-8")
    return path


def seconds_of(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> float:
    """Seconds from the start of a process to its end."""
    began = time.perf_counter()
    nothing = subprocess.DEVNULL
    subprocess.run(command, cwd=folder, env=environment, check=True, stdin=nothing, stdout=nothing)
    return time.perf_counter() - began


def measure(case: Case, steps: int, python: str) -> tuple[float, float, float]:
    """Seconds of JAX, of our first run and of our second."""
    sizes = (case.hidden or 0, case.batch, case.seeds, usable_cores(), ROWS, FEATURES)
    peer = [python, str(Path(__file__).with_name("jax_peer.py")), *map(str, sizes), "wall"]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        cache = folder / "cache"
        environment = {**os.environ, "OBJTUI_CACHE": str(cache)}
        ours = objtui("run", str(write_scenario(case, steps, folder)), "--headless")
        theirs = seconds_of([*peer, str(steps)], folder, os.environ)
        first, second = (seconds_of(ours, folder, environment) for _ in range(2))
    return theirs, first, second


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="whole trainings, beside a script of JAX")
    parser.add_argument("--jax", metavar="PYTHON", required=True, help="interpreter with jax")
    parser.add_argument("--quick", action="store_true", help="without the longest trainings")
    parser.add_argument("--markdown", action="store_true")
    args = parser.parse_args()
    compile_dir(str(files("objtui")), quiet=1)  # as an installed one is
    show_heading(HEADING, FIGURES, args.markdown)
    for case in CASES:
        for steps in STEPS[: 2 if args.quick else 3]:
            theirs, first, second = measure(case, steps, args.jax)
            figures = [f"{each:.1f}" for each in (theirs, first, second)]
            figures += [f"{theirs / ours:.2f}" for ours in (first, second)]
            show([*case.names, f"{steps:,}".replace(",", " "), *figures], args.markdown)


if __name__ == "__main__":
    main_kept("tests.bench.whole", main)
