"""All members of a run as slices of one flat tensor of parameters.

Inside the engine heads are ordered so that those with two neurons come first
and those with one loss stand together; `order` leads back to the scenario.
Every block is (seeds, heads, …), so that one matrix product serves a whole
population and no member can disturb another.

                    weight                              bias
    hidden layers   (seeds, heads, units, units before) (seeds, heads, units)
    object          (seeds, heads, units before)        (seeds, heads, 1)
    background      (seeds, two_neuron, units before)   (seeds, two_neuron, 1)

`object` is the one neuron of a head, or its object neuron; `background` is the
other neuron of "ce".
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import torch
from torch import Tensor

from objtui.engine.head_loss import HeadLoss
from objtui.engine.initial import initial_layers
from objtui.engine.layer import Layer
from objtui.engine.mirror import mapping_of, resolve_mirrors
from objtui.scenario.schema import Scenario


@dataclass(frozen=True, slots=True)
class LossGroup:
    """Neighbouring heads that share one loss: positions start…stop in engine order."""

    heads: slice
    loss: HeadLoss


class Population:
    """Parameters, gradients and per-parameter factors of every member.

    Attributes:
        seeds, heads, two_neuron: numbers of seeds, heads and two-neuron heads.
        order: engine position → position in the scenario.
        groups: heads by loss.
        background_trained: whether the background neuron is, (two_neuron,), on the CPU.
        flat, gradient: all parameters and their gradients, (parameters,).
        rate, decay: factors on rate and weight decay, (parameters,).
        norm_limit: factors on the clipped norm, (heads,).
        hidden, object, background: layers of `flat`; `*_gradient` of `gradient`.
    """

    def __init__(
        self, scenario: Scenario, features: int, dtype: torch.dtype, device: torch.device
    ) -> None:
        heads = resolve_mirrors(scenario.heads)
        losses = [HeadLoss.of(head) for head in heads]
        first_with = {loss: losses.index(loss) for loss in reversed(losses)}
        self.order = tuple(
            sorted(
                range(len(heads)),
                key=lambda i: (heads[i].neurons != 2, first_with[losses[i]], i),
            )
        )
        ordered = [heads[i] for i in self.order]
        self.seeds = len(scenario.train.seeds)
        self.heads = len(heads)
        self.two_neuron = sum(head.neurons == 2 for head in heads)
        self.groups = _loss_groups([losses[i] for i in self.order])
        self.background_trained = torch.tensor(
            [head.negative_neuron == "free" for head in ordered[: self.two_neuron]],
            dtype=torch.bool,
        )

        hidden = scenario.model.layers
        start = initial_layers(scenario, ordered, (features, *hidden))
        blocks = [block for layer in start for block in (layer.weight, layer.bias)]
        self._shapes = [block.shape for block in blocks]
        self.flat = torch.cat([block.flatten() for block in blocks]).to(device, dtype)
        self.gradient = torch.zeros_like(self.flat)
        *self.hidden, self.object, self.background = self.layers(self.flat)
        *self.hidden_gradient, self.object_gradient, self.background_gradient = self.layers(
            self.gradient
        )

        by_name = {head.name: head for head in heads}
        mappings = [mapping_of(head, by_name, bool(hidden)) for head in ordered]
        self.rate = self._last_layer_factors([mapping.rate for mapping in mappings])
        self.decay = self._last_layer_factors([mapping.decay for mapping in mappings])
        self.norm_limit = torch.tensor(
            [mapping.norm_limit for mapping in mappings], device=device, dtype=dtype
        )

    def blocks(self, flat: Tensor) -> list[Tensor]:
        """Weights and biases of a tensor that is laid out as `flat`, in turn."""
        sizes = [shape.numel() for shape in self._shapes]
        pieces: tuple[Tensor, ...] = torch.split(flat, sizes)
        return [piece.view(shape) for piece, shape in zip(pieces, self._shapes, strict=True)]

    def layers(self, flat: Tensor) -> list[Layer]:
        """The layers of a tensor that is laid out as `flat`."""
        blocks = self.blocks(flat)
        return [Layer(*pair) for pair in zip(blocks[::2], blocks[1::2], strict=True)]

    def member_norm(self, flat: Tensor) -> Tensor:
        """Euclidean norm over the parameters of each member: (seeds, heads)."""
        squares = flat.new_zeros(self.seeds, self.heads)
        for block in self.blocks(flat):
            squares[:, : block.shape[1]] += block.flatten(2).square().sum(-1)
        return squares.sqrt()

    def weight_norm(self) -> Tensor:
        """Norm of the weights of z in the last layer, bias left out: (seeds, heads)."""
        weight = self.object.weight.clone()
        weight[:, : self.two_neuron] -= self.background.weight
        norm: Tensor = torch.linalg.vector_norm(weight, dim=-1)
        return norm

    def in_scenario_order(self, values: Tensor) -> Tensor:
        """(seeds, heads, …) in engine order → (heads, seeds, …) in the scenario's."""
        result = torch.empty_like(values.transpose(0, 1))
        result[list(self.order)] = values.transpose(0, 1)
        return result

    def _last_layer_factors(self, of_heads: list[float]) -> Tensor:
        """Factors of the last layer's parameters, (parameters,); 1 elsewhere.

        Those of background neurons that are not trained are 0.
        """
        factors = torch.ones_like(self.flat)
        *_, own, background = self.layers(factors)
        column = factors.new_tensor(of_heads)[:, None]
        trained = self.background_trained.to(factors)[:, None]
        for block in own:
            block.mul_(column)  # (seeds, heads, …)
        for block in background:
            block.mul_(column[: self.two_neuron] * trained)
        return factors


def _loss_groups(losses: list[HeadLoss]) -> tuple[LossGroup, ...]:
    groups = []
    start = 0
    for loss, members in groupby(losses):
        stop = start + len(list(members))
        groups.append(LossGroup(slice(start, stop), loss))
        start = stop
    return tuple(groups)
