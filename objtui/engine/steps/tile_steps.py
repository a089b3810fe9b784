"""Optimiser steps of a whole population of detectors, on batches of tiles."""

from __future__ import annotations

import torch
from torch import Tensor

from objtui.engine.model.box_loss import offset_slopes
from objtui.engine.model.detector import Detector
from objtui.engine.model.population import Population
from objtui.engine.model.reduction import Reduction
from objtui.engine.steps.clipping import Clipping
from objtui.engine.steps.optimizers import AVERAGE, Updates, learning_rate
from objtui.engine.steps.tiles import TileBatch, TileBatches
from objtui.scenario.schema import Scenario


class TileStepper:
    """Takes the steps of a training in order, as `Stepper` does on rows.

    The loss is that of objectness, a mean over the anchors of a batch that are kept, and, with
    boxes, `box_weight` times that of offsets, a mean over the positive ones.
    """

    def __init__(self, scenario: Scenario, population: Population, batches: TileBatches) -> None:
        self._train = scenario.train
        self._box_weight = scenario.model.box_weight
        self._population = population
        self._batches = batches
        self._reduction = Reduction.of(scenario.train)
        self._detector = Detector(population)
        self._updates = Updates(population.flat, scenario.train, population.rate, population.decay)
        norms = population.flat.new_zeros(population.seeds, population.heads)
        self._clipping = Clipping(scenario, population, norms)

    @property
    def chunk_steps(self) -> int:
        """Most steps that are taken at once, best from a multiple of them on."""
        return self._batches.chunk_steps

    def advance(self, step: int, steps: int) -> Tensor:
        """Take `steps` ≤ `chunk_steps` steps from `step` on.

        Returns:
            The mean loss of objectness of each batch before its step, (steps, seeds, heads) in
            engine order.
        """
        losses = []
        for taken, batch in enumerate(self._batches.take(step, steps), start=step):
            losses.append(self._gradient(batch))
            self._clipping.clip()
            rate = learning_rate(self._train, taken)
            self._updates.step(self._population.gradient, rate, taken)
        return torch.stack(losses)

    @property
    def scored(self) -> Population:
        """The members that scores are of: those that are trained, or their moving average."""
        average = self._updates.state.get(AVERAGE)
        if average is None:
            return self._population
        return self._population.over(average, self._population.gradient)

    def gradient_norm(self) -> Tensor:
        """Norm of the last gradient over all parameters, before any clipping: (seeds, heads)."""
        return self._clipping.gradient_norm()

    def state(self) -> dict[str, Tensor]:
        """The tensors, updated in place, that later steps and frames depend on."""
        own = {"parameters": self._population.flat, "gradient": self._population.gradient}
        return own | {"norms": self._clipping.norms} | self._updates.state

    def first_gradient(self) -> None:
        """The gradient of the first batch, without a step: what there is before any."""
        self._gradient(self._batches.take(0, 1)[0])
        self._clipping.measure()

    def _gradient(self, batch: TileBatch) -> Tensor:
        """The gradient of the batch's losses; those of objectness, (seeds, heads)."""
        outputs, offsets = self._detector.forward_for_training(batch.images)
        slopes = outputs.sigmoid()  # (tiles, seeds, heads, sizes, rows, columns)
        losses = []
        for group in self._population.groups:
            u, slope = outputs[:, :, group.heads], slopes[:, :, group.heads]
            values = group.loss.values(u, batch.targets, batch.positive)
            group.loss.slope_(u, slope, batch.targets, batch.positive)
            weights = batch.weights
            if self._reduction is not None:
                weights = self._weights(self._reduction, values, batch)
                slope *= weights
            losses.append((values * weights).sum((0, 3, 4, 5)))  # (seeds, heads)
        if self._reduction is None:
            slopes *= batch.weights
        self._detector.backward(slopes, self._box_slopes(batch, offsets))
        return torch.cat(losses, dim=-1)

    def _weights(self, reduction: Reduction, values: Tensor, batch: TileBatch) -> Tensor:
        """Weights of the anchors of each member's batch, of the shape of their losses."""

        def by_seed(anchors: Tensor) -> Tensor:
            """(tiles, seeds, heads, sizes, rows, columns) → (seeds, heads, anchors of all tiles)"""
            return anchors.movedim(0, 2).flatten(2)

        kept = by_seed(batch.weights > 0)
        weights = reduction.weights(by_seed(values), by_seed(batch.positive), kept)
        tiles, seeds, _, *cells = values.shape
        return weights.view(seeds, -1, tiles, *cells).movedim(2, 0)

    def _box_slopes(self, batch: TileBatch, offsets: Tensor | None) -> Tensor | None:
        """Slopes of the loss of boxes by all offsets, of their shape."""
        if offsets is None:
            return None
        tile, seed, size, row, column = batch.matches
        at = (tile, seed, slice(None), size, slice(None), row, column)
        weights = self._box_weight * batch.match_weights[:, None, None]
        slopes = torch.zeros_like(offsets)
        slopes[at] = offset_slopes(offsets[at], batch.goals[:, None]) * weights  # (positives, …)
        return slopes
