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


class Network:
    """The function of a population: features → outputs u of every member."""

    def __init__(self, population: Population, activation: Activation) -> None:
        self._population = population
        self._activation = activation
        self._inputs: list[Tensor] = []  # of each hidden layer, before its activation
        self._activated: list[Tensor] = []
        two = population.two_neuron
        self._output = Layer(*map(torch.empty_like, population.object))
        self._output_two = Layer(*(block[:, :two] for block in self._output))
        self._gradient_two = Layer(*(block[:, :two] for block in population.object_gradient))

    def forward(self, batch: Tensor, out: Tensor | None = None) -> Tensor:
        """Outputs u of a batch: (groups, rows, features) → (seeds, heads, rows)."""
        population = self._population
        output = self._output_layer()
        if not population.hidden:
            return _shared_input(output, batch, out)
        rows = batch.shape[1]
        hidden = self._hidden(batch)  # (members, units, rows)
        weight = output.weight.view(len(hidden), 1, -1)
        bias = output.bias.view(len(hidden), 1, 1)
        flat_out = None if out is None else out.view(-1, 1, rows)
        return torch.baddbmm(bias, weight, hidden, out=flat_out).view(
            population.seeds, population.heads, rows
        )

    def backward(self, batch: Tensor, slopes: Tensor) -> None:
        """Write the gradient of a loss, given its slope dL/du (seeds, heads, rows).

        Belongs to the last call of `forward`, with the same batch.
        """
        population = self._population
        if population.hidden:
            self._backward_hidden(batch, slopes)
        else:
            _shared_input_gradient(slopes, batch, population.object_gradient)
        if population.two_neuron:
            for own, background in zip(
                self._gradient_two, population.background_gradient, strict=True
            ):
                torch.neg(own, out=background)

    def _output_layer(self) -> Layer:
        """Weights and bias of u: object minus background where there are two neurons."""
        population = self._population
        if not population.two_neuron:
            return population.object
        for block, own, block_two, background in zip(
            self._output, population.object, self._output_two, population.background, strict=True
        ):
            block.copy_(own)
            block_two.sub_(background)
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
    """Gradient of such a layer from back (seeds, units, rows)."""
    groups, rows, features = batch.shape
    back = back.view(groups, -1, rows)
    torch.bmm(back, batch, out=gradient.weight.view(groups, -1, features))
    torch.sum(back, -1, keepdim=True, out=gradient.bias.view(groups, -1, 1))


def _layer_gradient(back: Tensor, a: Tensor, gradient: Layer) -> None:
    """Gradient of a layer: a (members, inputs, rows), back (members, units, rows)."""
    members, units, _ = back.shape
    target = gradient.weight.view(members, units, -1)
    torch.bmm(back, a.transpose(1, 2), out=target)
    torch.sum(back, -1, keepdim=True, out=gradient.bias.view(members, units, 1))
