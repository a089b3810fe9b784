"""Passes that the training would not make, made so that it does not notice them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


@contextmanager
def random_numbers_kept(model: nn.Module) -> Iterator[None]:
    """Give back what is drawn at random within the block, on the devices of a model."""
    devices = list({p.device for p in model.parameters() if p.is_cuda})
    with torch.random.fork_rng(devices=devices):
        yield
