"""Steps on batches so large that what a backbone makes of them would leave the cache."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from objtui.engine.model.population import Population
from objtui.engine.steps.batches import Batch, Chunk
from objtui.engine.steps.plain_steps import Steps
from objtui.scenario.schema import Scenario

BLOCK_ACTIVATIONS = 1 << 20
"""Activations of one layer, all members together, that are made at once."""

_VECTOR = 16


def block_rows(population: Population, rows: int) -> int:
    """Rows of a batch to go through at once; all of them where that makes no difference."""
    widest = population.backbone.widest
    if widest == 0 or population.flat.device.type != "cpu":
        return rows
    fitting = BLOCK_ACTIVATIONS // (population.run_seeds * population.heads * widest)
    return min(rows, max(_VECTOR, fitting - fitting % _VECTOR))


class BlockedSteps(Steps):
    """Sums the gradient of a batch over blocks of its rows; for the rest as `Steps`.

    Args:
        rows: of a block, fewer than those of a batch.
        batch: rows of a batch.
    """

    def __init__(
        self, scenario: Scenario, population: Population, norms: Tensor, rows: int, batch: int
    ) -> None:
        super().__init__(scenario, population, norms, 1, rows)
        self._rows = rows
        self._batch = batch
        (self._whole,) = self._by_step
        (self._rest,) = self._views(self.network.new_outputs(1, batch % rows))
        gradient = population.gradient
        self._sum = gradient.new_zeros(
            gradient.shape, dtype=torch.promote_types(gradient.dtype, torch.float32)
        )

    def take(self, chunk: Chunk, update: Callable[[int], None]) -> Tensor:
        losses = []
        for i, batch in enumerate(chunk.batches):
            losses.append(self._whole_gradient(batch))
            self.clipping.clip()
            update(i)
        return torch.stack(losses)

    def first_gradient(self, batch: Batch) -> None:
        self._whole_gradient(batch)
        self.clipping.measure()

    def _whole_gradient(self, batch: Batch) -> Tensor:
        """The gradient of the batch's mean losses; these, (seeds, heads)."""
        gradient = self._population.gradient
        self._sum.zero_()
        losses = self._sum.new_zeros(self.clipping.norms.shape)
        for start in range(0, self._batch, self._rows):
            rows = slice(start, start + self._rows)
            part = batch.part(rows)
            size = part.features.shape[1]
            views = self._whole if size == self._rows else self._rest
            self._gradient(views, part)
            self._sum.add_(gradient, alpha=size / self._batch)
            means = self._losses(views.lanes[None], part.targets[None], part.positive[None])[0]
            losses.add_(means, alpha=size / self._batch)
        gradient.copy_(self._sum)
        return losses.to(gradient.dtype)
