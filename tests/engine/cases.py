"""Small scenarios and data sets for tests of the engine."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from objtui.engine.data.dataset import Dataset, Rows
from objtui.engine.data.features import NumberTable
from objtui.engine.training import Training
from objtui.measures.frames import Frame
from objtui.scenario.schema import Scenario

TWINS = (
    {"name": "bce", "loss": "bce"},
    {"name": "ce", "loss": "ce", "mirror": "bce"},
    {"name": "mse", "loss": "mse"},
)


def make_scenario(
    heads: Any = TWINS, model: dict[str, Any] | None = None, **train: Any
) -> Scenario:
    """A scenario with these heads and training settings; its data table is a placeholder."""
    return Scenario.model_validate(
        {
            "title": "test",
            "data": {"source": "gaussians"},
            "model": model or {},
            "train": {"steps": 100, "batch": 32, "dtype": "float64", **train},
            "heads": list(heads),
        }
    )


def tensor_rows(features: Tensor, targets: Tensor, positive: Tensor) -> Rows:
    """Rows of given features: (rows, features), (rows,), (rows,)."""
    return Rows(NumberTable(features), targets, positive)


def make_rows(rows: int = 300, features: int = 6, seed: int = 0, separation: float = 2.0) -> Rows:
    """Two overlapping Gaussian classes, float64."""
    generator = torch.Generator().manual_seed(seed)
    positive = torch.rand(rows, generator=generator) < 0.4
    noise = torch.randn(rows, features, generator=generator, dtype=torch.float64)
    shift = (positive.double() - 0.5) * separation / features**0.5
    return tensor_rows(noise + shift[:, None], positive.double(), positive)


def make_training(
    scenario: Scenario, train: Rows | None = None, val: Rows | None = None
) -> Training:
    """A training on the CPU in the scenario's dtype."""
    dtype = getattr(torch, scenario.train.dtype)
    return Training(scenario, Dataset(train or make_rows(), val), torch.device("cpu"), dtype)


def scheduled(training: Training) -> list[Frame]:
    """The scheduled frames of a training, run to its end."""
    return [event for event in training.events() if isinstance(event, Frame) and event.scheduled]
