"""Arithmetic over many rows, block by block, so that what is computed in between stays in cache."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

BLOCK_ROWS = 1 << 15
"""Rows of a block."""


def row_blocks(rows: int, block: int = BLOCK_ROWS) -> Iterator[slice]:
    """Slices that cover so many rows, a block each."""
    for start in range(0, rows, block):
        yield slice(start, min(rows, start + block))


def sigmoid(logits: Floats) -> Floats:
    """1 / (1 + e^−z): (…) → (…); exactly 0 and 1 of −inf and inf."""
    with np.errstate(over="ignore"):  # e^745 is infinite, and the result 0
        p: Floats = 1 / (1 + np.exp(-logits))
    return p


def logit(p: Floats) -> Floats:
    """ln p − ln(1 − p): (…) → (…); −inf and inf of 0 and 1."""
    with np.errstate(divide="ignore"):
        z: Floats = np.log(p) - np.log1p(-p)
    return z
