"""[[heads]]: the heads to compare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from objtui.losses import LOSSES
from objtui.scenario.schema.table import (
    FiniteFloat,
    NonNegativeFloat,
    OpenShare,
    PositiveFloat,
    Table,
)

if TYPE_CHECKING:
    LossName = str
else:
    LossName = Literal[tuple(LOSSES)]

HeadName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=24)]


class Head(Table):
    """One head: the last layer and its loss."""

    name: HeadName
    """Name of the head: letters, digits and underscores."""
    loss: LossName
    """The loss; it also decides the number of neurons (two for "ce", else one)."""
    mirror: str | None = None
    """Name of a "bce" head whose exact twin this "ce" head becomes."""
    lr_scale: PositiveFloat = 1.0
    """Factor on the learning rate of the last layer."""
    weight_decay_scale: NonNegativeFloat = 1.0
    """Factor on the weight decay of the last layer."""
    negative_neuron: Literal["free", "zero", "frozen"] = "free"
    """The background neuron of "ce": trained, pinned at 0, or left at its random start."""
    prior: OpenShare | None = None
    """Initial p of every row: the last layer starts at weights 0 and this bias."""
    initial_logit: FiniteFloat | None = None
    """Initial z of every row, instead of `prior`."""
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """ε of label smoothing: the target becomes t (1 − ε) + ε / 2."""
    positive_weight: PositiveFloat = 1.0
    """Factor on the loss of positive rows; the mean over rows is not rescaled."""
    gamma: NonNegativeFloat = 2.0
    """Focusing exponent of "focal"."""
    double_sigmoid: bool = False
    """The common mistake on purpose: a sigmoid before a loss that applies its own."""

    @property
    def neurons(self) -> int:
        """Neurons of the last layer: 2 (background, object) or 1."""
        return LOSSES[self.loss].neurons
