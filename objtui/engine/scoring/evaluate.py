"""Scores and histograms of every member on the evaluation rows, from logits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from objtui.engine.blocks import column_blocks, wide_dtype
from objtui.engine.data.dataset import Rows
from objtui.engine.model.population import Population
from objtui.engine.scoring.after_training import Calibrator
from objtui.engine.scoring.compiled_scores import CompiledScores
from objtui.engine.scoring.detection.pictures import DetectionResults
from objtui.engine.scoring.fit_half import FitHalf
from objtui.engine.scoring.logit_scores import Classes, LogitScores, score_logits
from objtui.measures.all_detections import AllDetections
from objtui.measures.calibrators import FrameCalibration
from objtui.measures.detections import PictureDetections
from objtui.measures.frames import Flags, Scores
from objtui.measures.halves import fitting_half
from objtui.measures.histogram import Counts
from objtui.measures.mistakes import Mistakes
from objtui.measures.scores import SCORE_NAMES
from objtui.scenario.schema import Scenario


class Outputs(Protocol):
    """What writes the outputs of every member on the evaluation rows."""

    def write(self, outputs: Tensor, *, last: bool = False) -> DetectionResults | None:
        """Write u of all rows, (seeds, heads, rows); what is detected, None where nothing is.

        `last`: the worst mistakes and all detections too.
        """


@dataclass(frozen=True, eq=False, slots=True)
class Measurement:
    """What a frame records: those attributes of `Frame`."""

    diverged: Flags
    scores: Scores
    counts: Counts
    fit_counts: Counts | None
    detections: PictureDetections | None
    calibration: FrameCalibration | None
    mistakes: Mistakes | None
    every_detection: AllDetections | None


def score_table(values: Mapping[str, Tensor], names: Sequence[str] = SCORE_NAMES) -> Tensor:
    """Values `(…)` by name as one table `(…, scores)`, in the order of these names, on the CPU.

    Raises RuntimeError where a score has no value, or a value is no score.
    """
    missing = [name for name in names if name not in values]
    surplus = [name for name in values if name not in names]
    if missing or surplus:
        raise RuntimeError(
            f"the tables of objtui.measures.scores and what is computed differ: "
            f"without a value: {', '.join(missing) or 'none'}; "
            f"without an entry: {', '.join(surplus) or 'none'}"
        )
    return torch.stack([values[name].cpu().double() for name in names], dim=-1)


def reference_positions(scenario: Scenario) -> list[int]:
    """For each head the position of its reference: its mirror, else the first head."""
    names = [head.name for head in scenario.heads]
    return [names.index(head.mirror) if head.mirror else 0 for head in scenario.heads]


class Evaluator:
    """Measures a population on fixed rows.

    Args:
        outputs: what the population makes of the rows.
        rows: the evaluation rows themselves.
        gradient_norm: of each member's last gradient, (seeds, heads).
    """

    def __init__(
        self,
        scenario: Scenario,
        population: Population,
        outputs: Outputs,
        rows: Rows,
        gradient_norm: Callable[[], Tensor],
    ) -> None:
        self._population = population
        self._source = outputs
        self._score_names = scenario.score_names
        self._gradient_norm = gradient_norm
        device = population.flat.device
        exact = torch.float64 if population.flat.dtype == torch.float64 else torch.float32
        self._target = rows.targets.to(device, exact)
        self._classes = Classes.of(rows.positive.to(device), exact)
        floors = [
            group.loss.floor(rows.targets, rows.positive)
            for group in population.groups
            for _ in range(group.heads.start, group.heads.stop)
        ]
        self._floors = torch.tensor(floors, dtype=torch.float64)
        references = reference_positions(scenario)
        position = {original: i for i, original in enumerate(population.order)}
        fitting = fitting_half(rows.positive.numpy(), scenario.data.seed)
        self._fit_half = FitHalf(torch.from_numpy(fitting).to(device), self._classes.positive)
        self._calibrated_names = scenario.calibrate.score_names
        self._calibrator: Calibrator | None = None
        if self._calibrated_names:
            self._calibrator = Calibrator(
                scenario.calibrate.method, rows.targets.double().numpy(), fitting
            )
        self._references = [position[references[original]] for original in population.order]
        members = population.seeds * population.heads
        self._blocks = list(column_blocks(members, len(rows)))
        self._outputs = torch.empty(
            (population.seeds, population.heads, len(rows)), device=device, dtype=exact
        )
        self._compiled: CompiledScores | None = None
        self._room: Tensor | None = None

    def use(self, library: Path) -> None:
        """Score by what was compiled of `scores_program` from now on; OSError if it is none."""
        self._compiled = CompiledScores(library)

    def measure(self, *, halves: bool = True, last: bool = False) -> Measurement:
        """Scores and histograms of every member as it is now.

        `halves`: histograms of one half too; `last`: no step follows, so that a calibration is
        fitted where the scenario has one, and a detector's worst mistakes and all that it
        detects are kept.
        """
        outputs = self._outputs
        detected = self._source.write(outputs, last=last)
        logits = self._population.logits(outputs)
        finite = self._finite(outputs)  # (seeds, heads)
        finite &= self._population.member_norm(self._population.flat).isfinite()
        scores = self._score(logits.flatten(0, 1))
        counts = scores.counts.view(*finite.shape, 2, -1)
        fit_counts = self._fit_counts(logits.flatten(0, 1)) if halves else None
        columns = {name: value.view_as(finite) for name, value in scores.values.items()}
        if detected is not None:
            columns |= {name: value.view_as(finite) for name, value in detected.scores.items()}
        columns |= self._loss_scores(outputs) | self._parameter_scores()
        columns |= self._reference_scores(logits, finite)
        calibration = None
        if self._calibrator is not None:
            calibrated = np.full((*finite.shape, len(self._calibrated_names)), np.nan)
            if last:
                calibrated, calibration = self._calibrator.calibrate(
                    logits, finite, self._population.order
                )
            by_score = torch.from_numpy(calibrated).unbind(-1)
            columns |= dict(zip(self._calibrated_names, by_score, strict=True))
        table = score_table(columns, self._score_names)
        table[~finite.cpu()] = torch.nan
        back = self._population.in_scenario_order
        return Measurement(
            diverged=back(~finite).cpu().numpy(),
            scores=back(table).numpy(),
            counts=back(counts).cpu().numpy(),
            fit_counts=None
            if fit_counts is None
            else back(fit_counts.view_as(counts)).cpu().numpy(),
            detections=None if detected is None else detected.pictures,
            calibration=calibration,
            mistakes=None if detected is None else detected.mistakes,
            every_detection=None if detected is None else detected.every,
        )

    def _score(self, logits: Tensor) -> LogitScores:
        """What follows from logits, (members, rows), and targets alone."""
        dtype = self._population.flat.dtype
        if self._compiled is not None:
            return self._compiled.score(logits, self._target, self._classes, dtype)
        if self._room is None:
            self._room = self._classes.room(logits)
        return score_logits(logits, self._target, self._classes, dtype, self._room)

    def _fit_counts(self, logits: Tensor) -> Tensor:
        """Histograms of the fitting half: (members, rows) → (members, 2, CELLS)."""
        if self._compiled is not None:
            return self._compiled.chosen_counts(logits, self._classes, self._fit_half.fitting)
        return self._fit_half.counts(logits)

    def _finite(self, outputs: Tensor) -> Tensor:
        """Members of which no output is infinite or NaN: (seeds, heads)."""
        finite = torch.ones_like(outputs[..., 0], dtype=torch.bool)
        for block in self._blocks:
            finite &= outputs[..., block].isfinite().all(-1)
        return finite

    def _loss_scores(self, outputs: Tensor) -> dict[str, Tensor]:
        """loss, its floor, and the size of dL/du by class."""
        loss = outputs.new_zeros(outputs.shape[:2], dtype=wide_dtype(outputs))
        sums = loss.new_zeros(*loss.shape, 2)
        for block in self._blocks:
            target, positive = self._target[block], self._classes.positive[block]
            for group in self._population.groups:
                u = outputs[:, group.heads, block]
                values = group.loss.values(u, target, positive)
                loss[:, group.heads] += values.sum(-1, dtype=loss.dtype)
                slopes = u.sigmoid()
                group.loss.slope_(u, slopes, target, positive)
                sums[:, group.heads] += self._classes.sums(slopes.abs_(), block)
        loss /= len(self._target)
        grad_neg, grad_pos = (sums / self._classes.sizes).unbind(-1)
        floor = self._floors.to(loss)
        return {
            "loss": loss,
            "loss_floor": floor.expand_as(loss),
            "excess": loss - floor,
            "grad_pos": grad_pos,
            "grad_neg": grad_neg,
            "grad_share_neg": sums[..., 0] / sums.sum(-1),
        }

    def _parameter_scores(self) -> dict[str, Tensor]:
        population = self._population
        return {
            "weight_norm": population.weight_norm(),
            "grad_norm": self._gradient_norm(),
        }

    def _reference_scores(self, logits: Tensor, finite: Tensor) -> dict[str, Tensor]:
        """Differences from the reference head; NaN where that has diverged."""
        gap = torch.zeros_like(logits[..., 0])  # (seeds, heads)
        disagree = torch.zeros_like(gap, dtype=torch.int64)
        for block in self._blocks:
            z = logits[..., block]
            reference = z[:, self._references]
            disagree += ((z >= 0) != (reference >= 0)).sum(-1)
            gap = torch.maximum(gap, (z - reference).abs_().amax(-1))
        share = disagree.to(wide_dtype(logits)) / logits.shape[-1]
        return {
            "gap": gap,
            "disagree": share.where(finite[:, self._references], share.new_full((), torch.nan)),
        }
