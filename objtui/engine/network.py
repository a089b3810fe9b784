"""Forward and backward of every member at once, in closed form.

Activations are kept as (…, units, rows), so that the first layers of all heads
of a seed are one matrix product and every later view is contiguous. A batch is
(groups, rows, features); `groups` is the number of seeds, or 1 where all seeds
share the rows.
"""

from __future__ import annotations

import torch
from torch import Tensor

from objtui.engine.activations import Activation
from objtui.engine.layer import Layer
from objtui.engine.population import Population

_HEADS_AT_ONCE = 4
"""Without a backbone heads are padded to a multiple of this: products with three rows are
half as slow again as those with four."""


class Network:
    """The function of a population: features → outputs u of every member.

    Outputs and slopes are (seeds, lanes, rows): a lane a head, and without a
    backbone idle ones behind them, whose outputs are 0.
    """

    def __init__(self, population: Population, activation: Activation) -> None:
        self._population = population
        self._activation = activation
        self._inputs: list[Tensor] = []  # of each hidden layer, before its activation
        self._activated: list[Tensor] = []
        heads, two = population.heads, population.two_neuron
        idle = 0 if population.hidden else -heads % _HEADS_AT_ONCE
        self._lanes = heads + idle
        self._output = _with_lanes(population.object, self._lanes)
        self._output_own = Layer(*(block[:, :heads] for block in self._output))
        self._output_two = Layer(*(block[:, :two] for block in self._output))
        self._output_is_object = not idle and not two
        self._trained = population.background_trained.to(population.flat)[:, None]
        self._all_trained = bool(population.background_trained.all())
        self._gradient = population.object_gradient
        if idle:
            self._gradient = _with_lanes(population.object_gradient, self._lanes)
        self._gradient_own = Layer(*(block[:, :heads] for block in self._gradient))
        self._gradient_two = Layer(*(block[:, :two] for block in self._gradient))

    def new_outputs(self, batches: int, rows: int) -> Tensor:
        """Room for outputs or slopes of some batches: (batches, seeds, lanes, rows), all 0."""
        seeds = self._population.seeds
        return self._population.flat.new_zeros(batches, seeds, self._lanes, rows)

    def forward(self, batch: Tensor, out: Tensor | None = None) -> Tensor:
        """Outputs u of a batch: (groups, rows, features) → (seeds, lanes, rows)."""
        output = self._output_layer()
        if not self._population.hidden:
            return _shared_input(output, batch, out)
        rows = batch.shape[1]
        hidden = self._hidden(batch)  # (members, units, rows)
        weight = output.weight.view(len(hidden), 1, -1)
        bias = output.bias.view(len(hidden), 1, 1)
        flat_out = None if out is None else out.view(-1, 1, rows)
        outputs = torch.baddbmm(bias, weight, hidden, out=flat_out)
        return outputs.view(self._population.seeds, -1, rows)

    def backward(self, batch: Tensor, slopes: Tensor) -> None:
        """Write the gradient of the mean loss over rows.

        Belongs to the last call of `forward`, with the same batch.

        Args:
            slopes: dL/du of each row, (seeds, lanes, rows); 0 in idle lanes.
        """
        population = self._population
        if population.hidden:
            self._backward_hidden(batch, slopes)
        else:
            _shared_input_gradient(slopes, batch, self._gradient)
            if self._gradient is not population.object_gradient:
                for block, own in zip(population.object_gradient, self._gradient_own, strict=True):
                    block.copy_(own)
        if population.two_neuron:
            for block, own in zip(population.background_gradient, self._gradient_two, strict=True):
                torch.neg(own, out=block)
                if not self._all_trained:
                    block.mul_(self._trained)  # pinned and frozen neurons have no gradient

    def _output_layer(self) -> Layer:
        """Weights and bias of u: object minus background where there are two neurons."""
        if self._output_is_object:
            return self._population.object
        for block, own in zip(self._output_own, self._population.object, strict=True):
            block.copy_(own)
        for block, background in zip(self._output_two, self._population.background, strict=True):
            block.sub_(background)
        return self._output

    def _hidden(self, batch: Tensor) -> Tensor:
        """Activations of the last hidden layer: (members, units, rows)."""
        population = self._population
        self._inputs.clear()
        self._activated.clear()
        members, rows = population.seeds * population.heads, batch.shape[1]
        first, *later = population.hidden
        merged = Layer(first.weight.flatten(1, 2), first.bias.flatten(1, 2))
        a = self._activate(_shared_input(merged, batch, None).view(members, -1, rows))
        for layer in later:
            weight = layer.weight.flatten(0, 1)  # (members, units, inputs)
            a = self._activate(torch.baddbmm(layer.bias.view(members, -1, 1), weight, a))
        return a

    def _activate(self, x: Tensor) -> Tensor:
        if self._activation.keeps_input:
            self._inputs.append(x.clone())
        self._activated.append(self._activation.apply_(x))
        return self._activated[-1]

    def _backward_hidden(self, batch: Tensor, slopes: Tensor) -> None:
        population = self._population
        members, rows = population.seeds * population.heads, batch.shape[1]
        back = slopes.view(members, 1, rows)
        output = self._output_layer().weight.view(members, -1, 1)
        _layer_gradient(back, self._activated[-1], population.object_gradient)
        back = output * back  # (members, units, rows)
        for depth in reversed(range(len(population.hidden))):
            a = self._activated[depth]
            x = self._inputs[depth] if self._activation.keeps_input else a
            back = self._activation.backward_(back, x, a)
            gradient = population.hidden_gradient[depth]
            if depth == 0:
                merged = Layer(gradient.weight.flatten(1, 2), gradient.bias.flatten(1, 2))
                _shared_input_gradient(back.view(population.seeds, -1, rows), batch, merged)
            else:
                _layer_gradient(back, self._activated[depth - 1], gradient)
                weight = population.hidden[depth].weight.flatten(0, 1)  # (members, units, inputs)
                back = torch.bmm(weight.transpose(1, 2), back)


def _shared_input(layer: Layer, batch: Tensor, out: Tensor | None) -> Tensor:
    """A layer that all units of a seed feed from the batch: → (seeds, units, rows).

    `layer` holds (seeds, units, features) and (seeds, units) or (seeds, units, 1).
    """
    seeds, units, features = layer.weight.shape
    groups, rows, _ = batch.shape
    product = torch.baddbmm(
        layer.bias.view(groups, -1, 1),
        layer.weight.view(groups, -1, features),
        batch.transpose(1, 2),
        out=None if out is None else out.view(groups, -1, rows),
    )
    return product.view(seeds, units, rows)


def _shared_input_gradient(back: Tensor, batch: Tensor, gradient: Layer) -> None:
    """Mean gradient over rows of such a layer, from back (seeds, units, rows)."""
    groups, rows, features = batch.shape
    back = back.view(groups, -1, rows)
    weight = gradient.weight.view(groups, -1, features)
    torch.baddbmm(weight, back, batch, beta=0, alpha=1 / rows, out=weight)
    torch.mean(back, -1, keepdim=True, out=gradient.bias.view(groups, -1, 1))


def _layer_gradient(back: Tensor, a: Tensor, gradient: Layer) -> None:
    """The same of a layer: its inputs a (members, inputs, rows), back (members, units, rows)."""
    members, units, rows = back.shape
    weight = gradient.weight.view(members, units, -1)
    torch.baddbmm(weight, back, a.transpose(1, 2), beta=0, alpha=1 / rows, out=weight)
    torch.mean(back, -1, keepdim=True, out=gradient.bias.view(members, units, 1))


def _with_lanes(layer: Layer, lanes: int) -> Layer:
    """A layer of zeros like this one, (seeds, heads, …) → (seeds, lanes, …)."""
    return Layer(*(block.new_zeros(block.shape[0], lanes, *block.shape[2:]) for block in layer))
