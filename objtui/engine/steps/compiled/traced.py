"""A step as one function of tensors: to be traced and compiled, or recorded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from objtui.engine.model.network import Network
from objtui.engine.model.population import Population
from objtui.engine.steps.batches import Batches
from objtui.engine.steps.compiled.job import LAYOUT
from objtui.engine.steps.optimizers import clip_gradients_, learning_rate
from objtui.scenario.schema import Scenario, Train


class TracedStep(torch.nn.Module):
    """What `Stepper.advance` does in a step, with its state given from outside.

    Outputs and slopes are tensors of their own here: a compiler fuses what makes them, and
    copies what is written into parts of others. Batches are gathered here, too: on the core
    that is about to need them.

    Args:
        names: of the tensors of `Stepper.state`, in order.
        whole: whether a batch is all rows.
    """

    def __init__(
        self, scenario: Scenario, population: Population, names: tuple[str, ...], *, whole: bool
    ) -> None:
        super().__init__()
        self._scenario = scenario
        self._population = population
        self._names = names
        self._whole = whole
        flat = population.flat
        self._rate = population.rate.to(flat)
        self._decay = (scenario.train.decay * population.decay).to(flat)

    def forward(
        self,
        rows: Tensor,
        rate_and_step: Tensor,
        features: Tensor,
        targets: Tensor,
        positive: Tensor,
        *values: Tensor,
    ) -> Tensor:
        """Take the step: the state is updated in place.

        Args:
            rows: of the batch, (groups, rows).
            rate_and_step: learning rate, and steps taken before, (2,), float64.
            features, targets, positive: of all training rows, as `Batches.tables`.
            values: the state's tensors.
        Returns:
            The mean loss of the batch before the step, (seeds, heads) in engine order.
        """
        train = self._scenario.train
        state = dict(zip(self._names, values, strict=True))
        population = self._population.over(state["parameters"], state["gradient"])
        tables = (features, targets, positive)
        batch, target, flags = (table[None] if self._whole else table[rows] for table in tables)
        losses = self._gradient(population, batch, target[:, None], flags[:, None])
        if train.clip_norm is not None:
            self._clip(population, state["norms"], train.clip_norm)
        rate, taken = rate_and_step.unbind()
        rates = rate.to(self._rate) * self._rate
        train.update_rule.update_(state, rates, self._decay, taken)
        return losses

    def _gradient(
        self, population: Population, batch: Tensor, target: Tensor, positive: Tensor
    ) -> Tensor:
        """The gradient of the batch's mean losses; these, (seeds, heads)."""
        network = Network(population)
        lanes = network.forward(batch)  # (seeds, lanes, rows)
        slopes, losses = [], []
        for group in population.groups:
            outputs = lanes[:, group.heads]
            slope = outputs.sigmoid()
            group.loss.slope_(outputs, slope, target, positive)
            slopes.append(slope)
            losses.append(group.loss.values(outputs, target, positive).mean(-1))
        slopes.append(torch.zeros_like(lanes[:, population.heads :]))  # of idle lanes
        network.backward(batch, torch.cat(slopes, dim=1))
        return torch.cat(losses, dim=-1)

    def _clip(self, population: Population, norms: Tensor, limit: float) -> None:
        norms.copy_(population.member_norm(population.gradient))
        limits = torch.stack([limit * population.norm_limit, population.norm_limit], dim=-1)
        clip_gradients_(population.blocks(population.gradient), norms, limits)


def layout(inputs: list[Tensor]) -> list[str]:
    """What a compiled step relies on, and does not look at: kinds, sizes and strides."""
    lines = []
    for value in inputs:
        pairs = zip(value.shape, value.stride(), strict=True)
        strides = [stride for size, stride in pairs if size > 1]
        lines.append(f"{value.dtype} {tuple(value.shape)} {strides}")
    return lines


def traced_inputs(
    batches: Batches, step: int, steps: int, train: Train, state: dict[str, Tensor]
) -> Iterator[list[Tensor]]:
    """What `TracedStep` is called with for each of some steps."""
    fixed = [*batches.tables, *state.values()]
    rows = batches.take_rows(step, steps).unbind()
    for each in zip(rows, step_schedule(train, step, steps).unbind(), strict=True):
        yield [*each, *fixed]


def step_schedule(train: Train, step: int, steps: int) -> Tensor:
    """Learning rate of each of some steps, and steps taken before: (steps, 2), float64."""
    return torch.tensor(
        [(learning_rate(train, taken), taken) for taken in range(step, step + steps)],
        dtype=torch.float64,
    )


class CompiledSteps:
    """Takes steps as `Stepper` does, but for the rounding of sums.

    Raises ValueError where the package is of a training that differs in its tensors.
    """

    def __init__(
        self, package: Path, batches: Batches, train: Train, state: dict[str, Tensor]
    ) -> None:
        self._batches = batches
        self._train = train
        self._state = state
        inputs = next(traced_inputs(batches, 0, 1, train, state))
        if json.loads(package.with_suffix(LAYOUT).read_text()) != layout(inputs):
            raise ValueError(f"{package} takes the steps of another training")
        # The loader itself: what is around it takes apart nested inputs, which takes as long again.
        self._run = torch._inductor.aoti_load_package(str(package)).loader.run
        # Some compilers' start-up code of fast arithmetic flushes denormal numbers to 0.
        torch.set_flush_denormal(False)

    def take(self, step: int, steps: int) -> Tensor:
        """So many steps from `step` on; their mean losses, (steps, seeds, heads)."""
        each = traced_inputs(self._batches, step, steps, self._train, self._state)
        return torch.stack([self._run(inputs)[0] for inputs in each])
