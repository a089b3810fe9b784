"""Forward and backward of the stacked population against one torch module a member."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from objtui.engine.model.activations import ACTIVATIONS
from objtui.engine.model.backbones import make_backbone
from objtui.engine.model.network import Network
from objtui.engine.model.population import Population
from tests.engine.cases import make_scenario, make_training

HEADS = (
    {"name": "mse", "loss": "mse"},
    {"name": "ce", "loss": "ce"},
    {"name": "bce", "loss": "bce"},
    {"name": "fixed", "loss": "ce", "negative_neuron": "frozen"},
)
MODULES = {
    "relu": torch.nn.ReLU,
    "tanh": torch.nn.Tanh,
    "silu": torch.nn.SiLU,
    "gelu": torch.nn.GELU,
}
MODELS: list[dict[str, Any]] = [
    {},
    *({"backbone": "mlp", "hidden": [7], "activation": name} for name in ACTIVATIONS),
    *({"backbone": "mlp", "hidden": [7, 5, 4], "activation": name} for name in ACTIVATIONS),
]


def twin_module(population: Population, seed: int, head: int, activation: str) -> torch.nn.Module:
    """The same member as plain torch layers; `head` is a position in engine order."""
    layers: list[torch.nn.Module] = []
    hidden = [block[seed, head] for block in population.backbone_parameters]
    for weight, bias in zip(hidden[::2], hidden[1::2], strict=True):
        layers += [linear(weight, bias), MODULES[activation]()]
    weight, bias = population.object.weight[seed, head], population.object.bias[seed, head]
    rows, biases = weight[None], bias
    if head < population.two_neuron:
        background = population.background
        rows = torch.stack([background.weight[seed, head], weight])
        biases = torch.cat([background.bias[seed, head], bias])
    return torch.nn.Sequential(*layers, linear(rows, biases))


def linear(weight: torch.Tensor, bias: torch.Tensor) -> torch.nn.Linear:
    layer = torch.nn.Linear(weight.shape[1], weight.shape[0], dtype=weight.dtype)
    layer.weight.data.copy_(weight)
    layer.bias.data.copy_(bias)
    return layer


@pytest.mark.parametrize("shared_rows", [False, True], ids=["batch a seed", "shared rows"])
@pytest.mark.parametrize("heads", [HEADS, HEADS[:3], HEADS[2:3]], ids=len)
@pytest.mark.parametrize("model", MODELS, ids=lambda m: f"{m.get('activation')} {m.get('hidden')}")
def test_outputs_and_gradients_are_those_of_separate_modules(
    model: dict[str, Any], heads: Any, shared_rows: bool
) -> None:
    scenario = make_scenario(heads, model, seeds=3, init="independent")
    backbone = make_backbone(scenario.model, (6,))
    population = Population(scenario, backbone, torch.float64, torch.device("cpu"))
    network = Network(population)
    generator = torch.Generator().manual_seed(0)
    groups = 1 if shared_rows else 3
    batch = torch.randn(groups, 11, 6, generator=generator, dtype=torch.float64)
    slopes = network.new_outputs(1, 11)[0]
    slopes[:, : len(heads)] = torch.randn(3, len(heads), 11, generator=generator).double()
    outputs = network.forward(batch)
    network.backward(batch, slopes)

    hidden = population.backbone_gradient
    own, background = population.neurons(population.gradient)
    for seed in range(3):
        rows = batch[0 if shared_rows else seed]
        for head in range(len(heads)):
            module = twin_module(population, seed, head, scenario.model.activation)
            neurons = module(rows)
            logit = neurons[:, -1] - neurons[:, 0] if neurons.shape[1] == 2 else neurons[:, 0]
            torch.testing.assert_close(outputs[seed, head], logit, rtol=0, atol=1e-12)
            (logit * slopes[seed, head]).mean().backward()
            layers = [layer for layer in module if isinstance(layer, torch.nn.Linear)]
            theirs = [block.grad for layer in layers[:-1] for block in (layer.weight, layer.bias)]
            for ours, gradient in zip(hidden, theirs, strict=True):
                check(ours[seed, head], gradient)
            last = layers[-1]
            if head < population.two_neuron and not population.background_trained[head]:
                last.weight.grad[0], last.bias.grad[0] = 0, 0  # it is no parameter
            check(own.weight[seed, head], last.weight.grad[-1])
            check(own.bias[seed, head], last.bias.grad[-1:])
            if head < population.two_neuron:
                check(background.weight[seed, head], last.weight.grad[0])
                check(background.bias[seed, head], last.bias.grad[:1])
            norm = torch.cat([p.grad.flatten() for p in module.parameters()]).norm()
            check(population.member_norm(population.gradient)[seed, head], norm)


@pytest.mark.parametrize("model", [{}, MODELS[-1]], ids=["none", "mlp"])
def test_parameters_that_only_fill_a_block_stay_0(model: dict[str, Any]) -> None:
    training = make_training(make_scenario(HEADS, model, seeds=3, weight_decay=0.1))
    training.advance(20)
    population = training._population
    for flat in (population.flat, population.gradient):
        of_members = sum(float(block.square().sum()) for block in population.blocks(flat))
        assert float(flat.square().sum()) == pytest.approx(of_members, rel=1e-12)
        assert sum(block.numel() for block in population.blocks(flat)) < len(flat)


def check(ours: torch.Tensor, theirs: torch.Tensor | None) -> None:
    assert theirs is not None
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-11)


@pytest.mark.parametrize("heads", [HEADS, HEADS[2:3]], ids=len)
def test_a_1_behind_the_features_makes_biases_a_part_of_the_products(heads: Any) -> None:
    """The same outputs and gradients as with rows that have none."""
    scenario = make_scenario(heads, {}, seeds=3, init="independent")
    backbone = make_backbone(scenario.model, (6,))
    population = Population(scenario, backbone, torch.float64, torch.device("cpu"))
    network = Network(population)
    generator = torch.Generator().manual_seed(0)
    batch = torch.randn(3, 11, 6, generator=generator, dtype=torch.float64)
    slopes = network.new_outputs(1, 11)[0]
    slopes[:, : len(heads)] = torch.randn(3, len(heads), 11, generator=generator).double()
    results = []
    for rows in (batch, torch.cat([batch, torch.ones(3, 11, 1).double()], dim=-1)):
        population.gradient.zero_()
        outputs = network.forward(rows)
        network.backward(rows, slopes)
        results.append((outputs, population.gradient.clone()))
    for apart, joint in zip(*results, strict=True):
        assert apart.abs().max() > 0.1
        torch.testing.assert_close(joint, apart, rtol=0, atol=1e-14)
