"""Forward and backward of every member at once: the backbone, and the last layer behind it.

What the backbone makes of a batch is (trunks, rows, units). A trunk is a member, or without
parameters under the heads all that see the same batch: one seed's members, or those of all. Their
last layers are then one matrix product.
"""

from __future__ import annotations

import torch
from torch import Tensor

from objtui.engine.model.backbone import RowBackbone
from objtui.engine.model.initial import Layer
from objtui.engine.model.population import Population

_HEADS_AT_ONCE = 4
"""Heads that share a trunk are padded to a multiple of this: products with three rows are half
as slow again as those with four."""


class Network:
    """The function of a population: inputs → outputs u of every member.

    Outputs and slopes are (seeds, lanes, rows): a lane a head, and where heads share a trunk
    idle ones behind them, whose outputs are 0.
    """

    def __init__(self, population: Population) -> None:
        if not isinstance(population.backbone, RowBackbone):
            raise TypeError(f"{type(population.backbone).__name__} is no backbone of rows")
        self._layer = _LastLayer(population)
        self._passes: dict[tuple[int, ...], Pass] = {}
        self._last: Pass

    def new_outputs(self, batches: int, rows: int) -> Tensor:
        """Room for outputs or slopes of some batches: (batches, seeds, lanes, rows), all 0."""
        return self._layer.population.flat.new_zeros(batches, *self._layer.lanes, rows)

    def pass_of(self, shape: torch.Size) -> Pass:
        """What goes over batches of a shape, (groups, rows, features); see `Pass.forward`."""
        if shape not in self._passes:
            joint = self._layer.keeps_inputs and shape[-1] > self._layer.units
            self._passes[shape] = (JointPass if joint else Pass)(self._layer, shape)
        return self._passes[shape]

    def forward(self, batch: Tensor) -> Tensor:
        """Outputs u of a batch: (groups, rows, features) → (seeds, lanes, rows).

        `groups` is the number of seeds, or 1 where all seeds share the batch.
        """
        self._last = self.pass_of(batch.shape)
        outputs = self.new_outputs(1, batch.shape[1])[0]
        self._last.forward(batch, batch.transpose(1, 2), outputs)
        return outputs

    def backward(self, batch: Tensor, slopes: Tensor) -> None:
        """Write the gradient of the mean loss over rows; belongs to the last call of `forward`.

        Args:
            slopes: dL/du of each row, (seeds, lanes, rows); 0 in idle lanes.
        """
        self._last.backward(batch, slopes)


class _LastLayer:
    """The last layer of all members as one function of u for each head, and views of it.

    Attributes:
        keeps_inputs: as of its backbone.
        lanes: seeds, and lanes of each.
        function: (seeds, lanes, units + 1), of which `combine` makes the parameters.
        gradient: of each head's own neuron, (seeds, heads, units + 1), from which `oppose` makes
            that of the background neurons.
    """

    def __init__(self, population: Population) -> None:
        assert isinstance(population.backbone, RowBackbone)
        self.population = population
        self.backbone = population.backbone
        self.keeps_inputs = population.backbone.keeps_inputs
        heads, two, seeds = population.heads, population.two_neuron, population.seeds
        self.shares = not population.backbone.has_parameters
        self.lanes = seeds, heads + -heads % _HEADS_AT_ONCE if self.shares else heads
        self.units = population.output.shape[-1] - 1
        self.function = population.flat.new_zeros(*self.lanes, self.units + 1)
        self._own_function, self._two_function = self.function[:, :heads], self.function[:, :two]
        own, background = population.output.transpose(0, 1).tensor_split([heads], 1)
        self._own, self._background = own, background if two else None
        gradient = population.output_gradient
        self.gradient = gradient[:heads].transpose(0, 1)
        self._two_gradient, self._background_gradient = gradient[:two], gradient[heads:]
        self._trained = population.background_factors
        self._all_trained = all(population.background_trained)

    def combine(self) -> None:
        """Make the function: object minus background where there are two neurons."""
        self._own_function.copy_(self._own)
        if self._background is not None:
            self._two_function.sub_(self._background)

    def oppose(self) -> None:
        """Make the gradient of background neurons of that of object neurons."""
        if self._background is not None:
            torch.neg(self._two_gradient, out=self._background_gradient)
            if not self._all_trained:  # pinned and frozen neurons have no gradient
                self._background_gradient.mul_(self._trained)


class Pass:
    """Forward and backward over batches of one shape, by views that are made once.

    Args:
        shape: of a batch, (groups, rows, features).
    """

    def __init__(self, layer: _LastLayer, shape: torch.Size) -> None:
        groups, rows, _ = shape
        seeds, lanes = layer.lanes
        self._layer = layer
        self._trunks = groups if layer.shares else seeds * lanes
        self._trunk_shape = (self._trunks, seeds * lanes // self._trunks, rows)
        self._kept: list[Tensor] = []  # of the last forward pass, for the backward one
        population, backbone = layer.population, layer.backbone
        flat = population.flat
        self._backbone = backbone
        self._parameters = backbone.views(population.backbone_parameters, groups)
        self._backbone_gradient = backbone.views(population.backbone_gradient, groups)
        # 1 / rows as a tensor, which spares each product a conversion, unless that rounds it.
        exact = flat.dtype != torch.bfloat16
        self._per_row: Tensor | float = flat.new_full((), 1 / rows) if exact else 1 / rows
        self._weight, self._bias = _split(layer.function.view(self._trunks, -1, layer.units + 1))
        self._turned_weight = self._weight.transpose(1, 2)  # (trunks, units, lanes)
        self._weight_sums = flat.new_zeros(self._weight.shape)
        self._bias_sums = flat.new_zeros(layer.lanes)
        own, bias = _split(layer.gradient)
        heads = own.shape[1]
        self._gradient = Layer(own, bias.squeeze(-1))
        self._own_sums = Layer(
            self._weight_sums.view(seeds, lanes, -1)[:, :heads], self._bias_sums[:, :heads]
        )

    def by_trunk(self, lanes: Tensor) -> Tensor:
        """(seeds, lanes, rows) as the lanes of each trunk."""
        return lanes.view(self._trunk_shape)

    def forward(self, batch: Tensor, turned: Tensor, out: Tensor) -> None:
        """Write the outputs u of a batch, (seeds, lanes, rows).

        Args:
            batch, turned: (groups, rows, features) and (groups, features, rows).
        """
        layer = self._layer
        layer.combine()
        self._kept.clear()
        self._kept = self._backbone.forward(self._parameters, batch)
        values = self._kept[-1].transpose(1, 2)  # (trunks, units, rows)
        torch.baddbmm(self._bias, self._weight, values, out=self.by_trunk(out))

    def backward(self, batch: Tensor, slopes: Tensor) -> None:
        """Write the gradient of the mean loss over rows; belongs to the last call of `forward`.

        Args:
            slopes: dL/du of each row, (seeds, lanes, rows); 0 in idle lanes.
        """
        layer, back = self._layer, self.by_trunk(slopes)
        torch.bmm(back, self._kept[-1], out=self._weight_sums)
        if not layer.shares:
            self._backbone.backward(
                self._parameters,
                self._backbone_gradient,
                batch,
                self._kept,
                self._turned_weight * back,  # (members, units, rows)
            )
        torch.sum(slopes, -1, out=self._bias_sums)
        torch.mul(self._own_sums.weight, self._per_row, out=self._gradient.weight)
        torch.mul(self._own_sums.bias, self._per_row, out=self._gradient.bias)
        layer.oppose()


class JointPass(Pass):
    """Over rows of each seed with a 1 behind their features: products with these hold the biases,
    too.
    """

    def __init__(self, layer: _LastLayer, shape: torch.Size) -> None:
        super().__init__(layer, shape)
        seeds, lanes = layer.lanes
        assert self._trunks == seeds  # such rows are gathered for each seed
        self._function = layer.function.view(self._trunks, -1, layer.units + 1)
        self._sums = torch.zeros_like(self._function)
        self._joint_sums = self._sums.view(seeds, lanes, -1)[:, : layer.gradient.shape[1]]
        self._joint_gradient = layer.gradient

    def forward(self, batch: Tensor, turned: Tensor, out: Tensor) -> None:
        self._layer.combine()
        torch.bmm(self._function, turned, out=out)

    def backward(self, batch: Tensor, slopes: Tensor) -> None:
        torch.bmm(slopes, batch, out=self._sums)
        torch.mul(self._joint_sums, self._per_row, out=self._joint_gradient)
        self._layer.oppose()


def _split(function: Tensor) -> Layer:
    """(…, units + 1) → weights (…, units) and bias (…, 1)."""
    return Layer(function[..., :-1], function[..., -1:])
