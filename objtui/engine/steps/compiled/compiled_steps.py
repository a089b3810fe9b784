"""Steps taken by a compiled program: what `Stepper` does, but for the rounding of sums."""

from __future__ import annotations

import ctypes
from pathlib import Path

import torch
from torch import Tensor

from objtui.engine.model.population import Population
from objtui.engine.steps.batches import Batches
from objtui.engine.steps.compiled.source import StepProgram
from objtui.engine.steps.optimizers import learning_rate
from objtui.scenario.schema import Train


class CompiledSteps:
    """The steps of one training.

    Args:
        library: what was compiled of the program.
        state: as of `Stepper.state`, updated in place.
    Raises OSError where the library cannot be loaded.
    """

    def __init__(
        self,
        library: Path,
        program: StepProgram,
        population: Population,
        batches: Batches,
        train: Train,
        state: dict[str, Tensor],
    ) -> None:
        loaded = ctypes.CDLL(str(library))
        loaded.room_bytes.restype = ctypes.c_int64
        self._take = loaded.take
        self._take.restype = None
        self._batches = batches
        self._train = train
        flat = population.flat
        self._no_rows = torch.empty(0, dtype=torch.int64)
        self._losses = (population.seeds, population.heads)
        limits = torch.stack(
            [(train.clip_norm or 0.0) * population.norm_limit, population.norm_limit], dim=-1
        )
        self._room = torch.zeros(loaded.room_bytes(), dtype=torch.uint8)
        self._places = torch.tensor(program.places, dtype=torch.int64)
        self._fixed = [
            torch.tensor(program.constants, dtype=torch.float64),
            *batches.tables,
            population.rate.to(flat),
            (train.decay * population.decay).to(flat),
            limits.contiguous(),
            state["norms"],
        ]
        self._states = [state[name] for name in program.states]

    def take(self, step: int, steps: int) -> Tensor:
        """So many steps from `step` on; their mean losses, (steps, seeds, heads)."""
        rows = self._no_rows
        if not self._batches.whole:
            rows = self._batches.take_rows(step, steps)  # (steps, groups, rows)
        losses = self._states[0].new_empty(steps, *self._losses)
        tensors = [
            self._places,
            rows,
            step_schedule(self._train, step, steps),
            *self._fixed,
            losses,
        ]
        self._take(
            ctypes.c_void_p(self._room.data_ptr()),
            ctypes.c_int64(steps),
            *(ctypes.c_void_p(tensor.data_ptr()) for tensor in [*tensors, *self._states]),
        )
        return losses


def step_schedule(train: Train, step: int, steps: int) -> Tensor:
    """Learning rate of each of some steps, and steps taken before: (steps, 2), float64."""
    taken = range(step, step + steps)
    schedule = torch.empty(steps, 2, dtype=torch.float64)
    if train.schedule == "constant" and step >= train.warmup:
        schedule[:, 0] = train.lr
    else:
        rates = [learning_rate(train, before) for before in taken]
        schedule[:, 0] = torch.tensor(rates, dtype=torch.float64)
    schedule[:, 1] = torch.arange(taken.start, taken.stop)
    return schedule
