"""Random draws of the synthetic sources, the same on every machine.

All of them come from numpy's PCG64 generators, in float64 whatever the
precision of the result: torch's own normal draws depend on the vector units of
the processor. Training and validation rows have a generator each, spawned from
the seed, so the number of the ones never changes the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from objtui.datafiles.memory import count_text, fitting, require_memory
from objtui.engine.data.arrays import Targets, block_bytes, row_blocks

_LABEL_BYTES = 48  # of a row: permutations, targets in both precisions, flags


def split_seeds(seed: int) -> tuple[np.random.SeedSequence, np.random.SeedSequence]:
    """The seeds of the training and of the validation rows."""
    train, val = np.random.SeedSequence(seed).spawn(2)
    return train, val


def require_rows_fit(source: str, rows: int, dim: int, itemsize: int) -> None:
    """Raise DataError where `rows` rows of `dim` features would not fit in memory."""
    what = f"data of source {source} with {count_text(rows)} rows and {count_text(dim)} features"
    needed = rows * (dim * itemsize + _LABEL_BYTES) + block_bytes(dim)
    require_memory(needed, what, lambda share: _smaller(rows, dim, share))


def _smaller(rows: int, dim: int, share: Fraction) -> str:
    """Which keys to change so that a share of the memory is enough."""
    few_rows, few_dims = fitting(rows, share), fitting(dim, share)
    dims = f", or data.dim = {few_dims}" if dim > few_dims else ""
    return f"use data.train_rows and data.val_rows of {count_text(few_rows)} together{dims}"


def normal_blocks(
    rng: np.random.Generator, rows: int, dim: int
) -> Iterator[tuple[slice, npt.NDArray[np.float64]]]:
    """Standard normal rows, block by block: which rows, and their values `(block, dim)`."""
    for block in row_blocks(rows, dim):
        yield block, rng.standard_normal((block.stop - block.start, dim))


def flip_targets(rng: np.random.Generator, targets: Targets, share: float) -> None:
    """Flip exactly round(rows · share) targets, chosen at random, in place: t becomes 1 − t."""
    count = round(len(targets) * share)
    if count:
        chosen = rng.permutation(len(targets))[:count]
        targets[chosen] = 1 - targets[chosen]
