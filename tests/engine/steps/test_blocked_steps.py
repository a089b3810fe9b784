"""Batches in blocks of rows: the same steps, to the rounding of their sums."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from objtui.engine.steps import blocked_steps
from objtui.engine.steps.blocked_steps import BlockedSteps, block_rows
from objtui.engine.steps.plain_steps import Steps
from tests.engine.cases import TWINS, make_rows, make_scenario, make_training

HEADS = (
    *TWINS,
    {"name": "focal", "loss": "focal", "positive_weight": 3.0},
    {"name": "frozen", "loss": "ce", "negative_neuron": "frozen", "label_smoothing": 0.1},
)
MLP = {"backbone": "mlp", "hidden": [9, 5]}
MEMBERS = 2 * len(HEADS)


@pytest.mark.parametrize("rows", [16, 32, 48])
@pytest.mark.parametrize("batch", [96, "all"])
def test_a_training_in_blocks_follows_one_in_whole_batches_to_1e_12(
    batch: Any, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = make_scenario(HEADS, MLP, seeds=2, batch=batch, lr=0.01)
    whole = make_training(scenario, make_rows(110))
    assert type(whole._stepper._steps) is Steps
    monkeypatch.setattr(blocked_steps, "BLOCK_ACTIVATIONS", MEMBERS * 9 * rows)
    blocked = make_training(scenario, make_rows(110))
    assert type(blocked._stepper._steps) is BlockedSteps
    for training in (whole, blocked):
        training._stepper.first_gradient()
    for step in range(10):
        losses = [training._stepper.advance(step, 1) for training in (whole, blocked)]
        torch.testing.assert_close(*losses, rtol=1e-12, atol=1e-12)
        for name, values in whole._stepper.state().items():
            mine = blocked._stepper.state()[name]
            torch.testing.assert_close(mine, values, rtol=1e-11, atol=1e-12, msg=name)


def test_clipped_gradients_are_clipped_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    heads = [{"name": "bce", "loss": "bce"}, {"name": "mse", "loss": "mse"}]
    scenario = make_scenario(heads, MLP, batch=100, clip_norm=0.01, optimizer="sgd", lr=1.0)
    whole = make_training(scenario)
    monkeypatch.setattr(blocked_steps, "BLOCK_ACTIVATIONS", 2 * 9 * 32)
    blocked = make_training(scenario)
    for step in range(5):
        for training in (whole, blocked):
            training._stepper.advance(step, 1)
    norms = [training._stepper.gradient_norm() for training in (whole, blocked)]
    torch.testing.assert_close(*norms, rtol=1e-11, atol=0)
    assert float(norms[0].max()) > 0.01
    flats = [training._population.flat for training in (whole, blocked)]
    torch.testing.assert_close(*flats, rtol=1e-11, atol=1e-13)


def test_half_precision_sums_in_single(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = make_scenario(HEADS, MLP, batch="all", dtype="bfloat16")
    whole = make_training(scenario)
    monkeypatch.setattr(blocked_steps, "BLOCK_ACTIVATIONS", len(HEADS) * 9 * 32)
    blocked = make_training(scenario)
    for training in (whole, blocked):
        training._stepper.first_gradient()
    torch.testing.assert_close(
        blocked._population.gradient, whole._population.gradient, rtol=0.05, atol=2e-3
    )


def test_only_hidden_layers_that_leave_the_cache_are_done_in_blocks() -> None:
    population = make_training(make_scenario(HEADS, MLP, seeds=2))._population
    assert block_rows(population, 100) == 100
    assert block_rows(population, 10**6) == 11_648  # a multiple of 16
    assert block_rows(make_training(make_scenario(HEADS))._population, 10**9) == 10**9
