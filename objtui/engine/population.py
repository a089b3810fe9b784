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

import math
from dataclasses import dataclass
from itertools import groupby

import torch
from torch import Tensor

from objtui.engine.head_loss import HeadLoss
from objtui.engine.initial import initial_layers
from objtui.engine.layer import Layer
from objtui.scenario.schema import Head, Scenario


@dataclass(frozen=True, slots=True)
class LossGroup:
    """Neighbouring heads that share one loss: positions start…stop in engine order."""

    heads: slice
    loss: HeadLoss


@dataclass(frozen=True, slots=True)
class Mapping:
    """Factors of one head on the scenario's rate, decay and norm limit.

    The last layer's factors apply to weights and bias of each of its neurons;
    a background neuron that is not trained has factors 0 of its own.
    """

    rate: float
    last_rate: float
    last_decay: float
    norm_limit: float


def mapping_of(head: Head, heads: dict[str, Head], has_backbone: bool) -> Mapping:
    """The factors of a head; of a mirrored one those that make it the exact twin.

    A twin's logit moves by the steps of two rows. Half the rate and twice the
    decay keep it at the pace of one; where the background neuron is not
    trained there is but one row, and nothing to map. Its gradient is √2 as long
    as its reference's, which only a clipped norm feels.
    """
    if head.mirror is None:
        return Mapping(head.lr_scale, head.lr_scale, head.weight_decay_scale, 1.0)
    reference = heads[head.mirror]
    if head.negative_neuron != "free":
        return Mapping(reference.lr_scale, reference.lr_scale, reference.weight_decay_scale, 1.0)
    return Mapping(
        rate=reference.lr_scale,
        last_rate=reference.lr_scale / 2,
        last_decay=reference.weight_decay_scale * 2,
        norm_limit=1.0 if has_backbone else math.sqrt(2),
    )


def resolve_mirrors(heads: tuple[Head, ...]) -> tuple[Head, ...]:
    """Heads with the options of a mirrored one taken from its reference."""
    by_name = {head.name: head for head in heads}
    taken = ("prior", "initial_logit", "label_smoothing", "positive_weight")
    return tuple(
        head
        if head.mirror is None
        else head.model_copy(update={key: getattr(by_name[head.mirror], key) for key in taken})
        for head in heads
    )


class Population:
    """Parameters, gradients and per-parameter factors of every member.

    Attributes:
        seeds, heads, two_neuron: numbers of seeds, heads and two-neuron heads.
        order: engine position → position in the scenario.
        groups: heads by loss.
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
        self.trained_background = [head.negative_neuron == "free" for head in ordered]

        hidden = scenario.model.hidden if scenario.model.backbone == "mlp" else ()
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
        trained = [float(flag) for flag in self.trained_background[: self.two_neuron]]
        self.rate = self._factors(
            [mapping.rate for mapping in mappings],
            [mapping.last_rate for mapping in mappings],
            trained,
        )
        self.decay = self._factors(
            [1.0] * self.heads, [mapping.last_decay for mapping in mappings], trained
        )
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

    def _factors(self, hidden: list[float], last: list[float], trained: list[float]) -> Tensor:
        """Per-parameter factors from those of each head: (parameters,)."""
        factors = torch.ones_like(self.flat)
        *layers, output, background = self.layers(factors)
        for blocks, of_heads in (
            ([block for layer in layers for block in layer], hidden),
            (output, last),
            (background, [a * b for a, b in zip(last, trained, strict=False)]),
        ):
            for block in blocks:
                column = factors.new_tensor(of_heads)
                block.mul_(column.view(-1, *[1] * (block.dim() - 2)))  # (seeds, heads, …)
        return factors


def _loss_groups(losses: list[HeadLoss]) -> tuple[LossGroup, ...]:
    groups = []
    start = 0
    for loss, members in groupby(losses):
        stop = start + len(list(members))
        groups.append(LossGroup(slice(start, stop), loss))
        start = stop
    return tuple(groups)
