"""The backbones by name. A new one is a class, an entry here and one of `BACKBONE_KEYS`."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from objtui.engine.model.backbone import Backbone, Cost, RowBackbone
from objtui.engine.model.conv import Conv
from objtui.engine.model.mlp import Mlp
from objtui.scenario.schema import Model


class NoBackbone(RowBackbone):
    """The features as they are."""

    shapes = ()
    widest = 0
    can_be_compiled = True
    keeps_inputs = True

    def __init__(self, model: Model, input_shape: tuple[int, ...]) -> None:
        (self.inputs,) = input_shape
        self.units = self.inputs

    def initial(self, generator: torch.Generator) -> list[Tensor]:
        return []

    def forward(self, parameters: Sequence[Tensor], batch: Tensor) -> list[Tensor]:
        return [batch]

    def backward(
        self,
        parameters: Sequence[Tensor],
        gradient: Sequence[Tensor],
        batch: Tensor,
        kept: list[Tensor],
        slopes: Tensor,
    ) -> None:
        """Nothing to be done."""

    def cost(self, rows: int) -> Cost:
        return Cost(0.0, 0.0, 0.0)

    def activation_bytes(self, rows: int, dtype: torch.dtype) -> int:
        return 0


BACKBONES: dict[str, type[Backbone]] = {"none": NoBackbone, "mlp": Mlp, "conv": Conv}


def make_backbone(model: Model, input_shape: tuple[int, ...]) -> Backbone:
    """The backbone of a scenario for inputs of one shape."""
    return BACKBONES[model.backbone](model, input_shape)
