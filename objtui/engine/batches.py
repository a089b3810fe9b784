"""The order of batches: one for each seed, the same for every head of it.

A seed's batches are cut from an endless row of shuffles of the training rows,
so that every batch is full and every row comes equally often. A shuffle is a
function of seed and epoch alone: any batch can be found again without a state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from objtui.engine.data.dataset import Rows
from objtui.engine.generators import seeded

_GATHER_BYTES = 1 << 18
"""Features gathered at once: small enough to be still in cache when they are used."""

MOST_CHUNK_STEPS = 64
"""Most steps in a chunk; more would save nothing."""

CHUNK_ROWS = 1 << 16
"""Rows that each head goes through in a chunk, all seeds together: they bound its memory."""


@dataclass(frozen=True, eq=False, slots=True)
class Chunk:
    """Successive batches.

    Attributes:
        features: yields the features of each step in turn, (groups, rows,
            features), valid until the next is asked for.
        targets: (steps, groups, 1, rows).
        positive: the same shape; all False unless a loss asks for the classes.
    """

    features: Iterator[Tensor]
    targets: Tensor
    positive: Tensor


class Batches:
    """Chunks of successive batches on the training device.

    Attributes:
        groups: batches of a step: one for each seed, or 1 where all rows are one batch.
        rows: rows of a batch.
        chunk_steps: most steps of a chunk.
    """

    def __init__(
        self,
        features: Tensor,
        rows: Rows,
        batch: int,
        seeds: tuple[int, ...],
        *,
        classes: bool,
        most_steps: int = MOST_CHUNK_STEPS,
    ) -> None:
        """Args:
        features: (rows, features) on the device.
        batch: rows of a batch; 0 stands for all rows.
        classes: whether any loss asks which rows are positive.
        most_steps: bound on the steps of a chunk.
        """
        device = features.device
        self._features = features
        self._targets = rows.targets.to(device, features.dtype)
        self._positive = rows.positive.to(device)
        self._seeds = seeds
        self._epoch = -1
        self._shuffles = torch.empty(0)
        self._all = batch == 0
        self.groups = 1 if self._all else len(seeds)
        self.rows = len(rows) if self._all else batch
        fitting = CHUNK_ROWS // (len(seeds) * self.rows)
        self.chunk_steps = max(1, min(MOST_CHUNK_STEPS, most_steps, fitting))
        self._classes = classes
        step_bytes = self.groups * self.rows * features.shape[1] * features.element_size()
        steps_gathered = max(1, min(self.chunk_steps, _GATHER_BYTES // step_bytes))
        gathered = 0 if self._all else steps_gathered * self.groups * self.rows
        self._gathered = features.new_empty(gathered, features.shape[1])
        self._take_rows = _row_taker(features, self._gathered)
        by_step = self._gathered.view(-1, self.groups, self.rows, features.shape[1])
        self._gathered_by_step = by_step.unbind()

    def take(self, step: int, steps: int) -> Chunk:
        """The batches of `steps` ≤ `chunk_steps` steps from `step` on."""
        shape = (steps, self.groups, 1, self.rows)
        no_flags = self._positive.new_zeros(()).expand(shape)
        if self._all:
            features = iter(self._features.expand(steps, 1, -1, -1))
            positive = self._positive.expand(shape) if self._classes else no_flags
            return Chunk(features, self._targets.expand(shape), positive)
        index = self._stream(step * self.rows, steps * self.rows)  # (seeds, steps · rows)
        index = index.view(self.groups, steps, self.rows).transpose(0, 1).flatten()
        return Chunk(
            self._gather(index),
            self._targets.index_select(0, index).view(shape),
            self._positive[index].view(shape) if self._classes else no_flags,
        )

    def _gather(self, index: Tensor) -> Iterator[Tensor]:
        """Features of the rows of `index`, a step at a time: (groups, rows, features)."""
        step_rows = self.groups * self.rows
        for part in torch.split(index, max(1, len(self._gathered))):
            self._take_rows(part)
            yield from self._gathered_by_step[: len(part) // step_rows]

    def _stream(self, start: int, count: int) -> Tensor:
        """Rows start…start + count of each seed's endless row of shuffles."""
        total = len(self._targets)
        pieces = []
        while count:
            epoch, offset = divmod(start, total)
            if self._epoch != epoch:
                self._shuffle(epoch)
            pieces.append(self._shuffles[:, offset : offset + count])
            taken = pieces[-1].shape[1]
            start += taken
            count -= taken
        return pieces[0].contiguous() if len(pieces) == 1 else torch.cat(pieces, dim=1)

    def _shuffle(self, epoch: int) -> None:
        """Draw an epoch's shuffle of every seed: (seeds, rows)."""
        total = len(self._targets)
        self._epoch = epoch
        shuffles = torch.empty(len(self._seeds), total, dtype=torch.int32)
        for seed, row in zip(self._seeds, shuffles, strict=True):
            torch.randperm(total, generator=seeded("order", seed, epoch), out=row)
        self._shuffles = shuffles.to(self._features.device)


def _row_taker(source: Tensor, out: Tensor) -> Callable[[Tensor], None]:
    """A function that copies the rows of an index from `source` to the start of `out`."""
    if source.device.type == "cpu" and source.dtype != torch.bfloat16:
        rows, taken = source.numpy(), out.numpy()

        def take_on_cpu(index: Tensor) -> None:
            # NumPy reads ahead where torch waits for each row; "clip" spares it a copy.
            np.take(rows, index.numpy(), axis=0, out=taken[: len(index)], mode="clip")

        return take_on_cpu

    def take(index: Tensor) -> None:
        torch.index_select(source, 0, index, out=out[: len(index)])

    return take
