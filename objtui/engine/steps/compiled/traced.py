"""A step as one function of tensors, to be recorded."""

from __future__ import annotations

import torch
from torch import Tensor

from objtui.engine.model.network import Network
from objtui.engine.model.population import Population
from objtui.engine.model.reduction import Reduction
from objtui.engine.steps.optimizers import AVERAGE, Average, clip_gradients_
from objtui.scenario.schema import Scenario


class TracedStep(torch.nn.Module):
    """What `Stepper.advance` does in a step, with its state given from outside.

    Batches are gathered here, too, by the device.

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
        self._reduction = Reduction.of(scenario.train)
        self._average = Average.of(scenario.train)
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
        if self._average is not None:
            self._average.follow_(state[AVERAGE], state["parameters"])
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
            values = group.loss.values(outputs, target, positive)
            if self._reduction is None:
                losses.append(values.mean(-1))
            else:
                weights = self._reduction.weights(values, positive)
                losses.append((values * weights).sum(-1))
                slope = slope * weights * slope.shape[-1]
            slopes.append(slope)
        slopes.append(torch.zeros_like(lanes[:, population.heads :]))  # of idle lanes
        network.backward(batch, torch.cat(slopes, dim=1))
        return torch.cat(losses, dim=-1)

    def _clip(self, population: Population, norms: Tensor, limit: float) -> None:
        norms.copy_(population.member_norm(population.gradient))
        limits = torch.stack([limit * population.norm_limit, population.norm_limit], dim=-1)
        clip_gradients_(population.blocks(population.gradient), norms, limits)
