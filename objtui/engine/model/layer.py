"""Weights and bias of one layer, and how torch.nn.Linear draws them."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor


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
