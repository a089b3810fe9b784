"""Layers and where every member starts: torch's own draws, matched across heads or independent."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from objtui.engine.model.backbone import Backbone
from objtui.engine.seeding import seeded
from objtui.scenario.schema import Head, Scenario


class Layer(NamedTuple):
    """Weights and bias of one layer, of one member or, (seeds, heads, …) each, of all."""

    weight: Tensor
    bias: Tensor


def draw_linear(fan_in: int, units: int, generator: torch.Generator) -> Layer:
    """A layer as torch.nn.Linear draws it, U(±1/√fan_in), float64: (units, fan_in) and (units,)."""
    bound = 1 / math.sqrt(fan_in)
    draws = torch.rand(units, fan_in + 1, generator=generator, dtype=torch.float64)
    draws = (draws * 2 - 1) * bound
    return Layer(draws[:, :-1], draws[:, -1])


def draw_normal(
    weight: tuple[int, ...], bias: tuple[int, ...], sd: float, generator: torch.Generator
) -> Layer:
    """A layer of these shapes with weights from N(0, sd²) and biases 0, float64."""
    draws = torch.randn(weight, generator=generator, dtype=torch.float64)
    return Layer(draws * sd, torch.zeros(bias, dtype=torch.float64))


class Start(NamedTuple):
    """What members start at, float64: one member's, or of all, (seeds, heads, …) each.

    Attributes:
        backbone: of `Backbone.shapes`.
        object, background: neurons of the last layer, (units,) and (1,), of each size where
            the backbone has `sizes`.
    """

    backbone: list[Tensor]
    object: Layer
    background: Layer


def initial_parameters(scenario: Scenario, ordered: list[Head], backbone: Backbone) -> Start:
    """The start of every member; background neurons also of heads that have none.

    Args:
        ordered: the heads in engine order.
    """
    members = [
        [_member(scenario, head, seed, backbone) for head in ordered]
        for seed in scenario.train.seeds
    ]

    def stacked(layers: list[list[Layer]]) -> Layer:
        weights = torch.stack([torch.stack([layer.weight for layer in row]) for row in layers])
        biases = torch.stack([torch.stack([layer.bias for layer in row]) for row in layers])
        return Layer(weights, biases)

    return Start(
        [
            torch.stack([torch.stack([member.backbone[i] for member in row]) for row in members])
            for i in range(len(backbone.shapes))
        ],
        stacked([[member.object for member in row] for row in members]),
        stacked([[member.background for member in row] for row in members]),
    )


def _member(scenario: Scenario, head: Head, seed: int, backbone: Backbone) -> Start:
    """The start of one member.

    The function that a matched start fixes is z = w·x + b. Two neurons hold it
    as ±(w, b) / 2, or beside a background neuron that stays where it is. A
    mirrored head takes its reference's start whatever `init` says.
    """
    source = "matched" if scenario.train.init == "matched" else head.mirror or head.name
    generator = seeded("start", seed, source)
    trunk = backbone.initial(generator)
    own, other = (_neuron(backbone, generator) for _ in range(2))
    zero = Layer(torch.zeros_like(own.weight), torch.zeros_like(own.bias))

    logit = _initial_logit(head)
    if logit is not None:
        own = Layer(zero.weight, torch.full_like(own.bias, logit))
    if head.neurons == 1 or head.negative_neuron == "zero":
        return Start(trunk, own, zero)
    if head.negative_neuron == "frozen":
        return Start(trunk, Layer(own.weight + other.weight, own.bias + other.bias), other)
    if scenario.train.init == "independent" and head.mirror is None and logit is None:
        return Start(trunk, own, other)
    half = Layer(own.weight / 2, own.bias / 2)
    return Start(trunk, half, Layer(-half.weight, -half.bias))


def _initial_logit(head: Head) -> float | None:
    if head.prior is not None:
        return math.log(head.prior) - math.log1p(-head.prior)
    return head.initial_logit


def _neuron(backbone: Backbone, generator: torch.Generator) -> Layer:
    """One neuron of the last layer, (*sizes, units) and (*sizes, 1)."""
    units, sizes = backbone.units, backbone.sizes
    if backbone.neuron_sd is not None:
        return draw_normal((*sizes, units), (*sizes, 1), backbone.neuron_sd, generator)
    layer = draw_linear(units, math.prod(sizes), generator)
    return Layer(layer.weight.view(*sizes, units), layer.bias.view(*sizes, 1))
