"""Optimiser steps of a whole population, a chunk of batches at a time."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from objtui.engine.model.network import Network
from objtui.engine.model.population import Population
from objtui.engine.model.reduction import Reduction
from objtui.engine.steps.batches import Batches
from objtui.engine.steps.blocked_steps import BlockedSteps, block_rows
from objtui.engine.steps.compiled.compiled_steps import CompiledSteps
from objtui.engine.steps.compiled.graphed import GraphedSteps, record_cuda_graph
from objtui.engine.steps.compiled.source import StepProgram, step_program
from objtui.engine.steps.optimizers import AVERAGE, Updates, learning_rate
from objtui.engine.steps.plain_steps import Steps
from objtui.scenario.schema import Scenario


class Stepper:
    """Takes the steps of a training in order, each on its batches."""

    def __init__(self, scenario: Scenario, population: Population, batches: Batches) -> None:
        self._scenario = scenario
        self._train = scenario.train
        self._population = population
        self._batches = batches
        self._updates = Updates(population.flat, scenario.train, population.rate, population.decay)
        norms = population.flat.new_zeros(population.seeds, population.heads)
        # Which negatives are hard, and how many positives there are, a whole batch tells.
        in_blocks = Reduction.of(scenario.train) is None
        rows = block_rows(population, batches.rows) if in_blocks else batches.rows
        self._steps = (
            Steps(scenario, population, norms, batches.chunk_steps, rows)
            if rows == batches.rows
            else BlockedSteps(scenario, population, norms, rows, batches.rows)
        )
        self._compiled: CompiledSteps | GraphedSteps | None = None

    @property
    def network(self) -> Network:
        """The function of the population that is trained."""
        return self._steps.network

    @property
    def chunk_steps(self) -> int:
        """Most steps that are taken at once, best from a multiple of them on."""
        if isinstance(self._compiled, CompiledSteps):
            return self._batches.row_steps
        return self._batches.chunk_steps

    def advance(self, step: int, steps: int) -> Tensor:
        """Take `steps` ≤ `chunk_steps` steps from `step` on.

        Returns:
            The mean loss of each batch before its step, (steps, seeds, heads) in
            engine order.
        """
        if self._compiled is not None:
            return self._compiled.take(step, steps)
        chunk = self._batches.take(step, steps)
        gradient, step_along = self._population.gradient, self._updates.step

        def update(i: int) -> None:
            step_along(gradient, learning_rate(self._train, step + i), step + i)

        # Autograd's bookkeeping would be a sixth of a small step.
        with torch.inference_mode():
            return self._steps.take(chunk, update)

    @property
    def program(self) -> StepProgram:
        """What is to be compiled; UntraceableError where a function has no form in C."""
        batches = self._batches
        return step_program(
            self._population, self._train, batches.rows, batches.groups, whole=batches.whole
        )

    def compile(self, library: Path) -> None:
        """Take steps by what was compiled of `program` from now on."""
        self._compiled = CompiledSteps(
            library, self.program, self._population, self._batches, self._train, self.state()
        )

    def record(self) -> None:
        """Take recorded steps from now on. RuntimeError where they cannot be recorded."""
        self._compiled = GraphedSteps(
            self._scenario,
            self._population,
            self._batches,
            self.state(),
            record=record_cuda_graph,
        )

    @property
    def scored(self) -> Population:
        """The members that scores are of: those that are trained, or their moving average."""
        average = self._updates.state.get(AVERAGE)
        if average is None:
            return self._population
        return self._population.over(average, self._population.gradient)

    def gradient_norm(self) -> Tensor:
        """Norm of the last gradient over all parameters, before any clipping: (seeds, heads)."""
        return self._steps.clipping.gradient_norm()

    def state(self) -> dict[str, Tensor]:
        """The tensors, updated in place, that later steps and frames depend on."""
        own = {"parameters": self._population.flat, "gradient": self._population.gradient}
        return own | {"norms": self._steps.clipping.norms} | self._updates.state

    def first_gradient(self) -> None:
        """The gradient of the first batch, without a step: what there is before any."""
        chunk = self._batches.take(0, 1)
        with torch.inference_mode():  # as steps are taken, with which it shares its room
            self._steps.first_gradient(chunk.batches[0])
