"""A training as a generator of typed events: asking for the next one does the work."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from objtui.engine.checkpoint import Checkpoint
from objtui.engine.data.dataset import Dataset, is_packed
from objtui.engine.layout import layout_text
from objtui.engine.loss_trace import LossTracer
from objtui.engine.model.backbones import make_backbone
from objtui.engine.model.population import Population
from objtui.engine.parts import RowParts, image_parts, row_parts
from objtui.engine.schedule import are_scores_compiled, is_compiled, is_recorded
from objtui.engine.scoring.compiled_scores import scores_program
from objtui.engine.scoring.groups import make_evaluator
from objtui.engine.steps.compiled.compiler import find_compiler
from objtui.engine.steps.compiled.takeover import SwitchToCompiled, take_recorded_steps
from objtui.engine.steps.stepper import Stepper
from objtui.measures.frames import Frame, LossTrace, Progress
from objtui.scenario.schema import Scenario, Train

LIVE_INTERVAL_S = 0.5
"""Least time between a frame and a live one after it."""

LIVE_SHARE = 0.02
"""Live frames come only while all measuring stays within this share of the time."""

PROGRESS_INTERVAL_S = 0.05
"""Time between events while nothing else is due."""


class Training:
    """One run's population, its data and its clock.

    Attributes:
        schedule: ascending steps of the scheduled frames.
        step: optimiser steps taken.
        train_s, eval_s: seconds spent in steps and in measuring.

    A training of a part of the run's seeds has the schedule and the block sizes of the whole, so
    that its members' numbers are theirs there, to the last bit. It has no live frames, and goes on
    where all its members have diverged: others may not have.
    """

    def __init__(
        self,
        scenario: Scenario,
        dataset: Dataset,
        device: torch.device,
        dtype: torch.dtype,
        clock: Callable[[], float] = time.perf_counter,
        *,
        held: range | None = None,
    ) -> None:
        """`held`: the seeds to train, as positions among those of the scenario; None for all."""
        run_seeds = len(scenario.train.seeds)
        self._is_part = held is not None
        held = range(run_seeds) if held is None else held
        scenario = _with_seeds(scenario, held)
        train = scenario.train
        self._clock = clock
        backbone = make_backbone(scenario.model, dataset.input_shape)
        share = _positive_share(train, dataset)
        self._population = Population(scenario, backbone, dtype, device, share, run_seeds=run_seeds)
        parts = (
            row_parts(scenario, dataset, self._population)
            if dataset.images is None
            else image_parts(scenario, dataset.images, self._population)
        )
        self._layout = layout_text(scenario, self._population, dataset)
        self._detects = dataset.images is not None
        self._stepper = parts.stepper
        self._evaluator = make_evaluator(
            scenario,
            parts.stepper.scored,
            parts.outputs,
            dataset.evaluation,
            parts.stepper.gradient_norm,
            held,
        )
        self._takeover: SwitchToCompiled | None = None
        self._recorded: Stepper | None = None
        self._compile_required = train.compile == "always"
        if isinstance(parts, RowParts) and backbone.can_be_compiled:
            if device.type == "cuda" and is_recorded(train):
                self._recorded = parts.stepper
            if device.type == "cpu":
                self._takeover = self._compiled(scenario, dataset, parts)
        self._scores_takeover: SwitchToCompiled | None = None
        if device.type == "cpu" and are_scores_compiled(train, parts.costs):
            self._scores_takeover = SwitchToCompiled(
                "scores", scores_program, self._evaluator.use, required=self._compile_required
            )
        self.schedule = parts.schedule
        self._steps = train.steps
        self._score_names = scenario.score_names
        self._tracer = LossTracer(train.steps)
        self._diverged = np.zeros((self._population.heads, self._population.seeds), dtype=bool)
        self._scheduled_until = -1
        self.step = 0
        self.train_s = 0.0
        self.eval_s = 0.0
        self._elapsed_before = 0.0
        self._started: float | None = None

    def _compiled(
        self, scenario: Scenario, dataset: Dataset, parts: RowParts
    ) -> SwitchToCompiled | None:
        """What makes compiled steps meanwhile; None where none are to be taken."""
        if not is_compiled(scenario.train, parts.costs):
            return None
        if not self._compile_required and is_packed(dataset):
            return None
        stepper = parts.stepper
        return SwitchToCompiled(
            "steps",
            lambda: stepper.program.text,
            stepper.compile,
            required=self._compile_required,
        )

    def compile_ahead(self) -> None:
        """Have compiled what is to be, already before the events are asked for."""
        for takeover in (self._takeover, self._scores_takeover):
            if takeover is not None:
                takeover.start()

    @property
    def diverged(self) -> bool:
        """Whether every member has diverged."""
        return bool(self._diverged.all())

    def events(self) -> Iterator[Frame | LossTrace | Progress]:
        """Train to the end: frames, loss traces, and progress about every 50 ms or step.

        Ends after the last step, or at the scheduled frame where every member has diverged.
        """
        if self._recorded is not None:
            take_recorded_steps(self._recorded, required=self._compile_required)
        with ExitStack() as stack:
            for takeover in (self._scores_takeover, self._takeover):
                if takeover is not None:
                    stack.enter_context(takeover)
            yield from self._train()

    def _train(self) -> Iterator[Frame | LossTrace | Progress]:
        self._started = last_frame = last_event = self._clock()
        for boundary in self.schedule:
            if boundary <= self._scheduled_until:
                continue
            while self.step < boundary:
                yield from self._take_over(self._takeover)
                yield from self.advance(self._steps_to(boundary))
                now = self._clock()
                if self.step < boundary and self._live_frame_is_due(now - last_frame):
                    yield from self._take_over(self._scores_takeover)
                    yield self._measure(scheduled=False)
                    last_frame = last_event = self._clock()
                elif now - last_event >= PROGRESS_INTERVAL_S:
                    yield Progress(self.step, self.elapsed_s)
                    last_event = now
            self._scheduled_until = boundary
            yield from self._take_over(self._scores_takeover)
            if boundary == 0:
                yield self._first_frame()
            else:
                yield self._measure(scheduled=True, last=boundary == self._steps)
            last_frame = last_event = self._clock()
            if self.diverged and not self._is_part:
                yield from self._tracer.finish(self.step)
                return

    @property
    def notices(self) -> tuple[str, ...]:
        """That steps or scores cannot be compiled, where they were to be; else empty."""
        if self._compile_required or find_compiler(os.environ):
            return ()
        if self._takeover is not None:
            longer = "steps take several times as long"
        elif self._scores_takeover is not None:
            longer = "evaluations take up to twice as long"
        else:
            return ()
        return (f"no C compiler (cc, gcc or clang) is there: {longer}",)

    def last_traces(self) -> tuple[LossTrace, ...]:
        """The loss traces still to come if the training ended here, as that of the whole does
        where every member has diverged."""
        return tuple(self._tracer.ending(self.step))

    def measure_end(self) -> Frame | None:
        """What is measured only where no step follows, after a stop; None for no detector."""
        if not self._detects:
            return None
        return self._measure(scheduled=False, last=True)

    def checkpoint(self) -> bytes:
        """Everything that decides the rest of the run, between two events."""
        return Checkpoint(
            tensors=self._state(),
            step=self.step,
            scheduled_until=self._scheduled_until,
            elapsed_s=self.elapsed_s,
            train_s=self.train_s,
            eval_s=self.eval_s,
            diverged=self._diverged,
            losses=self._tracer.pending,
            layout=self._layout,
        ).encode()

    def restore(self, data: bytes) -> None:
        """Go on from a checkpoint; ValueError where it is not one of this scenario."""
        checkpoint = Checkpoint.decode(data, like=self._state(), members=self._diverged.shape)
        if not checkpoint.scheduled_until <= checkpoint.step <= self._steps:
            raise ValueError(f"the checkpoint is of step {checkpoint.step} of {self._steps}")
        for name, tensor in self._state().items():
            tensor.copy_(checkpoint.tensors[name])
        self.step = checkpoint.step
        self._scheduled_until = checkpoint.scheduled_until
        self._elapsed_before = checkpoint.elapsed_s
        self.train_s, self.eval_s = checkpoint.train_s, checkpoint.eval_s
        self._diverged = checkpoint.diverged
        self._tracer.pending = checkpoint.losses

    def _state(self) -> dict[str, Tensor]:
        return self._stepper.state()

    @property
    def chunk_steps(self) -> int:
        """Most steps that `advance` takes at once."""
        return self._stepper.chunk_steps

    def advance(self, steps: int) -> list[LossTrace]:
        """Take `steps` ≤ `chunk_steps` steps; the loss traces that they complete."""
        began = self._clock()
        taken = self._stepper.advance(self.step, steps).float().cpu().numpy()
        losses = np.empty_like(taken.swapaxes(1, 2))  # (steps, heads, seeds)
        losses[:, self._population.order] = taken.swapaxes(1, 2)
        self.step += steps
        self._diverged |= ~np.isfinite(losses).all(axis=0)
        traces = self._tracer.add(self.step, losses)
        self.train_s += self._clock() - began
        return traces

    def _steps_to(self, boundary: int) -> int:
        """Steps to take at once: neither past the boundary nor a chunk."""
        left = self.chunk_steps - self.step % self.chunk_steps
        return min(left, boundary - self.step)

    def _take_over(self, takeover: SwitchToCompiled | None) -> Iterator[Progress]:
        """Progress while the compiler is late; then what it made is used."""
        if takeover is None or not takeover.is_due:
            return
        for _ in takeover.finish():
            yield Progress(self.step, self.elapsed_s)
        if self.step == 0:  # the clock of the training starts behind it
            self._started = self._clock()

    def _measure(self, *, scheduled: bool, last: bool = False) -> Frame:
        began = self._clock()
        measured = self._evaluator.measure(halves=scheduled, last=last)
        self._diverged |= measured.diverged
        self.eval_s += self._clock() - began
        return Frame(
            step=self.step,
            elapsed_s=self.elapsed_s,
            scheduled=scheduled,
            diverged=self._diverged.copy(),
            scores=measured.scores,
            counts=measured.counts,
            score_names=self._score_names,
            detections=measured.detections,
            mistakes=measured.mistakes,
            every_detection=measured.every_detection,
            fit_counts=measured.fit_counts,
            calibration=measured.calibration,
        )

    def _first_frame(self) -> Frame:
        """What there is before any step; the clock of the training starts behind it."""
        self._stepper.first_gradient()
        frame = self._measure(scheduled=True)
        self._started = self._clock()
        return replace(frame, elapsed_s=0.0)

    @property
    def elapsed_s(self) -> float:
        """Seconds since the first training step began, those before a checkpoint included."""
        running = 0.0 if self._started is None else self._clock() - self._started
        return self._elapsed_before + running

    def _live_frame_is_due(self, since_frame: float) -> bool:
        if self._is_part or since_frame < LIVE_INTERVAL_S:
            return False
        return self.eval_s <= LIVE_SHARE * (self.train_s + self.eval_s)


def _positive_share(train: Train, dataset: Dataset) -> float:
    """The share of positives among the rows that are trained on."""
    return train.positive_share(len(dataset.train), int(dataset.train.positive.sum()))


def _with_seeds(scenario: Scenario, held: range) -> Scenario:
    """The scenario with those of its seeds that stand at these positions."""
    seeds = scenario.train.seeds
    train = scenario.train.model_copy(update={"seeds": seeds[held.start : held.stop]})
    return scenario.model_copy(update={"train": train})
