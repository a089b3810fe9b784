"""The norm of each member's gradient, and its limit."""

from __future__ import annotations

import torch
from torch import Tensor

from objtui.engine.model.population import Population
from objtui.engine.steps.optimizers import clip_gradients_
from objtui.scenario.schema import Scenario


class Clipping:
    """Clips every member's gradient where the scenario says so, and remembers its norm.

    Attributes:
        norms: of each member's last gradient, where it was asked for or clipped, (seeds, heads).
    """

    def __init__(self, scenario: Scenario, population: Population, norms: Tensor) -> None:
        self.norms = norms
        self._population = population
        self._clipped = scenario.train.clip_norm is not None
        self._blocks = population.blocks(population.gradient)
        limit = scenario.train.clip_norm or 0.0
        factors = population.norm_limit
        self._limits = torch.stack([limit * factors, factors], dim=-1)  # (heads, 2)

    def clip(self) -> None:
        """Clip the gradient, if it is to be."""
        if self._clipped:
            self.measure()
            clip_gradients_(self._blocks, self.norms, self._limits)

    def measure(self) -> None:
        """Keep the norms of the gradient as it is."""
        self.norms.copy_(self._population.member_norm(self._population.gradient))

    def gradient_norm(self) -> Tensor:
        """Norm of the last gradient over all parameters, before any clipping: (seeds, heads)."""
        if self._clipped:
            return self.norms
        return self._population.member_norm(self._population.gradient)
