"""Steps as they are recorded, taken one by one, against those of a training."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from objtui.engine.steps.compiled.compiled_steps import step_schedule
from objtui.engine.steps.compiled.traced import TracedStep
from objtui.scenario.schema import Scenario
from tests.engine.cases import TWINS, make_rows, make_scenario, make_training

HEADS = (
    *TWINS,
    {"name": "focal", "loss": "focal", "gamma": 1.5, "positive_weight": 3.0},
    {"name": "raw", "loss": "raw_mse", "lr_scale": 0.5, "weight_decay_scale": 3.0},
    {"name": "pinned", "loss": "ce", "negative_neuron": "zero", "label_smoothing": 0.1},
    {"name": "frozen", "loss": "ce", "negative_neuron": "frozen", "double_sigmoid": True},
    {"name": "alpha", "loss": "focal", "alpha": 0.25},
    {"name": "quality", "loss": "quality"},
    {"name": "varifocal", "loss": "varifocal"},
    {"name": "asymmetric", "loss": "asymmetric", "gamma_pos": 1.0},
    {"name": "adjusted", "loss": "logit_adjusted"},
)
TRAINS: list[dict[str, Any]] = [
    {"optimizer": "sgd", "lr": 0.1},
    {"optimizer": "sgd", "lr": 0.1, "momentum": 0.9, "weight_decay": 0.01, "batch": "all"},
    {"optimizer": "sgd", "lr": 0.1, "momentum": 0.9, "nesterov": True, "schedule": "cosine"},
    {"optimizer": "adam", "lr": 0.01, "weight_decay": 0.1, "warmup": 3},
    {"optimizer": "adamw", "lr": 0.01, "betas": [0.8, 0.99], "batch": "all"},
    {"optimizer": "sgd", "lr": 0.1, "balance": 0.25, "hard_negatives": 1.5, "ema": 0.9},
    {"optimizer": "adam", "lr": 0.01, "normalise": "positives", "ema": 0.5, "batch": "all"},
]


def check(scenario: Scenario) -> None:
    """Twelve steps against those of a training, in float64."""
    plain, peer = (make_training(scenario, make_rows(48)) for _ in range(2))
    batches, state = peer._stepper._batches, peer._stepper.state()
    whole = scenario.train.batch == "all"
    traced = TracedStep(scenario, peer._population, tuple(state), whole=whole)
    rows, schedule = batches.take_rows(0, 12), step_schedule(scenario.train, 0, 12)
    for step in range(12):
        losses = plain._stepper.advance(step, 1)[0]
        own = traced(rows[step], schedule[step], *batches.tables, *state.values())
        torch.testing.assert_close(own, losses, rtol=1e-12, atol=1e-12)
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
