"""What a dashboard keeps of a run: its frames folded for display, in bounded memory."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from objtui.frames import Flags, Frame, Scores
from objtui.runfile.records import RunHeader, RunStatus
from objtui.scores import SCORE_NAMES
from objtui.ui.score_columns import ScoreColumns

MOST_LIVE_MOMENTS = 400
"""Beyond it every second older live moment is dropped; scheduled ones stay."""

_NO_COUNTS = np.empty((0, 0, 0, 0), dtype=np.int64)


@dataclass(frozen=True, eq=False, slots=True)
class Moment:
    """A frame as panels need it.

    Attributes:
        diverged: (heads, seeds).
        scores: (heads, seeds, len(SCORE_NAMES)).
        counts: (heads, 2, CELLS), summed over seeds; negatives first.
    """

    step: int
    elapsed_s: float
    scheduled: bool
    diverged: Flags
    scores: Scores
    counts: npt.NDArray[np.int32]

    @classmethod
    def of(cls, frame: Frame) -> Moment:
        """The moment of a frame."""
        counts = frame.counts.sum(axis=1, dtype=np.int32)
        return cls(
            frame.step, frame.elapsed_s, frame.scheduled, frame.diverged, frame.scores, counts
        )

    def score(self, name: str) -> Scores:
        """One score of every member: (heads, seeds)."""
        values: Scores = self.scores[:, :, SCORE_NAMES.index(name)]
        return values


@dataclass(slots=True)
class RunHistory:
    """A run as far as it has been read.

    Attributes:
        moments: ascending by step.
        judged: the scheduled frames without their counts, for claims.
        diverged_at: by head, the step of the first moment in which a seed of it had diverged.
        taken: number of frames taken so far, those that were thinned out too.
        columns: the scores of `moments`.
    """

    header: RunHeader
    status: RunStatus
    moments: list[Moment] = field(default_factory=list)
    judged: list[Frame] = field(default_factory=list)
    diverged_at: dict[str, int] = field(default_factory=dict)
    taken: int = 0
    columns: ScoreColumns = field(init=False)
    _live: int = 0

    def __post_init__(self) -> None:
        self.columns = ScoreColumns(len(self.header.heads), len(self.header.seeds))

    def add(self, frame: Frame) -> None:
        """Take a frame, in any order of steps."""
        moment = Moment.of(frame)
        self.taken += 1
        at = bisect_right(self.moments, moment.step, key=lambda other: other.step)
        self.moments.insert(at, moment)
        self.columns.insert(at, frame)
        if not frame.scheduled:
            self._live += 1
        if frame.scheduled:
            self.judged.append(replace(frame, counts=_NO_COUNTS))
        for head, flags in zip(self.header.heads, frame.diverged, strict=True):
            if flags.any() and frame.step < self.diverged_at.get(head.name, frame.step + 1):
                self.diverged_at[head.name] = frame.step
        if self._live > MOST_LIVE_MOMENTS:
            self._thin()

    @property
    def last(self) -> Moment | None:
        """The latest moment; None before the first."""
        return self.moments[-1] if self.moments else None

    def _thin(self) -> None:
        live = [i for i, moment in enumerate(self.moments[:-1]) if not moment.scheduled]
        dropped = set(live[::2])
        kept = [i for i in range(len(self.moments)) if i not in dropped]
        self.moments = [self.moments[i] for i in kept]
        self.columns.keep(kept)
        self._live -= len(dropped)
