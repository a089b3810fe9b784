"""Backbones that are written and registered here, through everything that asks a backbone.

`Projection` is one fixed function without parameters, `Scales` trains a vector for each member.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from objtui.engine.model.backbone import Cost, RowBackbone
from objtui.engine.model.backbones import BACKBONES, make_backbone
from objtui.engine.model.network import Network
from objtui.engine.model.population import Population
from objtui.engine.session import prepare
from objtui.engine.steps import blocked_steps
from objtui.engine.steps.blocked_steps import BlockedSteps
from objtui.engine.steps.plain_steps import Steps
from objtui.errors import DeviceError, ScenarioError
from objtui.measures.frames import Frame
from objtui.scenario.load import parse_scenario
from objtui.scenario.reference import scenario_json_schema
from objtui.scenario.schema import Model, Scenario
from objtui.scenario.schema.model import BACKBONE_KEYS, BackboneKeys
from tests.engine.cases import TWINS, make_rows, make_scenario, make_training, scheduled
from tests.engine.steps.compiled.test_traced import check as check_traced_steps

FEATURES = 6
HEADS = (
    {"name": "mse", "loss": "mse"},
    {"name": "ce", "loss": "ce"},
    {"name": "bce", "loss": "bce"},
    {"name": "fixed", "loss": "ce", "negative_neuron": "frozen"},
)


class Projection(RowBackbone):
    """tanh(W x) with a W that is drawn once and never trained."""

    shapes = ()

    def __init__(self, model: Model, input_shape: tuple[int, ...]) -> None:
        self.units = self.widest = model.hidden[-1]
        generator = torch.Generator().manual_seed(0)
        self.weight = torch.randn(self.units, *input_shape, generator=generator).double()

    def initial(self, generator: torch.Generator) -> list[Tensor]:
        return []

    def forward(self, parameters: Sequence[Tensor], batch: Tensor) -> list[Tensor]:
        return [torch.tanh(batch @ self.weight.to(batch).T)]

    def backward(self, *_: object) -> None:
        raise AssertionError("there is nothing to be trained")

    def cost(self, rows: int) -> Cost:
        return Cost(dispatch=1e-5, training=1e-8 * rows, scoring=1e-8 * rows)

    def activation_bytes(self, rows: int, dtype: torch.dtype) -> int:
        return rows * self.units * dtype.itemsize


class Scales(RowBackbone):
    """tanh(s · x), elementwise, with an s of each member's own."""

    def __init__(self, model: Model, input_shape: tuple[int, ...]) -> None:
        self.shapes = (input_shape,)
        self.units = self.widest = input_shape[0]

    def initial(self, generator: torch.Generator) -> list[Tensor]:
        return [torch.rand(self.units, generator=generator, dtype=torch.float64) + 0.5]

    def forward(self, parameters: Sequence[Tensor], batch: Tensor) -> list[Tensor]:
        (scales,) = parameters
        x = batch[:, None]  # (groups, 1, rows, features)
        return [torch.tanh(scales[:, :, None] * x).flatten(0, 1)]

    def backward(
        self,
        parameters: Sequence[Tensor],
        gradient: Sequence[Tensor],
        batch: Tensor,
        kept: list[Tensor],
        slopes: Tensor,
    ) -> None:
        slopes = slopes.transpose(1, 2) * (1 - kept[-1].square())  # (members, rows, features)
        of_scales = slopes.unflatten(0, parameters[0].shape[:2]) * batch[:, None]
        gradient[0].copy_(of_scales.mean(-2))

    def cost(self, rows: int) -> Cost:
        return Cost(dispatch=1e-5, training=1e-8 * rows, scoring=1e-8 * rows)

    def activation_bytes(self, rows: int, dtype: torch.dtype) -> int:
        return 3 * rows * self.units * dtype.itemsize


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both, as a contributor registers one: a class, and what a file may say of it."""
    monkeypatch.setitem(BACKBONES, "projection", Projection)
    monkeypatch.setitem(BACKBONE_KEYS, "projection", BackboneKeys(("hidden",), False))
    monkeypatch.setitem(BACKBONES, "scales", Scales)
    monkeypatch.setitem(BACKBONE_KEYS, "scales", BackboneKeys((), True))


PROJECTION = {"backbone": "projection", "hidden": [9]}
SCALES = {"backbone": "scales"}
both = pytest.mark.parametrize("model", [PROJECTION, SCALES], ids=["projection", "scales"])


def file_with(model: str, rest: str = "", steps: int = 300) -> Scenario:
    """A scenario file with this [model]."""
    text = f"""
title = "t"
[data]
source = "gaussians"
dim = {FEATURES}
train_rows = 400
[model]
{model}
[train]
steps = {steps}
batch = 32
lr = 0.02
seeds = 2
{rest}
[[heads]]
name = "bce"
loss = "bce"
[[heads]]
name = "ce"
loss = "ce"
mirror = "bce"
"""
    return parse_scenario(text, "t.toml", Path()).scenario


def test_the_names_of_files_are_those_of_the_engine() -> None:
    assert list(BACKBONE_KEYS) == list(BACKBONES)
    for name, keys in BACKBONE_KEYS.items():
        assert set(keys.keys) <= set(Model.model_fields)
        shape = (3, 2) if keys.sees_images else (FEATURES,)
        backbone = make_backbone(Model(backbone=name), shape)
        assert isinstance(backbone, RowBackbone) != keys.sees_images
        assert backbone.has_parameters == keys.has_parameters
        assert backbone.can_be_compiled == keys.can_be_compiled
        starts = backbone.initial(torch.Generator().manual_seed(0))
        assert tuple(tuple(block.shape) for block in starts) == backbone.shapes
        assert sum(block.numel() for block in starts) == backbone.parameters


def test_a_registered_one_is_a_value_of_the_file_and_its_keys_are_no_one_elses() -> None:
    model = scenario_json_schema()["$defs"]["Model"]["properties"]
    assert model["backbone"]["enum"] == ["none", "mlp", "conv", "projection", "scales"]
    assert file_with('backbone = "projection"\nhidden = [3]').model.hidden == (3,)
    with pytest.raises(ScenarioError, match=r'hidden: only with backbone "mlp" or "projection"'):
        file_with('backbone = "scales"\nhidden = [3]')
    with pytest.raises(ScenarioError, match=r'activation: only with backbone "mlp" or "conv"$'):
        file_with('backbone = "projection"\nactivation = "tanh"')


@pytest.mark.parametrize(
    "model", ['backbone = "projection"\nhidden = [16]', 'backbone = "scales"'], ids=str.split
)
def test_a_file_with_it_is_trained_to_the_end(model: str) -> None:
    training = prepare(file_with(model), Path()).training
    frames = [e for e in training.events() if isinstance(e, Frame) and e.scheduled]
    assert frames[-1].step == 300
    first, last = (frame.score("loss") for frame in (frames[0], frames[-1]))
    assert (last < 0.8 * first).all()  # (heads, seeds)
    assert max(float(frame.score("gap").max()) for frame in frames) < 1e-4  # ce mirrors bce


def test_what_a_scaled_member_makes_of_its_inputs_is_trained_too() -> None:
    training = make_training(make_scenario(HEADS, SCALES, lr=0.01))
    (scales,) = training._population.backbone_parameters
    before = scales.clone()
    training.advance(20)
    assert (scales != before).all()


@both
@pytest.mark.parametrize("shared_rows", [False, True], ids=["batch a seed", "shared rows"])
def test_outputs_and_gradients_are_those_of_autograd(
    model: dict[str, Any], shared_rows: bool
) -> None:
    scenario = make_scenario(HEADS, model, seeds=3, init="independent")
    backbone = make_backbone(scenario.model, (FEATURES,))
    population = Population(scenario, backbone, torch.float64, torch.device("cpu"))
    network = Network(population)
    generator = torch.Generator().manual_seed(0)
    shape = (1 if shared_rows else 3, 11, FEATURES)
    batch = torch.randn(shape, generator=generator, dtype=torch.float64)
    slopes = network.new_outputs(1, 11)[0]
    slopes[:, : len(HEADS)] = torch.randn(3, len(HEADS), 11, generator=generator).double()
    outputs = network.forward(batch)
    network.backward(batch, slopes)

    flat = population.flat.clone().requires_grad_()
    peer = population.over(flat, torch.zeros_like(flat))
    rows = batch.expand(3, -1, -1)
    for seed in range(3):
        for head in range(len(HEADS)):
            if isinstance(backbone, Projection):
                values = torch.tanh(rows[seed] @ backbone.weight.T)
            else:
                values = torch.tanh(rows[seed] * peer.backbone_parameters[0][seed, head])
            u = values @ peer.object.weight[seed, head] + peer.object.bias[seed, head]
            if head < population.two_neuron:
                trained = population.background_trained[head]
                neuron = [block[seed, head] for block in peer.background]
                weight, bias = neuron if trained else [block.detach() for block in neuron]
                u = u - values @ weight - bias
            torch.testing.assert_close(outputs[seed, head], u.detach(), rtol=0, atol=1e-12)
            (u * slopes[seed, head]).mean().backward()
    assert flat.grad is not None
    torch.testing.assert_close(population.gradient, flat.grad, rtol=0, atol=1e-12)


@both
def test_blocks_of_a_batch_give_the_steps_of_the_whole(
    model: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = make_scenario(HEADS, model, seeds=2, batch=96, lr=0.01)
    whole = make_training(scenario, make_rows(110))
    widest = whole._population.backbone.widest
    monkeypatch.setattr(blocked_steps, "BLOCK_ACTIVATIONS", 2 * len(HEADS) * widest * 32)
    blocked = make_training(scenario, make_rows(110))
    assert [type(each._stepper._steps) for each in (whole, blocked)] == [Steps, BlockedSteps]
    for step in range(10):
        losses = [training._stepper.advance(step, 1) for training in (whole, blocked)]
        torch.testing.assert_close(*losses, rtol=1e-12, atol=1e-12)
    for name, values in whole._stepper.state().items():
        mine = blocked._stepper.state()[name]
        torch.testing.assert_close(mine, values, rtol=1e-11, atol=1e-12, msg=name)


@both
@pytest.mark.parametrize("batch", [32, "all"])
def test_steps_as_a_compiler_sees_them_are_the_same(model: dict[str, Any], batch: Any) -> None:
    check_traced_steps(make_scenario(HEADS, model, seeds=2, batch=batch, lr=0.01))


def test_memory_and_schedule_ask_it(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = file_with('backbone = "scales"', steps=100_000)
    usual = prepare(scenario, Path()).training.schedule
    dear = Cost(dispatch=0.0, training=0.0, scoring=1.0)
    monkeypatch.setattr(Scales, "cost", lambda self, rows: dear)
    assert len(prepare(scenario, Path()).training.schedule) < len(usual)
    monkeypatch.setattr(Scales, "activation_bytes", lambda self, rows, dtype: 10**15 * rows)
    with pytest.raises(DeviceError, match=r"needs about 128000000\.0 GB"):
        prepare(scenario, Path())


@both
def test_a_mirrored_head_is_the_exact_twin_over_it(model: dict[str, Any]) -> None:
    training = make_training(make_scenario(TWINS, model, steps=500, seeds=2, lr=0.01))
    assert max(float(frame.score("gap")[1].max()) for frame in scheduled(training)) <= 1e-9


def test_a_clipped_norm_is_mapped_where_it_has_no_parameters() -> None:
    clipped = {"optimizer": "sgd", "lr": 0.1, "clip_norm": 0.05}
    training = make_training(make_scenario(TWINS, PROJECTION, steps=500, **clipped))
    assert max(float(frame.score("gap")[1].max()) for frame in scheduled(training)) <= 1e-9
    file_with('backbone = "projection"', "clip_norm = 0.05")
    with pytest.raises(ScenarioError, match=r"no exact map exists with train\.clip_norm over"):
        file_with('backbone = "scales"', "clip_norm = 0.05")
