"""A loss, an optimiser and a source of data that objtui does not have, as its recipes say."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from torch import Tensor

from objtui.engine.data.arrays import numpy_dtype
from objtui.engine.data.dataset import Dataset, make_rows
from objtui.losses import Formula, softplus
from objtui.optimizers import Optimizer
from objtui.options import option
from objtui.scenario.schema.table import DataTable, NonNegativeFloat, PositiveInt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from objtui.scenario.lines import Finding
    from objtui.session import ProgressListener


@dataclass(frozen=True, slots=True)
class Tempered(Formula):
    """Cross-entropy of sigmoid(κ z): least where κ z is the logit of t."""

    kappa: float = option(1.5, "Temperature", gt=0)

    def value(self, z: Tensor, target: Tensor) -> Tensor:
        return softplus(z * self.kappa) - target * z * self.kappa

    def slope_(self, z: Tensor, p: Tensor, target: Tensor) -> None:
        p.copy_(((z * self.kappa).sigmoid() - target) * self.kappa)


@dataclass(frozen=True, slots=True)
class Adagrad(Optimizer):
    """As torch.optim.Adagrad (Duchi et al., 2011)."""

    eps: float = option(1e-10, "Term added to the denominator", gt=0)
    lr_decay: float = option(0.0, "Fall of the learning rate", ge=0)

    def state(self) -> tuple[str, ...]:
        return ("sum",)

    def update_(self, state: dict[str, Tensor], rate: Tensor, decay: Tensor, taken: Tensor) -> None:
        parameters = state["parameters"]
        direction = state["gradient"] + decay * parameters
        root = state["sum"].add_(direction * direction).sqrt()
        fallen = (1 + taken * self.lr_decay).to(parameters)
        parameters.sub_(rate / fallen * direction / (root + self.eps))


class RingData(DataTable):
    """Objects within a ring of background."""

    builder = "rows.ring"

    source: Literal["ring"]
    rows: PositiveInt = 200
    """Number of rows."""
    radius: NonNegativeFloat = 2.0
    """Radius of the ring."""

    def problems(self) -> Iterator[Finding]:
        """A ring that is no larger than what lies within."""
        if self.radius <= 1:
            yield Finding(("data", "radius"), "expected more than 1, the radius of the objects")


def build(
    data: RingData, base: Path, precision: torch.dtype, progress: ProgressListener
) -> Dataset:
    """x, y and x² + y² of every row; every other one is an object."""
    random = np.random.default_rng(data.seed)
    targets = np.arange(data.rows) % 2.0
    radii = np.where(targets == 1, random.random(data.rows), data.radius)
    angles = random.random(data.rows) * 2 * np.pi
    x, y = radii * np.cos(angles), radii * np.sin(angles)
    features = np.stack([x, y, x**2 + y**2], axis=-1).astype(numpy_dtype(precision))
    return Dataset(make_rows(features, targets), None)
