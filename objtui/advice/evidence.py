"""What is measured of a run for the rules: its scheduled frames up to one step."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import numpy as np
import numpy.typing as npt

from objtui.advice.calibration import LOGITS, Recalibration, Thresholds, best_thresholds
from objtui.advice.settings import HeadSettings
from objtui.losses import Formula
from objtui.measures.calibrators import Calibration
from objtui.measures.frames import Frame
from objtui.measures.histogram import Counts
from objtui.measures.intervals import Estimate, estimate, estimate_share
from objtui.measures.mistakes import Mistake
from objtui.runfile.records import HeadInfo, RunHeader
from objtui.runs.columns import ScoreColumns
from objtui.runs.history import RunHistory

Floats = npt.NDArray[np.float64]

SHARES = frozenset(
    {
        *("ap", "ap_held", "ap_calibrated", "auc", "base_rate", "ece", "ece_held"),
        *("ece_calibrated", "grad_share_neg", "p_neg", "p_pos", "recall"),
        *("saturated_neg", "saturated_pos"),
    }
)
"""Scores that lie between 0 and 1, and their intervals with them."""


@dataclass(frozen=True, slots=True)
class HeadCalibration:
    """A calibration of one head: its method, and that of every seed, None where no fit is best."""

    method: str
    members: tuple[Calibration | None, ...]


@dataclass(frozen=True, eq=False, slots=True)
class HeadScores:
    """Scores of one head over frames, of some of its seeds.

    Attributes:
        head: its place in the columns.
        frames, seeds: places of the frames and of the seeds there, ascending.
    """

    columns: ScoreColumns
    head: int
    frames: npt.NDArray[np.intp]
    seeds: npt.NDArray[np.intp]

    def over_frames(self, name: str) -> Floats:
        """A score: (frames, seeds); NaN where the run does not have it."""
        values: Floats = self.columns.score(name)[_together(self.frames), self.head]
        return values[:, _together(self.seeds)]

    def at(self, name: str, frame: int) -> Floats:
        """A score at one of the frames: (seeds,)."""
        values: Floats = self.columns.score(name)[self.frames[frame], self.head]
        return values[self.seeds]


def _together(places: npt.NDArray[np.intp]) -> slice | npt.NDArray[np.intp]:
    """Ascending places as a slice where they are neighbours, so that nothing is copied."""
    if len(places) and places[-1] - places[0] + 1 == len(places):
        return slice(int(places[0]), int(places[-1]) + 1)
    return places


Arguments = ParamSpec("Arguments")
Value = TypeVar("Value")


def once_a_head(
    measure: Callable[Concatenate[HeadEvidence, Arguments], Value],
) -> Callable[Concatenate[HeadEvidence, Arguments], Value]:
    """A measure of a head that several rules ask for, computed once as long as the head is kept."""

    @wraps(measure)
    def once(head: HeadEvidence, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Value:
        key = measure, args, tuple(kwargs.items())
        if key not in head.measured:
            head.measured[key] = measure(head, *args, **kwargs)
        value: Value = head.measured[key]
        return value

    return once


@dataclass(frozen=True, eq=False)
class HeadEvidence:
    """One head at one step, over the seeds of it that have not diverged.

    Attributes:
        info: the head, as the run's header has it.
        header: of its run.
        settings, formula: as it was asked for; None for a loss that is not one of ours.
        steps: (frames,), the scheduled ones up to here.
        scores: at these steps, of the seeds that are left.
        counts: (seeds, 2, CELLS).
        fitted, held: of the two halves of the rows; both are `counts` where `halved` is not set,
            as in runs of earlier versions.
        kept: (seeds,), the places of the seeds among those of the run.
        of_training: whether the rows are those that it was trained on.
        calibration: what was fitted to it after training; None where nothing was.
        mistakes: its worst ones on pictures; none but at the end of a detector's run.
        measured: what was measured once (`once_a_head`).
    """

    info: HeadInfo
    header: RunHeader
    settings: HeadSettings
    formula: Formula | None
    steps: Floats
    scores: HeadScores
    counts: Counts
    fitted: Counts
    held: Counts
    halved: bool
    kept: npt.NDArray[np.intp]
    of_training: bool = False
    calibration: HeadCalibration | None = None
    mistakes: tuple[Mistake, ...] = ()
    measured: dict[object, Any] = field(default_factory=dict, init=False)

    @property
    def name(self) -> str:
        return self.info.name

    @property
    def step(self) -> int:
        """That of the frame that is explained."""
        return int(self.steps[-1])

    @property
    def seeds(self) -> int:
        """How many have not diverged."""
        return len(self.counts)

    @once_a_head
    def curve(self, name: str) -> Floats:
        """A score at all of the steps: (frames, seeds); NaN where the run does not have it."""
        return self.scores.over_frames(name)

    def score(self, name: str, frame: int = -1) -> Floats:
        """A score at this step, or at that of another frame: (seeds,)."""
        return self.scores.at(name, frame)

    @once_a_head
    def estimate(self, name: str) -> Estimate:
        """Mean and interval of a score at this step."""
        of = estimate_share if name in SHARES else estimate
        return of(self.score(name))

    @once_a_head
    def mean(self, name: str) -> float:
        """The mean of a score at this step; NaN where it is not defined for every seed."""
        return float(self.score(name).mean()) if self.seeds else float("nan")

    @cached_property
    def rows(self) -> tuple[int, int]:
        """Evaluation rows of the run: negatives, positives."""
        rows = self.header.evaluated
        if rows is None:  # then a frame alone tells
            negative, positive = self.counts[:1].sum(axis=(0, 2)).tolist()
            return negative, positive
        return rows.rows - rows.positives, rows.positives

    @cached_property
    def has_both_classes(self) -> bool:
        """Whether there are rows of both classes, in either half."""
        parts = (self.fitted, self.held)
        return self.seeds > 0 and all(bool(part.sum(axis=-1).all()) for part in parts)

    @cached_property
    def recalibration(self) -> Recalibration:
        """What a temperature and isotonic regression do on the half that is held back."""
        return Recalibration.of(self.fitted, self.held)

    @cached_property
    def thresholds(self) -> Thresholds:
        """The threshold of best F1 of the fitting half, and what it does on the other."""
        return best_thresholds(self.fitted, self.held)

    @cached_property
    def soft_targets(self) -> bool:
        """Whether targets lie between 0 and 1 by themselves, so that the loss has a floor."""
        return self.settings.smoothing == 0 and self.mean("loss_floor") > 1e-6

    @cached_property
    def span(self) -> tuple[float, float]:
        """The least and the largest logit of any row, by the middle of its cell."""
        there = np.flatnonzero(self.counts.any(axis=(0, 1)))
        return (float(LOGITS[there[0]]), float(LOGITS[there[-1]])) if len(there) else (0.0, 0.0)


@dataclass(frozen=True, eq=False)
class RunEvidence:
    """A run at one step.

    Attributes:
        heads: in the order of the run.
        notices: what its trainers thought worth knowing.
        at_the_end: whether it has ended and this is its last scheduled frame.
    """

    header: RunHeader
    step: int
    heads: tuple[HeadEvidence, ...]
    notices: tuple[str, ...] = ()
    at_the_end: bool = False


def frame_row(columns: ScoreColumns, step: int | None) -> tuple[int, int] | None:
    """The last scheduled frame up to a step, or of all: its place and its row in the run file."""
    last = len(columns) if step is None else bisect_right(columns.steps, step)
    scheduled = np.flatnonzero(columns.scheduled[:last])
    return (int(scheduled[-1]), int(columns.rows[scheduled[-1]])) if len(scheduled) else None


def gather(
    history: RunHistory,
    settings: tuple[HeadSettings, ...],
    formulas: tuple[Formula | None, ...],
    notices: tuple[str, ...] = (),
    step: int | None = None,
) -> RunEvidence | None:
    """What a run shows at its last scheduled frame up to a step; None where there is none.

    Raises RunFileError where that frame cannot be read again.
    """
    place = frame_row(history.columns, step)
    frame = None if place is None else history.frame(place[1])
    if place is None or frame is None:
        return None
    header, columns = history.header, history.columns
    judged = np.flatnonzero(columns.scheduled[: place[0] + 1])
    heads: list[HeadEvidence] = []
    for head, info in enumerate(header.heads):
        measured = judged[columns.measured[judged, head]]
        own = frame
        if not len(measured):
            measured = judged
        elif measured[-1] != place[0]:  # the head was not measured at this step
            own = history.read(int(columns.rows[measured[-1]])) or frame
        kept = np.flatnonzero(~own.diverged[head])
        counts = own.counts[head, kept]
        fitted, held = _halves(own, head, kept)
        heads.append(
            HeadEvidence(
                info=info,
                header=header,
                settings=settings[head],
                formula=formulas[head],
                steps=columns.steps[measured].astype(np.float64),
                scores=HeadScores(columns, head, measured, kept),
                counts=counts,
                fitted=fitted,
                held=held,
                halved=own.fit_counts is not None,
                kept=kept,
                calibration=_calibration(own, head, kept),
                of_training=own.of_training or (header.val is None and not header.recorded),
                mistakes=() if own.mistakes is None else tuple(own.mistakes.of_head(head)),
            )
        )
    return RunEvidence(
        header,
        int(columns.steps[place[0]]),
        tuple(heads),
        notices,
        history.ended and place == frame_row(columns, None),
    )


def _calibration(frame: Frame, head: int, kept: npt.NDArray[np.intp]) -> HeadCalibration | None:
    if frame.calibration is None:
        return None
    members = frame.calibration.members[head]
    return HeadCalibration(frame.calibration.method, tuple(members[seed] for seed in kept))


def _halves(frame: Frame, head: int, kept: npt.NDArray[np.intp]) -> tuple[Counts, Counts]:
    counts = frame.counts[head, kept]
    if frame.fit_counts is None:
        return counts, counts
    fitted = frame.fit_counts[head, kept]
    return fitted, np.maximum(counts - fitted, 0)
