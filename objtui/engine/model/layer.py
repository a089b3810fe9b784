"""Weights and bias of one layer, of every member."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


class Layer(NamedTuple):
    """Views of a flat tensor of parameters or gradients: (seeds, heads, …) each."""

    weight: Tensor
    bias: Tensor
