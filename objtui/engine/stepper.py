"""Optimiser steps of a whole population, a chunk of batches at a time."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from objtui.engine.activations import ACTIVATIONS
from objtui.engine.batches import Batches
from objtui.engine.head_loss import HeadLoss
from objtui.engine.network import Network
from objtui.engine.optimizers import OPTIMIZERS, clip_gradients_, learning_rate
from objtui.engine.population import Population
from objtui.scenario.schema import Scenario


@dataclass(frozen=True, eq=False, slots=True)
class _Views:
    """One step's outputs (seeds, lanes, rows), then those of heads, and by group of heads."""

    lanes: Tensor
    outputs: Tensor
    slopes: Tensor
    groups: list[tuple[HeadLoss, Tensor, Tensor]]


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
        self._norms = population.flat.new_zeros(population.seeds, population.heads)
        self._clip_blocks = population.blocks(population.gradient)
        limit = scenario.train.clip_norm or 0.0
        factors = population.norm_limit
        self._limits = torch.stack([limit * factors, factors], dim=-1)  # (heads, 2)
        self._heads = slice(population.heads)
        self._outputs = self.network.new_outputs(batches.chunk_steps, batches.rows)
        self._slopes = self.network.new_outputs(1, batches.rows)[0]
        self._by_step = [self._views(outputs) for outputs in self._outputs]

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
                self._norms.copy_(self._population.member_norm(self._population.gradient))
                clip_gradients_(self._clip_blocks, self._norms, self._limits)
            rate = learning_rate(self._train, step + i)
            self.optimizer.step(self._population.gradient, rate, step + i)
        return self._losses(self._outputs[:steps], chunk.targets, chunk.positive)

    def gradient_norm(self) -> Tensor:
        """Norm of the last gradient over all parameters, before any clipping: (seeds, heads)."""
        if self._train.clip_norm is None:
            return self._population.member_norm(self._population.gradient)
        return self._norms

    def state(self) -> dict[str, Tensor]:
        """The tensors, updated in place, that later steps and frames depend on."""
        own = {"parameters": self._population.flat, "gradient": self._population.gradient}
        return own | {"norms": self._norms} | self.optimizer.state()

    def look(self) -> None:
        """The gradient of the first batch, without a step: what there is before any."""
        chunk = self._batches.take(0, 1)
        self._gradient(0, chunk.features[0], chunk.targets[0], chunk.positive[0])
        self._norms.copy_(self._population.member_norm(self._population.gradient))

    def _gradient(self, i: int, batch: Tensor, target: Tensor, positive: Tensor) -> None:
        """The gradient of the batch's mean loss; outputs are kept at position `i`."""
        step = self._by_step[i]
        self.network.forward(batch, out=step.lanes)
        torch.sigmoid(step.outputs, out=step.slopes)
        for loss, outputs, slopes in step.groups:
            loss.slope_(outputs, slopes, target, positive)
        self.network.backward(batch, self._slopes)

    def _views(self, lanes: Tensor) -> _Views:
        """The parts of one step's outputs, and of the slopes that every step shares."""
        outputs, slopes = lanes[:, self._heads], self._slopes[:, self._heads]
        groups = [
            (group.loss, outputs[:, group.heads], slopes[:, group.heads])
            for group in self._population.groups
        ]
        return _Views(lanes, outputs, slopes, groups)

    def _losses(self, outputs: Tensor, targets: Tensor, positive: Tensor) -> Tensor:
        """outputs (steps, seeds, lanes, rows) → mean losses (steps, seeds, heads)."""
        means = [
            group.loss.values(outputs[:, :, group.heads], targets, positive).mean(-1)
            for group in self._population.groups
        ]
        return torch.cat(means, dim=-1)
