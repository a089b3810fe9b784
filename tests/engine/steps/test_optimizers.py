"""The optimisers against torch.optim, in float64."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import torch

from objtui.engine.steps.optimizers import Updates, clip_gradients_, learning_rate
from objtui.optimizers import OPTIMIZERS
from objtui.scenario.schema import Train

TORCH = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}
CASES: list[tuple[str, dict[str, Any]]] = [
    ("sgd", {}),
    ("sgd", {"weight_decay": 0.1}),
    ("sgd", {"momentum": 0.9}),
    ("sgd", {"momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    ("adam", {}),
    ("adam", {"betas": [0.8, 0.99], "eps": 1e-3, "weight_decay": 0.1}),
    ("adamw", {}),
    ("adamw", {"weight_decay": 0.2}),
]


@pytest.mark.parametrize(("name", "options"), CASES)
def test_parameters_follow_torch_optim_to_1e_12(name: str, options: dict[str, Any]) -> None:
    """Two members with rates and decays of their own, against two optimisers of torch."""
    generator = torch.Generator().manual_seed(0)
    start = torch.randn(10, generator=generator, dtype=torch.float64)
    gradients = torch.randn(200, 10, generator=generator, dtype=torch.float64)
    rate = torch.tensor([1.0] * 6 + [0.5] * 4, dtype=torch.float64)
    decay = torch.tensor([1.0] * 6 + [2.0] * 4, dtype=torch.float64)
    train = Train.model_validate({"optimizer": name, "lr": 0.05, **options})
    ours = start.clone()
    optimizer = Updates(ours, train, rate, decay)

    theirs = [start[:6].clone().requires_grad_(), start[6:].clone().requires_grad_()]
    own_decay = 0.01 if name == "adamw" else 0.0
    peer_options = {"weight_decay": own_decay, **options}
    groups = [
        {"params": [theirs[0]], "lr": 0.05, "weight_decay": peer_options["weight_decay"]},
        {"params": [theirs[1]], "lr": 0.025, "weight_decay": 2 * peer_options["weight_decay"]},
    ]
    peer = TORCH[name](groups, **{"lr": 0.05, **options})
    for taken, gradient in enumerate(gradients):
        optimizer.step(gradient, 0.05, taken)
        theirs[0].grad, theirs[1].grad = gradient[:6].clone(), gradient[6:].clone()
        peer.step()
    torch.testing.assert_close(ours, torch.cat(theirs).detach(), rtol=0, atol=1e-12)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_member_moves_the_same_wherever_it_lies(name: str, dtype: torch.dtype) -> None:
    """Members begin at multiples of 16 parameters (see `Population`)."""
    generator = torch.Generator().manual_seed(0)
    start, gradient = torch.randn(2, 48, generator=generator, dtype=dtype)
    train = Train.model_validate({"optimizer": name, "weight_decay": 0.1, "lr": 0.05})

    def moved(copies: int) -> torch.Tensor:
        parameters, gradients = start.repeat(copies), gradient.repeat(copies)
        ones = torch.ones_like(parameters)
        optimizer = Updates(parameters, train, ones, ones)
        for taken in range(20):
            optimizer.step(gradients, 0.05, taken)
        return parameters.view(copies, 48)

    among = moved(7)
    assert torch.equal(among, moved(1).expand_as(among))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_parameter_of_rate_zero_never_moves(name: str) -> None:
    ours = torch.ones(3, dtype=torch.float64)
    zero_last = torch.tensor([1.0, 1.0, 0.0], dtype=torch.float64)
    train = Train.model_validate({"optimizer": name, "weight_decay": 0.1})
    optimizer = Updates(ours, train, zero_last, zero_last)
    for taken in range(5):
        optimizer.step(torch.ones(3, dtype=torch.float64), 0.1, taken)
    assert ours[2] == 1
    assert (ours[:2] < 1).all()


def test_clipping_is_that_of_torch_for_each_member_alone() -> None:
    generator = torch.Generator().manual_seed(1)
    weight = torch.randn(2, 3, 4, generator=generator, dtype=torch.float64)
    background = torch.randn(2, 1, 4, generator=generator, dtype=torch.float64)
    members = {(s, h): [weight[s, h].clone()] for s in range(2) for h in range(3)}
    for s in range(2):
        members[s, 0].append(background[s, 0].clone())
    norms = torch.zeros(2, 3, dtype=torch.float64)
    for (s, h), parts in members.items():
        parameters = [torch.nn.Parameter(part) for part in parts]
        for parameter, part in zip(parameters, parts, strict=True):
            parameter.grad = part
        norms[s, h] = torch.nn.utils.clip_grad_norm_(parameters, 1.5)
    clip_gradients_([weight, background], norms, torch.tensor([[1.5, 1.0]] * 3).double())
    for (s, h), parts in members.items():
        torch.testing.assert_close(weight[s, h], parts[0], rtol=0, atol=1e-12)
        if h == 0:
            torch.testing.assert_close(background[s, 0], parts[1], rtol=0, atol=1e-12)


def test_the_rate_warms_up_linearly_and_falls_as_a_cosine_to_zero() -> None:
    train = Train.model_validate({"steps": 110, "warmup": 10, "schedule": "cosine", "lr": 2.0})
    rates = [learning_rate(train, step) for step in range(111)]
    assert rates[0] == pytest.approx(0.2)
    assert rates[9] == pytest.approx(2.0)
    assert rates[60] == pytest.approx(1.0)
    assert rates[110] == pytest.approx(0.0, abs=1e-12)
    assert all(a >= b for a, b in pairwise(rates[10:]))


@pytest.mark.parametrize(("name", "options"), CASES)
def test_half_precision_follows_torch_optim_to_rounding(name: str, options: dict[str, Any]) -> None:
    """At the sizes at which kernels take whole vectors as well as below."""
    generator = torch.Generator().manual_seed(0)
    for size in (16, 80):
        start = torch.randn(size, generator=generator).bfloat16()
        gradient = torch.randn(size, generator=generator).bfloat16()
        train = Train.model_validate({"optimizer": name, "lr": 0.1, **options})
        ours, ones = start.clone(), torch.ones(size)
        optimizer = Updates(ours, train, ones, ones)
        theirs = start.clone().requires_grad_()
        peer = TORCH[name]([theirs], **{"lr": 0.1, "foreach": False, **options})
        for taken in range(5):
            optimizer.step(gradient, 0.1, taken)
            theirs.grad = gradient.clone()
            peer.step()
        assert (ours != start).float().mean() > 0.9
        torch.testing.assert_close(ours, theirs.detach(), rtol=0.03, atol=0.03)
