"""What the benchmarks of speed train: three heads on the same rows, by every peer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch

from objtui.engine.data.dataset import Dataset, Rows
from objtui.engine.data.features import NumberTable
from objtui.engine.training import Training
from objtui.scenario.schema import Scenario

ROWS, FEATURES, HIDDEN = 20_000, 32, 64
HEADS: tuple[dict[str, str], ...] = (
    {"name": "bce", "loss": "bce"},
    {"name": "ce", "loss": "ce", "mirror": "bce"},
    {"name": "mse", "loss": "mse"},
)


class Case(NamedTuple):
    """One population: width of its hidden layer or None, rows of a batch, seeds."""

    hidden: int | None
    batch: int
    seeds: int

    @property
    def names(self) -> tuple[str, str, str]:
        """Backbone, batch and seeds as the table shows them."""
        backbone = "none" if self.hidden is None else f"mlp {self.hidden}"
        return backbone, "all" if self.batch == ROWS else str(self.batch), str(self.seeds)


def cases(quick: bool) -> Iterator[Case]:
    """Every case, or a few that say most."""
    for hidden in (None, HIDDEN):
        for batch in (64, 512) if quick else (64, 512, ROWS):
            for seeds in (1, 8) if quick else (1, 8, 32):
                yield Case(hidden, batch, seeds)


def make_rows(rows: int = ROWS, features: int = FEATURES) -> Rows:
    """Two overlapping Gaussian classes."""
    generator = torch.Generator().manual_seed(0)
    positive = torch.rand(rows, generator=generator) < 0.3
    noise = torch.randn(rows, features, generator=generator)
    return Rows(NumberTable(noise + positive.float()[:, None] * 0.5), positive.float(), positive)


def scenario_of(
    case: Case,
    optimizer: str = "adamw",
    heads: tuple[dict[str, str], ...] = HEADS,
    steps: int = 10**6,
    *,
    compiled: str = "auto",
    rows: int = ROWS,
) -> Scenario:
    """The scenario of a case; `compiled` is its `train.compile`."""
    hidden = case.hidden
    model: dict[str, Any] = {} if hidden is None else {"backbone": "mlp", "hidden": [hidden]}
    return Scenario.model_validate(
        {
            "title": "speed",
            "data": {"source": "gaussians"},
            "model": model,
            "train": {
                "steps": steps,
                "batch": "all" if case.batch == rows else case.batch,
                "seeds": case.seeds,
                "optimizer": optimizer,
                "eval_every": steps,
                "compile": compiled,
            },
            "heads": list(heads),
        }
    )


def stacked(
    rows: Rows,
    case: Case,
    optimizer: str = "adamw",
    heads: tuple[dict[str, str], ...] = HEADS,
    steps: int = 10**6,
    *,
    compiled: bool = False,
    device: str = "cpu",
) -> Training:
    """The engine's training of the heads."""
    scenario = scenario_of(
        case,
        optimizer,
        heads,
        steps,
        compiled="always" if compiled else "never",
        rows=len(rows),
    )
    return Training(scenario, Dataset(rows, None), torch.device(device), torch.float32)


Clock = Callable[[], float]

CLOCKS: dict[str, Clock] = {"wall": time.perf_counter, "cpu": time.thread_time}
"""Time on the wall; or processor time of the thread that trains, which on a machine shared
with others is what the wall shows on one that is not (one thread only)."""


def step_seconds(
    advance: Callable[[], int], seconds: float, clock: Clock = CLOCKS["wall"]
) -> float:
    """Seconds of one population step; `advance` takes some and says how many."""
    began, steps = clock(), 0
    while clock() - began < seconds:
        steps += advance()
    if torch.cuda.is_initialized():  # whatever was only asked of the device
        torch.cuda.synchronize()
    return (clock() - began) / steps
