"""Optimiser steps of a whole population on given batches, in closed form."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from objtui.engine.model.head_loss import HeadLoss
from objtui.engine.model.network import Network
from objtui.engine.model.population import Population
from objtui.engine.model.reduction import Reduction
from objtui.engine.steps.batches import Batch, Chunk
from objtui.engine.steps.clipping import Clipping
from objtui.scenario.schema import Scenario


class _Views(NamedTuple):
    """Outputs and slopes of one step, (seeds, lanes, rows), of its heads, and by group of heads."""

    lanes: Tensor
    slope_lanes: Tensor
    outputs: Tensor
    slopes: Tensor
    groups: list[tuple[HeadLoss, Tensor, Tensor]]


class Steps:
    """Forward, loss gradient, backward and update of every member.

    Args:
        norms: room for the norm of each member's last gradient, (seeds, heads).
        most: most steps taken at once.
        rows: rows of a batch.
    """

    def __init__(
        self,
        scenario: Scenario,
        population: Population,
        norms: Tensor,
        most: int,
        rows: int,
    ) -> None:
        self.network = Network(population)
        self.clipping = Clipping(scenario, population, norms)
        self._population = population
        self._reduction = Reduction.of(scenario.train)
        self._heads = slice(population.heads)
        self._outputs = self.network.new_outputs(most, rows)
        self._by_step = self._views(self._outputs)

    def take(self, chunk: Chunk, update: Callable[[int], None]) -> Tensor:
        """Take as many steps as there are batches.

        Args:
            update: takes the step of a batch, by its number, along `Population.gradient`.
        Returns:
            The mean loss of each batch before its step, (steps, seeds, heads) in
            engine order.
        """
        for i, (views, batch) in enumerate(zip(self._by_step, chunk.batches, strict=False)):
            self._gradient(views, batch)
            self.clipping.clip()
            update(i)
        outputs = self._outputs[: len(chunk.batches)]
        return self._losses(outputs, chunk.targets, chunk.positive)

    def first_gradient(self, batch: Batch) -> None:
        """The gradient of a batch, without a step, and its norms."""
        self._gradient(self._by_step[0], batch)
        self.clipping.measure()

    def _gradient(self, step: _Views, batch: Batch) -> None:
        """The gradient of the batch's mean loss; outputs are kept in `step`."""
        features, turned, target, positive = batch
        through = self.network.pass_of(features.shape)
        through.forward(features, turned, step.lanes)
        torch.sigmoid(step.outputs, out=step.slopes)
        for loss, outputs, slopes in step.groups:
            loss.slope_(outputs, slopes, target, positive)
            if self._reduction is not None:
                values = loss.values(outputs, target, positive)
                # The network divides by the number of rows.
                slopes.mul_(self._reduction.weights(values, positive)).mul_(slopes.shape[-1])
        through.backward(features, step.slope_lanes)

    def _views(self, room: Tensor) -> list[_Views]:
        """The parts of each step's outputs, and of slopes that all of these steps share.

        `room` is for the outputs, (steps, seeds, lanes, rows).
        """
        slope_lanes = self.network.new_outputs(1, room.shape[-1])[0]
        slopes = slope_lanes[:, self._heads]
        views = []
        for lanes in room.unbind():
            outputs = lanes[:, self._heads]
            groups = [
                (group.loss, outputs[:, group.heads], slopes[:, group.heads])
                for group in self._population.groups
            ]
            views.append(_Views(lanes, slope_lanes, outputs, slopes, groups))
        return views

    def _losses(self, outputs: Tensor, targets: Tensor, positive: Tensor) -> Tensor:
        """outputs (steps, seeds, lanes, rows) → mean losses (steps, seeds, heads)."""
        means = []
        for group in self._population.groups:
            values = group.loss.values(outputs[:, :, group.heads], targets, positive)
            if self._reduction is None:
                means.append(values.mean(-1))
            else:
                means.append((values * self._reduction.weights(values, positive)).sum(-1))
        return torch.cat(means, dim=-1)
