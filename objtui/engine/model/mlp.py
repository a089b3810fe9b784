"""Hidden layers of each member's own, forward and backward in closed form.

Activations are kept as (members, units, rows), so that the first layers of all heads of a seed
are one matrix product and every later view is contiguous.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor

from objtui.engine.model.activations import ACTIVATIONS
from objtui.engine.model.backbone import Cost, RowBackbone, layer_names
from objtui.engine.model.initial import draw_linear
from objtui.scenario.schema import Model


class Mlp(RowBackbone):
    """Linear layers, each with an activation behind it.

    Parameters are weight (units, units before) and bias (units,) of each layer in turn. Before the
    values `forward` returns, of each, what goes into its activation and what comes out of it; the
    latter twice where the slope needs no more.
    """

    can_be_compiled = True

    def __init__(self, model: Model, input_shape: tuple[int, ...]) -> None:
        (self.inputs,) = input_shape
        self.hidden = tuple(model.hidden)
        self.activation = ACTIVATIONS[model.activation]
        self._sides = list(pairwise((self.inputs, *self.hidden)))
        self._activation = self.activation
        self.shapes = tuple(
            shape for before, units in self._sides for shape in ((units, before), (units,))
        )
        self.units = model.hidden[-1]
        self.widest = max(model.hidden)
        self._all_units = sum(model.hidden)

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Weight and bias of each layer."""
        return layer_names(len(self.hidden))

    def initial(self, generator: torch.Generator) -> list[Tensor]:
        layers = [draw_linear(before, units, generator) for before, units in self._sides]
        return [block for layer in layers for block in layer]

    def views(self, blocks: Sequence[Tensor], groups: int) -> list[Tensor]:
        """Weight (n, units, units before) and bias (n, units, 1) of each layer: of the first for
        all units that see a batch, n = groups, of the others by member."""
        first_weight, first_bias, *later = blocks
        first = [first_weight.view(groups, -1, self.inputs), first_bias.view(groups, -1, 1)]
        weights = [weight.flatten(0, 1) for weight in later[::2]]
        biases = [bias.flatten(0, 1)[..., None] for bias in later[1::2]]
        return [*first, *(each for layer in zip(weights, biases, strict=True) for each in layer)]

    def forward(self, parameters: Sequence[Tensor], batch: Tensor) -> list[Tensor]:
        weight, bias, *later = parameters
        x = torch.baddbmm(bias, weight, batch.transpose(1, 2))
        kept: list[Tensor] = []
        a = self._activate(x.view(-1, self.hidden[0], x.shape[2]), kept)  # (members, units, rows)
        for weight, bias in zip(later[::2], later[1::2], strict=True):
            a = self._activate(torch.baddbmm(bias, weight, a), kept)
        kept.append(a.transpose(1, 2))
        return kept

    def _activate(self, x: Tensor, kept: list[Tensor]) -> Tensor:
        before = x.clone() if self._activation.keeps_input else x
        a = self._activation.apply_(x)
        kept += (before, a)
        return a

    def backward(
        self,
        parameters: Sequence[Tensor],
        gradient: Sequence[Tensor],
        batch: Tensor,
        kept: list[Tensor],
        slopes: Tensor,
    ) -> None:
        for depth in reversed(range(len(self._sides))):
            x, a = kept[2 * depth : 2 * depth + 2]
            slopes = self._activation.backward_(slopes, x, a)
            weight, bias = gradient[2 * depth : 2 * depth + 2]
            if depth == 0:
                _mean_gradient(slopes.view(len(weight), -1, batch.shape[1]), batch, weight, bias)
            else:
                _mean_gradient(slopes, kept[2 * depth - 1].transpose(1, 2), weight, bias)
                slopes = torch.bmm(parameters[2 * depth].transpose(1, 2), slopes)

    def cost(self, rows: int) -> Cost:
        connections = sum(before * units for before, units in self._sides)
        passes = rows * self._all_units * 1e-9
        return Cost(
            dispatch=45e-6 * len(self._sides),
            training=passes + rows * connections * 70e-12,
            passes=passes,
            scoring=rows * (self._all_units * 0.5e-9 + connections * 25e-12),
        )

    def activation_bytes(self, rows: int, dtype: torch.dtype) -> int:
        return 3 * rows * self._all_units * dtype.itemsize


def _mean_gradient(slopes: Tensor, inputs: Tensor, weight: Tensor, bias: Tensor) -> None:
    """Write a layer's gradient, the mean over rows.

    Args:
        slopes: (n, units, rows), where n is the number of members, or of groups of members that
            share the inputs, whose units lie behind one another.
        inputs: (n, rows, units before).
        weight, bias: (n, units, units before) and (n, units, 1).
    """
    torch.baddbmm(weight, slopes, inputs, beta=0, alpha=1 / inputs.shape[1], out=weight)
    torch.mean(slopes, -1, keepdim=True, out=bias)
