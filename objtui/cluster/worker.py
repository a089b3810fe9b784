"""A part in training: a generator of what it sends. It runs on any node, and knows no Ray."""

from __future__ import annotations

import platform
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from objtui.cluster.parts import Host, Measured, Piece
from objtui.measures.frames import Frame, LossTrace

if TYPE_CHECKING:
    from objtui.engine.data.dataset import Dataset
    from objtui.engine.training import Training
    from objtui.scenario.schema import Scenario

BUNDLE_S = 0.25
"""Time between pieces while there is no frame: their number does not go by the steps, and readers
are told of steps no more often."""

CPU_INFO = Path("/proc/cpuinfo")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a part is to send.

    Attributes:
        state: whether its next piece is to have its state.
        last_step: where it is to measure its end, from the state on that it sent last; None for
            nowhere.
    """

    state: bool = False
    last_step: int | None = None


def train_part(
    scenario: Scenario,
    dataset: Dataset,
    held: range,
    state: bytes | None,
    wishes: Callable[[], Wishes],
    threads: int | None,
) -> Iterator[Piece]:
    """Train some of a run's seeds, from a checkpoint of them or from the start.

    The first piece says that the part has a place, before torch is imported, which may take long.

    Args:
        wishes: is asked after every event; what it says once is granted once.
        threads: to train with; None for those that torch has here already.
    """
    host = this_host()
    yield Piece(0, host=host)
    # Late, for the piece above.
    import torch

    from objtui.engine.part import prepare_part

    if threads is not None:
        torch.set_num_threads(threads)
    training = prepare_part(scenario, dataset, held)
    if state is not None:
        training.restore(state)

    def piece(*, with_state: bool, ended: bool = False) -> Piece:
        nonlocal state
        if with_state:
            state = training.checkpoint()
        return Piece(
            training.step,
            tuple(measured),
            training.train_s,
            training.eval_s,
            state=state if with_state else None,
            ended=ended,
        )

    measured: list[Measured] = []
    yield replace(piece(with_state=False), host=replace(host, torch=torch.__version__))
    sent = time.monotonic()
    for event in training.events():
        if isinstance(event, LossTrace):
            # Several may follow one another, of steps taken already: no state is between them.
            measured.append(Measured(event))
            continue
        if isinstance(event, Frame):
            measured.append(Measured(event, training.last_traces() if training.diverged else ()))
        wanted = wishes()
        if wanted.last_step is not None and state is not None:
            training.restore(state)
            yield _end(training, wanted.last_step)
            return
        if wanted.state or isinstance(event, Frame) or time.monotonic() - sent >= BUNDLE_S:
            yield piece(with_state=wanted.state)
            measured = []
            sent = time.monotonic()
    yield piece(with_state=True, ended=True)


def _end(training: Training, step: int) -> Piece:
    """What is measured where a run is stopped, after so many steps."""
    while training.step < step:
        training.advance(min(training.chunk_steps, step - training.step))
    return Piece(
        step, (), training.train_s, training.eval_s, end=training.measure_end(), ended=True
    )


def this_host(cpu_info: Path = CPU_INFO) -> Host:
    """This machine, as far as it decides last digits."""
    return Host(platform.node(), _processor(cpu_info))


def _processor(cpu_info: Path) -> str:
    try:
        lines = cpu_info.read_text().splitlines()
    except OSError:  # no Linux
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


class PartActor:
    """A part in an actor: its stream, and beside that what it is to send."""

    def __init__(self) -> None:
        self._state_wanted = threading.Event()
        self._last_step: int | None = None

    def train(
        self, scenario: Scenario, dataset: Dataset, held: range, state: bytes | None, threads: int
    ) -> Iterator[Piece]:
        """The pieces of the part; as `train_part`."""
        yield from train_part(scenario, dataset, held, state, self._take_wishes, threads)

    def want_state(self) -> None:
        """Let the next piece have the state; called while `train` runs."""
        self._state_wanted.set()

    def want_end(self, step: int) -> None:
        """Let the part measure its end at a step; called while `train` runs."""
        self._last_step = step

    def _take_wishes(self) -> Wishes:
        """What was wanted since it was last asked; an end is wanted from then on."""
        wanted = self._state_wanted.is_set()
        self._state_wanted.clear()
        return Wishes(wanted, self._last_step)
