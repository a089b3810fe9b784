"""Steps that a package takes, compiled."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from torch import Tensor

from objtui.engine.steps.batches import Batches
from objtui.engine.steps.compiled.job import LAYOUT
from objtui.engine.steps.compiled.traced import layout, traced_inputs
from objtui.scenario.schema import Train


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
