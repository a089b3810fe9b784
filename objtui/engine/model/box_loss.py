"""The loss of box offsets: smooth L1 of their errors, the four of a box together."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

BETA = 0.1
"""Error from which on the loss is linear (smooth L1 of Girshick 2015, eq. 3, has 1)."""


def offset_loss(offsets: Tensor, goals: Tensor) -> Tensor:
    """The loss of boxes, (…, 4) → (…): e² / 2 β below β, |e| − β / 2 above, summed."""
    each = functional.smooth_l1_loss(offsets, goals, beta=BETA, reduction="none")
    return each.sum(-1)


def offset_slopes(offsets: Tensor, goals: Tensor) -> Tensor:
    """The slope of that loss by each offset, (…, 4)."""
    return ((offsets - goals) / BETA).clamp_(-1, 1)
