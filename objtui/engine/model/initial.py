"""Where every member starts: torch's own draws, matched across heads or independent."""

from __future__ import annotations

import math
from itertools import pairwise

import torch

from objtui.engine.model.layer import Layer
from objtui.engine.seeding import seeded
from objtui.scenario.schema import Head, Scenario


def initial_layers(scenario: Scenario, ordered: list[Head], widths: tuple[int, ...]) -> list[Layer]:
    """Start of every layer, float64, laid out as `Population` says.

    Args:
        ordered: the heads in engine order, two-neuron ones first.
        widths: features, then hidden widths.
    """
    members = [
        [_member(scenario, head, seed, widths) for head in ordered] for seed in scenario.train.seeds
    ]
    two_neuron = sum(head.neurons == 2 for head in ordered)
    *hidden, output, background = (
        Layer(
            torch.stack([torch.stack([member[i].weight for member in row]) for row in members]),
            torch.stack([torch.stack([member[i].bias for member in row]) for row in members]),
        )
        for i in range(len(widths) + 1)
    )
    return [*hidden, output, Layer(*(block[:, :two_neuron] for block in background))]


def _member(scenario: Scenario, head: Head, seed: int, widths: tuple[int, ...]) -> list[Layer]:
    """Hidden layers, object and background neuron of one member.

    The function that a matched start fixes is z = w·x + b. Two neurons hold it
    as ±(w, b) / 2, or beside a background neuron that stays where it is. A
    mirrored head takes its reference's start whatever `init` says.
    """
    source = "matched" if scenario.train.init == "matched" else head.mirror or head.name
    generator = seeded("start", seed, source)
    hidden = [_linear(fan_in, out, generator) for fan_in, out in pairwise(widths)]
    own, other = (_neuron(widths[-1], generator) for _ in range(2))
    zero = Layer(torch.zeros_like(own.weight), torch.zeros_like(own.bias))

    logit = _initial_logit(head)
    if logit is not None:
        own = Layer(zero.weight, torch.full_like(own.bias, logit))
    if head.neurons == 1 or head.negative_neuron == "zero":
        return [*hidden, own, zero]
    if head.negative_neuron == "frozen":
        return [*hidden, Layer(own.weight + other.weight, own.bias + other.bias), other]
    if scenario.train.init == "independent" and head.mirror is None and logit is None:
        return [*hidden, own, other]
    half = Layer(own.weight / 2, own.bias / 2)
    return [*hidden, half, Layer(-half.weight, -half.bias)]


def _initial_logit(head: Head) -> float | None:
    if head.prior is not None:
        return math.log(head.prior) - math.log1p(-head.prior)
    return head.initial_logit


def _linear(fan_in: int, out: int, generator: torch.Generator) -> Layer:
    """A layer as torch.nn.Linear draws it, U(±1/√fan_in): (out, fan_in) and (out,)."""
    bound = 1 / math.sqrt(fan_in)
    draws = torch.rand(out, fan_in + 1, generator=generator, dtype=torch.float64)
    draws = (draws * 2 - 1) * bound
    return Layer(draws[:, :-1], draws[:, -1])


def _neuron(fan_in: int, generator: torch.Generator) -> Layer:
    """One neuron of the last layer: (fan_in,) and (1,)."""
    layer = _linear(fan_in, 1, generator)
    return Layer(layer.weight[0], layer.bias)
