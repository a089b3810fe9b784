"""Steps recorded once on a CUDA device and replayed: none waits for Python to call its kernels."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from objtui.engine.model.population import Population
from objtui.engine.steps.batches import Batches
from objtui.engine.steps.compiled.compiled_steps import step_schedule
from objtui.engine.steps.compiled.traced import TracedStep
from objtui.scenario.schema import Scenario

WARM_UPS = 3
"""Steps before the recorded one, in which libraries make what they need."""

Record = Callable[[Callable[[], None], torch.device], Callable[[], object]]
"""(step, device): takes some steps, and returns what takes one more at each call."""


def record_cuda_graph(step: Callable[[], None], device: torch.device) -> Callable[[], object]:
    """Record what a step launches. RuntimeError where it cannot be recorded.

    Everything that the step reads must outlive what is returned.
    """
    current = torch.cuda.current_stream(device)
    aside = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
    graph = torch.cuda.CUDAGraph()
    # The outer context comes back to the stream even where the end of a recording fails; the
    # stream of a recording would be one of the current device, if none was given.
    with torch.cuda.device(device), torch.cuda.stream(current):
        aside.wait_stream(current)
        try:
            with torch.cuda.stream(aside):
                for _ in range(WARM_UPS):
                    step()
        finally:
            current.wait_stream(aside)
        # Other threads, as of another training, may call the device meanwhile.
        with torch.cuda.graph(graph, stream=aside, capture_error_mode="thread_local"):
            step()
    return graph.replay


class GraphedSteps:
    """Takes steps as `Stepper` does, but for the rounding of sums.

    A recording reads and writes the same memory at every replay, so that what a step depends on
    lies in tables of a chunk of steps, of which it takes the next entry by itself.

    Args:
        state: as of `Stepper.state`; recording leaves it as it was, even where it fails.
    """

    def __init__(
        self,
        scenario: Scenario,
        population: Population,
        batches: Batches,
        state: dict[str, Tensor],
        *,
        record: Record,
    ) -> None:
        self._train = scenario.train
        self._batches = batches
        # Kept: what it holds is read by every replay.
        self._traced = TracedStep(scenario, population, tuple(state), whole=batches.whole)
        device, steps = population.flat.device, batches.chunk_steps
        self._rows = torch.zeros(
            (steps, batches.groups, 1 if batches.whole else batches.rows),
            dtype=torch.int64,
            device=device,
        )
        self._step_schedule = torch.ones(steps, 2, dtype=torch.float64, device=device)
        self._losses = population.flat.new_zeros(steps, population.seeds, population.heads)
        self._next = torch.zeros(1, dtype=torch.int64, device=device)
        fixed = (*batches.tables, *state.values())

        def step() -> None:
            rows, rate_and_step = (
                table.index_select(0, self._next)[0] for table in (self._rows, self._step_schedule)
            )
            losses = self._traced(rows, rate_and_step, *fixed)
            self._losses.index_copy_(0, self._next, losses[None])
            self._next.add_(1).remainder_(steps)

        before = {name: value.clone() for name, value in state.items()}
        try:
            with torch.no_grad():
                self._replay = record(step, device)
        finally:
            for name, value in before.items():
                state[name].copy_(value)

    def take(self, step: int, steps: int) -> Tensor:
        """`steps` ≤ `Batches.chunk_steps` from `step` on; their mean losses, as `Stepper`'s."""
        self._next.zero_()
        self._step_schedule[:steps] = step_schedule(self._train, step, steps)
        if not self._batches.whole:
            self._rows[:steps] = self._batches.take_rows(step, steps)
        for _ in range(steps):
            self._replay()
        return self._losses[:steps].clone()
