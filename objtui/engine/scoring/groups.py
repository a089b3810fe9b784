"""Evaluation of a population in groups of seeds, each always the same and at the same place.

What a sum over many rows rounds to depends on the members beside it: block sizes go by their
number, and kernels by shapes. So the seeds of a run are evaluated in fixed groups. A population
that holds a part of the run fills the places of the others with copies of a seed of its own, and a
member's numbers are the same bits in every part that it may be in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from objtui.engine.data.dataset import Rows
from objtui.engine.model.population import Population
from objtui.engine.scoring.evaluate import Evaluator, Measurement, Outputs
from objtui.measures.all_detections import AllDetections
from objtui.measures.calibrators import FrameCalibration
from objtui.scenario.schema import Scenario

GROUP_SEEDS = 8
"""Seeds that are evaluated together. Fewer would cost: 4 take a third more time than all at once,
8 an eighth."""


@dataclass(frozen=True, slots=True)
class Group:
    """Seeds that are evaluated together.

    Attributes:
        seeds: for each place of the group the seed of the population that is there, or stands
            in for one that the population has not.
        places: those of the seeds that it has.
    """

    seeds: tuple[int, ...]
    places: slice


def groups_of(held: range, run_seeds: int) -> list[Group]:
    """The groups that a population has seeds of.

    Args:
        held: which of the run's seeds it has, by position.
        run_seeds: how many the run has.
    """
    groups = []
    for start in range(0, run_seeds, GROUP_SEEDS):
        stop = min(start + GROUP_SEEDS, run_seeds)
        own = range(max(start, held.start), min(stop, held.stop))
        if own:
            seeds = [
                (each if each in own else own.start) - held.start for each in range(start, stop)
            ]
            groups.append(Group(tuple(seeds), slice(own.start - start, own.stop - start)))
    return groups


def make_evaluator(
    scenario: Scenario,
    population: Population,
    outputs: Callable[[Population], Outputs],
    rows: Rows,
    gradient_norm: Callable[[], Tensor],
    held: range,
) -> Evaluator | GroupEvaluator:
    """What measures a population on fixed rows.

    Args:
        outputs: makes what writes the outputs of the members of a population.
        rows: the evaluation rows.
        gradient_norm: of each member's last gradient, (seeds, heads).
        held: which of the run's seeds the population has, by position.
    """
    if len(held) == population.run_seeds <= GROUP_SEEDS:
        return Evaluator(scenario, population, outputs(population), rows, gradient_norm)
    return GroupEvaluator(scenario, population, outputs, rows, gradient_norm, held)


class GroupEvaluator:
    """Measures a population, as `Evaluator` does, group by group; arguments of `make_evaluator`."""

    def __init__(
        self,
        scenario: Scenario,
        population: Population,
        outputs: Callable[[Population], Outputs],
        rows: Rows,
        gradient_norm: Callable[[], Tensor],
        held: range,
    ) -> None:
        self._population = population
        self._gradient_norm = gradient_norm
        self._norms = torch.empty(0)
        self._groups = [
            (group, torch.tensor(group.seeds, device=population.flat.device))
            for group in groups_of(held, population.run_seeds)
        ]
        self._rooms: dict[int, Population] = {}
        self._evaluators: dict[int, Evaluator] = {}
        for group, _ in self._groups:
            size = len(group.seeds)
            if size not in self._rooms:
                room = population.room(size)
                self._rooms[size] = room
                self._evaluators[size] = Evaluator(
                    scenario, room, outputs(room), rows, self._group_norm
                )

    def use(self, library: Path) -> None:
        """As `Evaluator.use`."""
        for evaluator in self._evaluators.values():
            evaluator.use(library)

    def measure(self, *, halves: bool = True, last: bool = False) -> Measurement:
        """Scores and histograms of every member as it is now, as `Evaluator.measure`."""
        norms, parts = self._gradient_norm(), []
        for group, positions in self._groups:
            self._rooms[len(group.seeds)].copy_seeds(self._population, positions)
            self._norms = norms.index_select(0, positions)
            measured = self._evaluators[len(group.seeds)].measure(halves=halves, last=last)
            parts.append((measured, group.places))
        return _merged(parts)

    def _group_norm(self) -> Tensor:
        return self._norms


def _merged(parts: Sequence[tuple[Measurement, slice]]) -> Measurement:
    """The measurements of some places of each group as one; pictures are of the first seed."""
    halves = [
        measured.fit_counts[:, places]
        for measured, places in parts
        if measured.fit_counts is not None
    ]
    calibrations = [
        measured.calibration.of_seeds(places)
        for measured, places in parts
        if measured.calibration is not None
    ]
    every = [
        measured.every_detection.of_seeds(places)
        for measured, places in parts
        if measured.every_detection is not None
    ]
    return Measurement(
        diverged=np.concatenate([each.diverged[:, places] for each, places in parts], axis=1),
        scores=np.concatenate([each.scores[:, places] for each, places in parts], axis=1),
        counts=np.concatenate([each.counts[:, places] for each, places in parts], axis=1),
        fit_counts=np.concatenate(halves, axis=1) if halves else None,
        detections=parts[0][0].detections,
        calibration=FrameCalibration.merged(calibrations) if calibrations else None,
        mistakes=parts[0][0].mistakes,
        every_detection=AllDetections.merged(every) if every else None,
    )
