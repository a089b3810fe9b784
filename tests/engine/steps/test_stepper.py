"""Steps and the first gradient, in whatever order they are asked for."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from tests.engine.cases import make_scenario, make_training

HEADS = [{"name": "bce", "loss": "bce"}, {"name": "mse", "loss": "mse"}]


@pytest.mark.parametrize("model", [{}, {"backbone": "mlp", "hidden": [9]}], ids=["none", "mlp"])
def test_the_first_gradient_is_the_same_before_steps_and_behind_them(model: dict[str, Any]) -> None:
    fresh, used = (make_training(make_scenario(HEADS, model)) for _ in range(2))
    start = used._population.flat.clone()
    used.advance(3)
    used._population.flat.copy_(start)
    for training in (fresh, used):
        training._stepper.first_gradient()
    torch.testing.assert_close(used._population.gradient, fresh._population.gradient)
    assert float(fresh._population.gradient.abs().max()) > 0
