"""Steps as a compiler sees them, taken without one, against those of a training."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from objtui.engine.steps.compiled.traced import TracedStep, traced_inputs
from objtui.scenario.schema import Scenario
from tests.engine.cases import TWINS, make_rows, make_scenario, make_training

HEADS = (
    *TWINS,
    {"name": "focal", "loss": "focal", "gamma": 1.5, "positive_weight": 3.0},
    {"name": "raw", "loss": "raw_mse", "lr_scale": 0.5, "weight_decay_scale": 3.0},
    {"name": "pinned", "loss": "ce", "negative_neuron": "zero", "label_smoothing": 0.1},
    {"name": "frozen", "loss": "ce", "negative_neuron": "frozen", "double_sigmoid": True},
)
TRAINS: list[dict[str, Any]] = [
    {"optimizer": "sgd", "lr": 0.1},
    {"optimizer": "sgd", "lr": 0.1, "momentum": 0.9, "weight_decay": 0.01, "batch": "all"},
    {"optimizer": "sgd", "lr": 0.1, "momentum": 0.9, "nesterov": True, "schedule": "cosine"},
    {"optimizer": "adam", "lr": 0.01, "weight_decay": 0.1, "warmup": 3},
    {"optimizer": "adamw", "lr": 0.01, "betas": [0.8, 0.99], "batch": "all"},
]


def check(scenario: Scenario) -> None:
    """Twelve steps against those of a training, in float64."""
    plain, peer = (make_training(scenario, make_rows(48)) for _ in range(2))
    batches, state = peer._batches, peer._stepper.state()
    whole = scenario.train.batch == "all"
    traced = TracedStep(scenario, peer._population, tuple(state), whole=whole)
    for step, inputs in enumerate(traced_inputs(batches, 0, 12, scenario.train, state)):
        losses = plain._stepper.advance(step, 1)[0]
        torch.testing.assert_close(traced(*inputs), losses, rtol=1e-12, atol=1e-12)
        for name, values in plain._stepper.state().items():
            torch.testing.assert_close(state[name], values, rtol=1e-12, atol=1e-12, msg=name)


@pytest.mark.parametrize("train", TRAINS, ids=str)
@pytest.mark.parametrize("activation", ["none", "relu", "tanh", "silu", "gelu"])
def test_state_and_losses_follow_a_training_to_1e_12(activation: str, train: Any) -> None:
    mlp = {"backbone": "mlp", "hidden": [9, 5], "activation": activation}
    check(make_scenario(HEADS, {} if activation == "none" else mlp, seeds=2, **train))


@pytest.mark.parametrize("model", [{}, {"backbone": "mlp", "hidden": [9]}], ids=["none", "mlp"])
def test_clipped_gradients_and_their_norms_do_too(model: Any) -> None:
    heads = [{"name": "bce", "loss": "bce"}, {"name": "mse", "loss": "mse"}]
    check(make_scenario(heads, model, seeds=2, clip_norm=0.05, optimizer="sgd", lr=0.5))


def test_a_stepper_without_backbone_is_traced_into_one_function() -> None:
    """As far as the compiler: that every operation can be traced, and none is a loop of Python."""
    scenario = make_scenario(HEADS, seeds=2)
    training = make_training(scenario, make_rows(48))
    state = training._stepper.state()
    traced = TracedStep(scenario, training._population, tuple(state), whole=False)
    (inputs,) = traced_inputs(training._batches, 0, 1, scenario.train, state)
    copies = tuple(value.clone() for value in inputs)
    expected = traced(*copies)
    with torch.no_grad():
        program = torch.export.export(traced, tuple(inputs), strict=False)
    torch.testing.assert_close(program.module()(*inputs), expected, rtol=1e-12, atol=1e-12)
