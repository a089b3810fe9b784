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
        self._population = population
        self._backbone = population.backbone
        self._trained_backbone = population.backbone.has_parameters
        self._kept: list[Tensor] = []  # of the last forward pass, for the backward one
        heads, two, seeds = population.heads, population.two_neuron, population.seeds
        self._lanes = heads if self._trained_backbone else heads + -heads % _HEADS_AT_ONCE
        # The last layer as one function of u for each head, and sums of its gradient over rows.
        units = population.output.shape[-1] - 1
        self._function = population.flat.new_zeros(seeds, self._lanes, units + 1)
        self._sums = Layer(
            population.flat.new_zeros(seeds, self._lanes, units),
            population.flat.new_zeros(seeds, self._lanes),
        )
        # Views, made once; the first two by the number of trunks, which a batch decides.
        trunks = {seeds * heads} if self._trained_backbone else {1, seeds}
        self._by_trunks = {n: _split(self._function.view(n, -1, units + 1)) for n in trunks}
        self._sums_by_trunks = {n: self._sums.weight.view(n, -1, units) for n in trunks}
        self._own_function, self._two_function = self._function[:, :heads], self._function[:, :two]
        self._own_sums = Layer(*(block[:, :heads] for block in self._sums))
        self._own, self._background = population.output.transpose(0, 1).tensor_split([heads], 1)
        gradient = population.output_gradient
        self._own_gradient = Layer(*(block[:, :heads] for block in _by_seed(gradient)))
        self._two_gradient, self._background_gradient = gradient[:two], gradient[heads:]
        self._trained = population.background_factors
        self._all_trained = all(population.background_trained)
        self._per_row: tuple[int, Tensor | float] = (0, 0.0)

    def new_outputs(self, batches: int, rows: int) -> Tensor:
        """Room for outputs or slopes of some batches: (batches, seeds, lanes, rows), all 0."""
        seeds = self._population.seeds
        return self._population.flat.new_zeros(batches, seeds, self._lanes, rows)

    def forward(self, batch: Tensor, out: Tensor | None = None) -> Tensor:
        """Outputs u of a batch: (groups, inputs, *input shape) → (seeds, lanes, rows).

        `groups` is the number of seeds, or 1 where all seeds share the batch.
        """
        population = self._population
        self._own_function.copy_(self._own)  # object minus background where there are two neurons
        if population.two_neuron:
            self._two_function.sub_(self._background)
        self._kept.clear()
        self._kept = self._backbone.forward(population.backbone_parameters, batch)
        values = self._kept[-1].transpose(1, 2)  # (trunks, units, rows)
        trunks = len(values)
        weight, bias = self._by_trunks[trunks]
        if trunks == population.seeds:
            return torch.baddbmm(bias, weight, values, out=out)
        rows = values.shape[2]
        flat_out = None if out is None else out.view(trunks, -1, rows)
        outputs = torch.baddbmm(bias, weight, values, out=flat_out)
        return outputs.view(population.seeds, -1, rows)

    def backward(self, batch: Tensor, slopes: Tensor) -> None:
        """Write the gradient of the mean loss over rows.

        Belongs to the last call of `forward`, with the same batch.

        Args:
            slopes: dL/du of each row, (seeds, lanes, rows); 0 in idle lanes.
        """
        population = self._population
        values = self._kept[-1]  # (trunks, rows, units)
        trunks, rows, _ = values.shape
        back = slopes if trunks == population.seeds else slopes.view(trunks, -1, rows)
        torch.bmm(back, values, out=self._sums_by_trunks[trunks])
        if self._trained_backbone:
            weight = self._by_trunks[trunks].weight.transpose(1, 2)  # (members, units, 1)
            self._backbone.backward(
                population.backbone_parameters,
                population.backbone_gradient,
                batch,
                self._kept,
                weight * back,
            )
        torch.sum(slopes, -1, out=self._sums.bias)
        per_row = self._one_over(rows)
        for block, own_sums in zip(self._own_gradient, self._own_sums, strict=True):
            torch.mul(own_sums, per_row, out=block)
        if population.two_neuron:
            torch.neg(self._two_gradient, out=self._background_gradient)
            if not self._all_trained:  # pinned and frozen neurons have no gradient
                self._background_gradient.mul_(self._trained)

    def _one_over(self, rows: int) -> Tensor | float:
        """1 / rows: as a tensor, which spares each product a conversion, unless that rounds it."""
        if self._per_row[0] != rows:
            flat = self._population.flat
            exact = flat.dtype != torch.bfloat16
            self._per_row = (rows, flat.new_full((), 1 / rows) if exact else 1 / rows)
        return self._per_row[1]


def _by_seed(neurons: Tensor) -> Layer:
    """(neurons, seeds, units + 1) → weights (seeds, neurons, units), bias (seeds, neurons)."""
    weight, bias = _split(neurons.transpose(0, 1))
    return Layer(weight, bias.squeeze(-1))


def _split(function: Tensor) -> Layer:
    """(…, units + 1) → weights (…, units) and bias (…, 1)."""
    return Layer(function[..., :-1], function[..., -1:])
