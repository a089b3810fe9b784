"""Optimiser steps of a whole population, a chunk of batches at a time."""

from __future__ import annotations

import torch
from torch import Tensor

from objtui.engine.activations import ACTIVATIONS
from objtui.engine.batches import Batches
from objtui.engine.head_loss import HeadLoss
from objtui.engine.network import Network
from objtui.engine.optimizers import OPTIMIZERS, clip_gradients_, learning_rate
from objtui.engine.population import Population
from objtui.scenario.schema import Scenario


class Stepper:
    """Forward, loss gradient, backward and update of every member, in closed form."""

    def __init__(self, scenario: Scenario, population: Population, batches: Batches) -> None:
        self.network = Network(population, ACTIVATIONS[scenario.model.activation])
        self.optimizer = OPTIMIZERS[scenario.train.optimizer](
            population.flat, scenario.train, population.rate, population.decay
        )
        self._train = scenario.train
        self._population = population
        self._batches = batches
        self._mean = 1 / batches.rows
        self._clip_blocks = population.blocks(population.gradient)
        limit = scenario.train.clip_norm or 0.0
        factors = population.norm_limit
        self._limits = torch.stack([limit * factors, factors], dim=-1)  # (heads, 2)
        shape = (population.seeds, population.heads, batches.rows)
        make = population.flat.new_empty
        self._outputs = make((batches.chunk_steps, *shape))
        self._p, self._slopes = make(shape), make(shape)
        self._by_step = [self._group_views(outputs) for outputs in self._outputs]

    def advance(self, step: int, steps: int) -> Tensor:
        """Take `steps` ≤ `Batches.chunk_steps` steps from `step` on.

        Returns:
            The mean loss of each batch before its step, (steps, seeds, heads) in
            engine order.
        """
        chunk = self._batches.take(step, steps)
        each = zip(chunk.features, chunk.targets.unbind(), chunk.positive.unbind(), strict=True)
        for i, (batch, target, flags) in enumerate(each):
            self._gradient(i, batch, target, flags)
            if self._train.clip_norm is not None:
                norms = self._population.member_norm(self._population.gradient)
                clip_gradients_(self._clip_blocks, norms, self._limits)
            self.optimizer.step(self._population.gradient, learning_rate(self._train, step + i))
        return self._losses(self._outputs[:steps], chunk.targets, chunk.positive)

    def look(self) -> None:
        """The gradient of the first batch, without a step: what there is before any."""
        chunk = self._batches.take(0, 1)
        self._gradient(0, next(chunk.features), chunk.targets[0], chunk.positive[0])

    def _gradient(self, i: int, batch: Tensor, target: Tensor, positive: Tensor) -> None:
        self.network.forward(batch, out=self._outputs[i])
        torch.sigmoid(self._outputs[i], out=self._p)
        for loss, outputs, p, slopes in self._by_step[i]:
            torch.mul(loss.gradients(outputs, p, target, positive), self._mean, out=slopes)
        self.network.backward(batch, self._slopes)

    def _group_views(self, outputs: Tensor) -> list[tuple[HeadLoss, Tensor, Tensor, Tensor]]:
        """Of each group of heads its loss, and its part of outputs, p and slopes."""
        return [
            (group.loss, outputs[:, heads], self._p[:, heads], self._slopes[:, heads])
            for group in self._population.groups
            for heads in [group.heads]
        ]

    def _losses(self, outputs: Tensor, targets: Tensor, positive: Tensor) -> Tensor:
        """outputs (steps, seeds, heads, rows) → mean losses (steps, seeds, heads)."""
        means = [
            group.loss.values(outputs[:, :, group.heads], targets, positive).mean(-1)
            for group in self._population.groups
        ]
        return torch.cat(means, dim=-1)
