"""Passing over many rows block by block, so that what is computed in between stays in cache."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

BLOCK_VALUES = 1 << 18
"""Values of a block, all members together; a block holds at least one row."""


def column_blocks(members: int, rows: int) -> Iterator[slice]:
    """Slices that cover the rows of a tensor (members, rows), a block each."""
    step = max(1, BLOCK_VALUES // max(1, members))
    for start in range(0, rows, step):
        yield slice(start, min(rows, start + step))


def wide_dtype(values: Tensor) -> torch.dtype:
    """What sums over many rows are kept in: float64, but on MPS, which has none."""
    return values.dtype if values.device.type == "mps" else torch.float64
