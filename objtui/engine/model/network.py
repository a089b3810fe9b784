"""Forward and backward of every member at once, in closed form.

Activations are kept as (…, units, rows), so that the first layers of all heads
of a seed are one matrix product and every later view is contiguous. A batch is
(groups, rows, features); `groups` is the number of seeds, or 1 where all seeds
share the rows.
"""

from __future__ import annotations

import torch
from torch import Tensor

from objtui.engine.model.activations import Activation
from objtui.engine.model.layer import Layer
from objtui.engine.model.population import Population

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
        heads, two, seeds = population.heads, population.two_neuron, population.seeds
        self._lanes = heads if population.hidden else heads + -heads % _HEADS_AT_ONCE
        # The last layer as one function of u for each head, and sums of its gradient over rows.
        units = population.output.shape[-1] - 1
        self._function = population.flat.new_zeros(seeds, self._lanes, units + 1)
        self._by_groups = {n: _split(self._function.view(n, -1, units + 1)) for n in (1, seeds)}
        self._sums = Layer(
            population.flat.new_zeros(seeds, self._lanes, units),
            population.flat.new_zeros(seeds, self._lanes),
        )
        # Views, made once.
        self._sums_by_groups = {n: self._sums.weight.view(n, -1, units) for n in (1, seeds)}
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
        """Outputs u of a batch: (groups, rows, features) → (seeds, lanes, rows)."""
        groups, rows, _ = batch.shape
        self._own_function.copy_(self._own)  # object minus background where there are two neurons
        if self._population.two_neuron:
            self._two_function.sub_(self._background)
        seeds = self._population.seeds
        if not self._population.hidden:
            if out is not None and groups != seeds:
                out = out.view(groups, -1, rows)
            outputs = _shared_input(self._by_groups[groups], batch, out)
            return outputs if groups == seeds else outputs.view(seeds, -1, rows)
        hidden = self._hidden(batch)  # (members, units, rows)
        weight, bias = _split(self._function.view(len(hidden), 1, -1))
        flat_out = None if out is None else out.view(-1, 1, rows)
        return torch.baddbmm(bias, weight, hidden, out=flat_out).view(seeds, -1, rows)

    def backward(self, batch: Tensor, slopes: Tensor) -> None:
        """Write the gradient of the mean loss over rows.

        Belongs to the last call of `forward`, with the same batch.

        Args:
            slopes: dL/du of each row, (seeds, lanes, rows); 0 in idle lanes.
        """
        groups, rows, _ = batch.shape
        if self._population.hidden:
            self._backward_hidden(batch, slopes)
        else:
            back = slopes if groups == len(slopes) else slopes.view(groups, -1, rows)
            torch.bmm(back, batch, out=self._sums_by_groups[groups])
        torch.sum(slopes, -1, out=self._sums.bias)
        per_row = self._one_over(rows)
        for block, own_sums in zip(self._own_gradient, self._own_sums, strict=True):
            torch.mul(own_sums, per_row, out=block)
        if self._population.two_neuron:
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

    def _hidden(self, batch: Tensor) -> Tensor:
        """Activations of the last hidden layer: (members, units, rows)."""
        population = self._population
        self._inputs.clear()
        self._activated.clear()
        groups, rows, features = batch.shape
        members = population.seeds * population.heads
        first, *later = population.hidden
        merged = Layer(first.weight.view(groups, -1, features), first.bias.view(groups, -1, 1))
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
        sums = self._sums.weight.view(members, 1, -1)
        torch.bmm(back, self._activated[-1].transpose(1, 2), out=sums)
        output = _split(self._function.view(members, 1, -1)).weight.transpose(1, 2)
        back = output * back  # (members, units, rows)
        for depth in reversed(range(len(population.hidden))):
            a = self._activated[depth]
            x = self._inputs[depth] if self._activation.keeps_input else a
            back = self._activation.backward_(back, x, a)
            gradient = population.hidden_gradient[depth]
            if depth == 0:
                _shared_input_gradient(back, batch, gradient)
            else:
                _layer_gradient(back, self._activated[depth - 1], gradient)
                weight = population.hidden[depth].weight.flatten(0, 1)  # (members, units, inputs)
                back = torch.bmm(weight.transpose(1, 2), back)


def _shared_input(layer: Layer, batch: Tensor, out: Tensor | None) -> Tensor:
    """A layer that all units of a group feed from its batch: → `out`, (groups, units, rows).

    `layer` holds (groups, units, features) and (groups, units, 1).
    """
    return torch.baddbmm(layer.bias, layer.weight, batch.transpose(1, 2), out=out)


def _shared_input_gradient(back: Tensor, batch: Tensor, gradient: Layer) -> None:
    """Mean gradient over rows of such a layer, from back (members, units, rows)."""
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


def _by_seed(neurons: Tensor) -> Layer:
    """(neurons, seeds, units + 1) → weights (seeds, neurons, units), bias (seeds, neurons)."""
    weight, bias = _split(neurons.transpose(0, 1))
    return Layer(weight, bias.squeeze(-1))


def _split(function: Tensor) -> Layer:
    """(…, units + 1) → weights (…, units) and bias (…, 1)."""
    return Layer(function[..., :-1], function[..., -1:])
