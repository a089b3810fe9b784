"""[[heads]]: the heads to compare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from objtui.losses import LOSSES, Formula
from objtui.options import with_options
from objtui.runfile.records import HEAD_NAME, MAX_HEAD_NAME
from objtui.scenario.schema.options import fill_in, with_option_keys
from objtui.scenario.schema.table import (
    FiniteFloat,
    NonNegativeFloat,
    OpenShare,
    PositiveFloat,
    Table,
)
from objtui.text.numbers import either, quoted

if TYPE_CHECKING:
    LossName = str
else:
    LossName = Literal[tuple(LOSSES)]

HeadName = Annotated[str, Field(pattern=f"^{HEAD_NAME}$", max_length=MAX_HEAD_NAME)]

FORMULAS = {name: loss.formula for name, loss in LOSSES.items()}
"""By the loss's name, the class that has its options."""

TWO_NEURONS = either(quoted(name for name, loss in LOSSES.items() if loss.neurons == 2), "and")
MIRRORS = either(quoted(name for name, loss in LOSSES.items() if loss.twin))
MIRRORED = either(quoted(loss.twin for loss in LOSSES.values() if loss.twin))
SIGMOIDS = either(quoted(name for name, loss in LOSSES.items() if loss.sigmoid))
"""Names of losses: of two neurons, that can mirror, can be mirrored, and apply a sigmoid."""


class _Common(Table):
    """The keys before the options of losses."""

    name: HeadName
    """Name of the head: letters, digits and underscores."""
    loss: LossName = Field(
        description=f"The loss; it also decides the number of neurons (two for {TWO_NEURONS}, "
        "else one)."
    )
    mirror: str | None = Field(
        default=None,
        description=f"Name of a {MIRRORED} head whose exact twin this {MIRRORS} head becomes.",
    )
    lr_scale: PositiveFloat = 1.0
    """Factor on the learning rate of the last layer."""
    weight_decay_scale: NonNegativeFloat = 1.0
    """Factor on the weight decay of the last layer."""
    negative_neuron: Literal["free", "zero", "frozen"] = Field(
        default="free",
        description=f"The background neuron of {TWO_NEURONS}: trained, pinned at 0, or left at "
        "its random start.",
    )
    prior: OpenShare | None = None
    """Initial p of every row: the last layer starts at weights 0 and this bias."""
    initial_logit: FiniteFloat | None = None
    """Initial z of every row, instead of `prior`."""
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """ε of label smoothing: the target becomes t (1 − ε) + ε / 2."""
    positive_weight: PositiveFloat = 1.0
    """Factor on the loss of positive rows; the mean over rows is not rescaled."""


if TYPE_CHECKING:
    _WithLossOptions = _Common
else:
    _WithLossOptions = with_option_keys("_WithLossOptions", _Common, FORMULAS)


class Head(_WithLossOptions):
    """One head: the last layer and its loss."""

    double_sigmoid: bool = False
    """The common mistake on purpose: a sigmoid before a loss that applies its own."""
    class_p: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Factor on p after training: the p of a class that nothing trains, as in detectors of one
    class that score class times objectness. Scores are of the product, `loss` is of objectness."""

    @model_validator(mode="after")
    def _with_own_defaults(self) -> Self:
        fill_in(self, FORMULAS[self.loss])
        return self

    @property
    def formula(self) -> Formula:
        """The formula of the loss, with its options."""
        return with_options(FORMULAS[self.loss], vars(self))

    @property
    def neurons(self) -> int:
        """Neurons of the last layer: 2 (background, object) or 1."""
        return LOSSES[self.loss].neurons
