"""A run, or heads of several, over time: frames folded for display, in bounded memory."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from objtui.measures.detections import PictureDetections
from objtui.measures.frames import Flags, Frame, Scores, score_in
from objtui.measures.histogram import Counts
from objtui.measures.mistakes import Mistakes
from objtui.measures.pictures import PictureContent
from objtui.measures.scores import SCORE_NAMES
from objtui.runfile.records import ENDED, RunHeader, RunStatus
from objtui.runs.columns import LossColumns, ScoreColumns
from objtui.runs.histogram_store import HistogramStore
from objtui.runs.numbers import LoggedNumbers

MAX_LIVE_MOMENTS = 400
"""Beyond it every second older live moment is dropped; scheduled ones stay."""

MAX_SCHEDULED_KEPT = 100
"""Scheduled moments kept with their counts; others are read from the run file again."""


@dataclass(frozen=True, eq=False, slots=True)
class Moment:
    """A frame as panels need it.

    Attributes:
        diverged: (heads, seeds).
        scores: (heads, seeds, scores), in the order of `score_names`.
        counts: (heads, 2, CELLS), summed over seeds; negatives first.
        of_head: by head, how many of the seeds are its own, where heads are of several
            runs; 0 where its run has no frame yet. Empty where all are.
        score_names: of the run, or of all runs.
        nan_counts: (heads, 2), rows whose logit is NaN, summed over seeds, negatives first;
            None where they were not counted apart.
        of_training: whether the rows are those of a batch that was trained on.
        detections: on the sample pictures, of the heads of a single run; None without any.
        calibrated: (heads, 2, CELLS), histograms of calibrated logits, of the rows that the
            calibration was not fitted on, summed over seeds; None without one, and of several runs.
        mistakes: their worst ones; None but at the end of a detector's run.
    """

    step: int
    elapsed_s: float
    scheduled: bool
    diverged: Flags
    scores: Scores
    counts: Counts
    of_head: tuple[int, ...] = ()
    score_names: tuple[str, ...] = SCORE_NAMES
    nan_counts: Counts | None = None
    of_training: bool = False
    detections: PictureDetections | None = None
    calibrated: Counts | None = None
    mistakes: Mistakes | None = None

    @classmethod
    def of(cls, frame: Frame) -> Moment:
        """The moment of a frame."""
        nan = frame.nan_counts
        calibrated = None
        if frame.calibration is not None and frame.fit_counts is not None:
            held = np.maximum(frame.counts - frame.fit_counts, 0)
            calibrated = frame.calibration.moved(held)
        return cls(
            frame.step,
            frame.elapsed_s,
            frame.scheduled,
            frame.diverged,
            frame.scores,
            frame.counts.sum(axis=1),
            score_names=frame.score_names,
            nan_counts=None if nan is None else nan.sum(axis=1),
            of_training=frame.of_training,
            detections=frame.detections,
            calibrated=calibrated,
            mistakes=frame.mistakes,
        )

    def with_head(self, head: int, other: Moment) -> Moment:
        """This moment with one head as it is in another of the same run."""
        scores, counts = self.scores.copy(), self.counts.copy()
        scores[head], counts[head] = other.scores[head], other.counts[head]
        nan_counts = self.nan_counts
        if nan_counts is not None and other.nan_counts is not None:
            nan_counts = nan_counts.copy()
            nan_counts[head] = other.nan_counts[head]
        return replace(self, scores=scores, counts=counts, nan_counts=nan_counts)

    def seeds(self, head: int) -> int:
        """Number of seeds that a head has here."""
        return self.of_head[head] if self.of_head else self.diverged.shape[1]

    def diverged_of(self, head: int) -> Flags:
        """Which seeds of a head have diverged: (seeds of it,)."""
        return self.diverged[head, : self.seeds(head)]

    def values(self, name: str, head: int) -> Scores:
        """One score of a head: (seeds of it,); NaN where its run does not have it."""
        return score_in(self.scores[head, : self.seeds(head)], self.score_names, name)

    def score(self, name: str) -> Scores:
        """One score of every member: (heads, seeds); NaN where its run does not have it."""
        return score_in(self.scores, self.score_names, name)


def nothing_to_read(row: int) -> Frame | None:
    """Reads the frames of a history that has no run file: there are none."""
    return None


@dataclass(slots=True)
class RunHistory:
    """A run as far as it has been read.

    Attributes:
        read: reads the frame of a row of the run file again; None where it is gone.
        contents: what the sample pictures show; none where they are not kept.
        diverged_at: by head, the step of the first moment in which a seed of it had diverged.
        taken: number of frames taken so far, those that were thinned out too.
        judged: number of scheduled ones, by which claims are judged.
        columns: the scores of every moment.
        histograms: the counts of moments spread over the steps.
        losses: the training loss, as far as it has been read.
        numbers: those that a training loop of the user's own has logged.
    """

    header: RunHeader
    status: RunStatus
    read: Callable[[int], Frame | None] = nothing_to_read
    contents: tuple[PictureContent, ...] = ()
    diverged_at: dict[str, int] = field(default_factory=dict)
    taken: int = 0
    judged: int = 0
    columns: ScoreColumns = field(init=False)
    histograms: HistogramStore = field(init=False)
    losses: LossColumns = field(init=False)
    numbers: LoggedNumbers = field(default_factory=LoggedNumbers)
    _live: dict[int, Moment] = field(default_factory=dict)
    _scheduled: dict[int, Moment] = field(default_factory=dict)
    _is_evaluated: bool = False
    _latest_read: tuple[int, Frame] | None = None

    def __post_init__(self) -> None:
        members = len(self.header.heads), len(self.header.seeds)
        self.columns = ScoreColumns(*members, self.header.score_names)
        self.histograms = HistogramStore(len(self.header.heads))
        self.losses = LossColumns(*members)

    @property
    def ended(self) -> bool:
        """Whether no trainer works on the run any more."""
        return self.status.state in ENDED

    def add(self, frame: Frame, row: int | None = None) -> None:
        """Take the frame of a row of the run file, in any order of steps."""
        self.taken += 1
        row = -self.taken if row is None else row
        if frame.of_training and self._is_evaluated:
            return
        if not (frame.of_training or self._is_evaluated):
            self._forget_batches()
        at = bisect_right(self.columns.steps, frame.step)
        self.columns.insert(at, frame, row)
        moment = Moment.of(frame)
        self.histograms.add(frame.step, moment.counts)
        if frame.scheduled:
            self.judged += 1
            self._keep(row, moment)
        else:
            self._live[row] = moment
        for head, flags in zip(self.header.heads, frame.diverged, strict=True):
            if flags.any() and frame.step < self.diverged_at.get(head.name, frame.step + 1):
                self.diverged_at[head.name] = frame.step
        if len(self._live) > MAX_LIVE_MOMENTS:
            self._thin()

    @property
    def last(self) -> Moment | None:
        """The latest moment; None before the first."""
        return self.moment_up_to(None)

    def frame(self, row: int) -> Frame | None:
        """The frame of a row; None where it is gone. That read last is not read again."""
        if self._latest_read is None or self._latest_read[0] != row:
            frame = self.read(row)
            self._latest_read = None if frame is None else (row, frame)
        return self._latest_read and self._latest_read[1]

    def moment_up_to(self, step: int | None) -> Moment | None:
        """The last moment up to a step, or of all; None where there is none."""
        at = len(self.columns) if step is None else bisect_right(self.columns.steps, step)
        while at > 0:
            at -= 1
            moment = self._moment(int(self.columns.rows[at]))
            if moment is not None:
                return self._with_earlier(moment, at)
            # Its row is gone from the run file, as after `resume` from an earlier step.
            self.columns.keep([i for i in range(len(self.columns)) if i != at])
        return None

    def _forget_batches(self) -> None:
        """A run is of one kind of rows: once it is evaluated, those of its batches go."""
        self._is_evaluated = True
        if self.taken > 1:
            self.columns.keep([])
            self.histograms = HistogramStore(len(self.header.heads))
            self._live, self._scheduled, self.judged = {}, {}, 0

    def run_of(self, head: int) -> tuple[RunHistory, int]:
        """This run, and the head's position in it."""
        return self, head

    def columns_of(self, head: int) -> tuple[ScoreColumns, int]:
        """The columns that hold a head's scores, and its position there."""
        return self.columns, head

    @property
    def losses_taken(self) -> int:
        """Number of stretches of the training loss taken so far."""
        return self.losses.taken

    @property
    def logged(self) -> tuple[str, ...]:
        """Names of the user's own numbers."""
        return self.numbers.names

    @property
    def numbers_taken(self) -> int:
        """Number of the user's own numbers taken so far."""
        return self.numbers.taken

    def losses_of(self, head: int) -> tuple[LossColumns, int]:
        """The columns that hold a head's training loss, and its position there."""
        return self.losses, head

    def _with_earlier(self, moment: Moment, at: int) -> Moment:
        """The moment with every head that was not measured then as it was measured last."""
        for head in np.flatnonzero(~self.columns.measured[at]).tolist():
            measured = np.flatnonzero(self.columns.measured[:at, head])
            earlier = self._moment(int(self.columns.rows[measured[-1]])) if len(measured) else None
            if earlier is not None:
                moment = moment.with_head(head, earlier)
        return moment

    def _moment(self, row: int) -> Moment | None:
        moment = self._live.get(row) or self._scheduled.pop(row, None)
        if moment is None:
            frame = self.frame(row)
            moment = None if frame is None else Moment.of(frame)
        if moment is not None and row not in self._live:
            self._keep(row, moment)
        return moment

    def _keep(self, row: int, moment: Moment) -> None:
        """Keep a scheduled moment as the one used last, and let go of the one unused longest."""
        self._scheduled[row] = moment
        if len(self._scheduled) > MAX_SCHEDULED_KEPT:
            del self._scheduled[next(iter(self._scheduled))]

    def _thin(self) -> None:
        live = np.flatnonzero(~self.columns.scheduled[:-1])
        dropped = {int(at) for at in live[::2]}
        for at in dropped:
            self._live.pop(int(self.columns.rows[at]), None)
        self.columns.keep([at for at in range(len(self.columns)) if at not in dropped])


class HeadHistory(Protocol):
    """Heads and their scores over time."""

    @property
    def header(self) -> RunHeader:
        """The run; of several, their heads as run:head and what they have in common."""

    @property
    def diverged_at(self) -> Mapping[str, int]:
        """By head, the step of the first moment in which a seed of it had diverged."""

    @property
    def taken(self) -> int:
        """Number of frames taken so far."""

    @property
    def losses_taken(self) -> int:
        """Number of stretches of the training loss taken so far."""

    @property
    def logged(self) -> tuple[str, ...]:
        """Names of the user's own numbers."""

    @property
    def numbers_taken(self) -> int:
        """Number of the user's own numbers taken so far."""

    @property
    def ended(self) -> bool:
        """Whether no more frames will come."""

    def run_of(self, head: int) -> tuple[RunHistory, int]:
        """The run of a head, and its position there."""

    def columns_of(self, head: int) -> tuple[ScoreColumns, int]:
        """The columns that hold a head's scores, and its position there."""

    def losses_of(self, head: int) -> tuple[LossColumns, int]:
        """The columns that hold a head's training loss, and its position there."""
