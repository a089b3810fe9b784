"""Activations of hidden layers and their slopes. A new one is one entry and one schema name."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Activation:
    """One activation.

    Attributes:
        apply_: x → a, in place.
        backward_: (gradient of a, x, a) → gradient of x, in place of the first.
        keeps_input: whether the slope needs x, which `apply_` would overwrite.
    """

    apply_: Callable[[Tensor], Tensor]
    backward_: Callable[[Tensor, Tensor, Tensor], Tensor]
    keeps_input: bool


def _relu_backward_(gradient: Tensor, x: Tensor, a: Tensor) -> Tensor:
    threshold_backward = torch.ops.aten.threshold_backward.grad_input
    result: Tensor = threshold_backward(gradient, a, 0, grad_input=gradient)
    return result


def _tanh_backward_(gradient: Tensor, x: Tensor, a: Tensor) -> Tensor:
    return gradient.addcmul_(gradient * a, a, value=-1)  # (1 − a²)


def _silu_backward_(gradient: Tensor, x: Tensor, a: Tensor) -> Tensor:
    p = x.sigmoid()
    return gradient.mul_(p + a * (1 - p))  # a = x p, da/dx = p + x p (1 − p)


def _gelu_backward_(gradient: Tensor, x: Tensor, a: Tensor) -> Tensor:
    normal = torch.special.ndtr(x)  # a = x Φ(x), da/dx = Φ(x) + x φ(x)
    density = x.square().mul_(-0.5).exp_().mul_(1 / math.sqrt(2 * math.pi))
    return gradient.mul_(normal.addcmul(x, density))


def _gelu_(x: Tensor) -> Tensor:
    return x.copy_(torch.nn.functional.gelu(x))


def _silu_(x: Tensor) -> Tensor:
    return torch.nn.functional.silu(x, inplace=True)


ACTIVATIONS: dict[str, Activation] = {
    "relu": Activation(torch.relu_, _relu_backward_, keeps_input=False),
    "tanh": Activation(torch.tanh_, _tanh_backward_, keeps_input=False),
    "silu": Activation(_silu_, _silu_backward_, keeps_input=True),
    "gelu": Activation(_gelu_, _gelu_backward_, keeps_input=True),
}
