"""All members of a run as slices of one flat tensor of parameters.

Inside the engine heads are ordered so that those with two neurons come first
and those with one loss stand together; `order` leads back to the scenario.
One matrix product serves a whole population, and no member can disturb another.

    backbone        (seeds, heads, …) of each of `Backbone.shapes` in turn

                    weight                              bias
    object          (seeds, heads, units)               (seeds, heads, 1)
    background      (seeds, two_neuron, units)          (seeds, two_neuron, 1)

`object` is the one neuron of a head, or its object neuron; `background` is the
other neuron of "ce"; `units` are what the backbone gives them. Both are views of
`output`, the last layer as it lies in memory: (neurons, seeds, units + 1), background
neurons last, a bias behind its weights. So what has factors of its own on rate and
decay, a head's last layer, lies together. Over a backbone with `sizes` every neuron is as many,
one for each size of an anchor: the axis of sizes lies before that of units everywhere.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from itertools import groupby

import torch
from torch import Tensor

from objtui.engine.model.backbone import Backbone
from objtui.engine.model.head_loss import HeadLoss
from objtui.engine.model.initial import Layer, initial_parameters
from objtui.engine.model.mirror import mapping_of, resolve_mirrors
from objtui.scenario.schema import Head, Scenario

_VECTOR = 16
"""Blocks begin at multiples of this, idle parameters of 0 between them. Kernels round the last
few numbers of a span unlike those that fill a vector register: where a member lies would tell."""


@dataclass(frozen=True, slots=True)
class LossGroup:
    """Neighbouring heads that share one loss: positions start…stop in engine order."""

    heads: slice
    loss: HeadLoss


class Population:
    """Parameters, gradients and per-parameter factors of every member.

    Attributes:
        backbone: what lies under the heads.
        seeds, heads, two_neuron: numbers of seeds, heads and two-neuron heads.
        run_seeds: seeds of the run, of which these are all or a part. What is computed block by
            block in a step goes by these, so that a part rounds as the whole does.
        order: engine position → position in the scenario.
        groups: heads by loss.
        background_trained: whether the background neuron is, of each two-neuron head.
        background_factors: 1 where it is, else 0, (two_neuron, 1, 1), with an axis of sizes
            where there is one.
        flat, gradient: all parameters and their gradients, (parameters,).
        rate, decay: factors on rate and weight decay, (parameters,).
        norm_limit: factors on the clipped norm, (heads,).
        backbone_parameters, backbone_gradient: what `flat` and `gradient` hold of the backbone.
        object, background: the last layer's neurons in `flat`.
        output, output_gradient: the last layer, (neurons, seeds, *sizes, units + 1), of each.
    """

    def __init__(
        self,
        scenario: Scenario,
        backbone: Backbone,
        dtype: torch.dtype,
        device: torch.device,
        positive_share: float = 0.5,
        *,
        run_seeds: int | None = None,
    ) -> None:
        """Args:
        positive_share: of the rows that are trained on, for losses that depend on it.
        run_seeds: by default those of the scenario.
        """
        heads = resolve_mirrors(scenario.heads)
        losses = [HeadLoss.of(head, positive_share) for head in heads]
        first_with = {loss: losses.index(loss) for loss in reversed(losses)}
        self.backbone = backbone
        self.order = tuple(
            sorted(
                range(len(heads)),
                key=lambda i: (heads[i].neurons != 2, first_with[losses[i]], i),
            )
        )
        ordered = [heads[i] for i in self.order]
        self.seeds = len(scenario.train.seeds)
        self.run_seeds = self.seeds if run_seeds is None else run_seeds
        self.heads = len(heads)
        self.two_neuron = sum(head.neurons == 2 for head in heads)
        self.groups = _loss_groups([losses[i] for i in self.order])
        self.background_trained = tuple(
            head.negative_neuron == "free" for head in ordered[: self.two_neuron]
        )

        self._shapes = self._block_shapes()
        flat = self._start(scenario, ordered).to(device, dtype)
        self._bind(flat, torch.zeros_like(flat))
        ones = (1,) * (2 + len(backbone.sizes))
        self.background_factors = flat.new_tensor(self.background_trained).view(-1, *ones)

        by_name = {head.name: head for head in heads}
        mappings = [mapping_of(head, by_name, backbone.has_parameters) for head in ordered]
        self.rate = self._last_layer_factors([mapping.rate for mapping in mappings])
        self.decay = self._last_layer_factors([mapping.decay for mapping in mappings])
        self.norm_limit = torch.tensor(
            [mapping.norm_limit for mapping in mappings], device=device, dtype=dtype
        )

    def over(self, flat: Tensor, gradient: Tensor) -> Population:
        """The same members with other tensors, laid out alike, for parameters and gradients."""
        other = copy(self)
        other._bind(flat, gradient)
        return other

    def room(self, seeds: int) -> Population:
        """The same heads of so many seeds, all parameters 0, which `copy_seeds` fills.

        To be evaluated, not trained: its factors on rate and decay are those of this population.
        """
        other = copy(self)
        other.seeds = other.run_seeds = seeds
        other._shapes = other._block_shapes()
        flat = self.flat.new_zeros(sum(map(_span, other._shapes)))
        other._bind(flat, torch.zeros_like(flat))
        return other

    def copy_seeds(self, source: Population, positions: Tensor) -> None:
        """Take the parameters of these seeds of another population of the same heads, in turn.

        `positions`: (seeds,), by which a seed may come more than once.
        """
        *backbone, output = self._pieces(self.flat)
        *from_backbone, from_output = source._pieces(source.flat)
        for block, from_block in zip(backbone, from_backbone, strict=True):
            torch.index_select(from_block, 0, positions, out=block)
        torch.index_select(from_output, 1, positions, out=output)

    def blocks(self, flat: Tensor) -> list[Tensor]:
        """All that members hold of a tensor that is laid out as `flat`: (seeds, heads, …) each."""
        *backbone, output = self._pieces(flat)
        return [*backbone, *(block for layer in self._neurons(output) for block in layer)]

    def named_blocks(self) -> list[tuple[str, int, tuple[int, ...]]]:
        """Name, first place and shape of what `flat` holds: the backbone's parameters in turn,
        (seeds, heads, …), and last `output`, as it lies, idle parameters included.
        """
        blocks, start = [], 0
        names = [*self.backbone.parameter_names, "output"]
        for name, shape in zip(names, self._shapes, strict=True):
            blocks.append((name, start, tuple(shape)))
            start += _span(shape)
        return blocks

    def neurons(self, flat: Tensor) -> tuple[Layer, Layer]:
        """Object and background neurons of a tensor that is laid out as `flat`."""
        return self._neurons(self._pieces(flat)[-1])

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
        norm: Tensor = torch.linalg.vector_norm(weight.flatten(2), dim=-1)
        return norm

    def logits(self, outputs: Tensor) -> Tensor:
        """z of outputs u, (seeds, heads, …): these themselves where all are logits."""
        if all(group.loss.scores_output for group in self.groups):
            return outputs
        logits = torch.empty_like(outputs)
        for group in self.groups:
            logits[:, group.heads] = group.loss.logits(outputs[:, group.heads])
        return logits

    def in_scenario_order(self, values: Tensor) -> Tensor:
        """(seeds, heads, …) in engine order → (heads, seeds, …) in the scenario's."""
        result = torch.empty_like(values.transpose(0, 1))
        result[list(self.order)] = values.transpose(0, 1)
        return result

    def _bind(self, flat: Tensor, gradient: Tensor) -> None:
        self.flat, self.gradient = flat, gradient
        *self.backbone_parameters, output = self._pieces(flat)
        *self.backbone_gradient, output_gradient = self._pieces(gradient)
        self.object, self.background = self._neurons(output)
        self.output = output[..., : self.backbone.units + 1]
        self.output_gradient = output_gradient[..., : self.backbone.units + 1]

    def _start(self, scenario: Scenario, ordered: list[Head]) -> Tensor:
        """All parameters before the first step, float64; `ordered` heads as the engine has them."""
        start = initial_parameters(scenario, ordered, self.backbone)
        flat = torch.zeros(sum(map(_span, self._shapes)), dtype=torch.float64)
        background = (block[:, : self.two_neuron] for block in start.background)
        values = (*start.backbone, *start.object, *background)
        for block, block_values in zip(self.blocks(flat), values, strict=True):
            block.copy_(block_values)
        return flat

    def _block_shapes(self) -> list[torch.Size]:
        """Of what `flat` holds: the backbone's parameters in turn, then the last layer."""
        backbone = self.backbone
        shapes = [torch.Size([self.seeds, self.heads, *shape]) for shape in backbone.shapes]
        neurons, row = self.heads + self.two_neuron, _up_to_vector(backbone.units + 1)
        return [*shapes, torch.Size([neurons, self.seeds, *backbone.sizes, row])]

    def _neurons(self, output: Tensor) -> tuple[Layer, Layer]:
        """Object and background neurons of a last layer as it lies."""
        units, layers = self.backbone.units, []
        for neurons in output.tensor_split([self.heads]):
            block = neurons.transpose(0, 1)  # (seeds, heads, *sizes, units + 1 and idle ones)
            weight, bias, _ = block.tensor_split([units, units + 1], dim=-1)
            layers.append(Layer(weight, bias))
        return layers[0], layers[1]

    def _pieces(self, flat: Tensor) -> list[Tensor]:
        """Parameters of the backbone in turn, then the last layer as it lies."""
        pieces = torch.split(flat, [_span(shape) for shape in self._shapes])
        return [
            piece[: shape.numel()].view(shape)
            for piece, shape in zip(pieces, self._shapes, strict=True)
        ]

    def _last_layer_factors(self, of_heads: list[float]) -> Tensor:
        """Factors of the last layer's parameters, (parameters,), float64; 1 elsewhere.

        Those of background neurons that are not trained are 0.
        """
        factors = torch.ones(self.flat.shape, dtype=torch.float64)
        own, background = self._pieces(factors)[-1].tensor_split([self.heads])
        ones = (1,) * (own.dim() - 1)
        own.copy_(factors.new_tensor(of_heads).view(-1, *ones))
        trained = factors.new_tensor(self.background_trained).view(-1, *ones)
        background.copy_(own[: self.two_neuron] * trained)
        return factors


def _span(shape: torch.Size) -> int:
    """Parameters that a block takes up, idle ones included."""
    return _up_to_vector(shape.numel())


def _up_to_vector(size: int) -> int:
    return size + -size % _VECTOR


def _loss_groups(losses: list[HeadLoss]) -> tuple[LossGroup, ...]:
    groups = []
    start = 0
    for loss, members in groupby(losses):
        stop = start + len(list(members))
        groups.append(LossGroup(slice(start, stop), loss))
        start = stop
    return tuple(groups)
