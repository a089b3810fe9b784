"""How far the axis of logits reaches: as far as what is recorded of the heads that are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from objtui.measures.histogram import BINS, LOGIT_EDGES
from objtui.measures.logit_axis import MIN_REACH, common_ends
from objtui.runs.history import HeadHistory, RunHistory

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_TAIL = 0.0005  # share of a class's rows that may lie beyond, at either end


@dataclass(frozen=True, slots=True)
class Reach:
    """The logits that the axis shows of some heads.

    Attributes:
        low, high: its ends.
        beyond: whether any row of theirs ever lay below, and above them.
    """

    low: float = -MIN_REACH
    high: float = MIN_REACH
    beyond: tuple[bool, bool] = (False, False)

    @property
    def ends(self) -> tuple[float, float]:
        """Both ends."""
        return self.low, self.high


class AxisRange:
    """The reach of the axis, over all steps that are recorded, wherever the step cursor is.

    So it is the same for every step of a run that has ended, and only grows while one goes on. A
    head that is not shown has no say.
    """

    def __init__(self) -> None:
        self._of_runs: dict[int, _RunReach] = {}

    def update(self, history: HeadHistory) -> None:
        """Take in what the runs of these heads have recorded since."""
        runs = {id(run): run for run in _runs(history)}
        kept = {key: of for key, of in self._of_runs.items() if key in runs and of.run is runs[key]}
        self._of_runs = {key: kept.get(key) or _RunReach(run) for key, run in runs.items()}
        for of_run in self._of_runs.values():
            of_run.update()

    def reaches_of(self, history: HeadHistory, head: int) -> tuple[float, float]:
        """How far below and above 0 the central rows of a head go."""
        run, position = history.run_of(head)
        down, up = self._of_runs[id(run)].reaches[position].tolist()
        return down, up

    def reach_of(self, history: HeadHistory, shown: Sequence[int]) -> Reach:
        """The reach that covers the central 99.9 % of the rows of every class, of heads shown.

        At every step, as far as `MAX_REACH`. A head of which a seed has diverged by a step has no
        say from there on. Where none is shown, all have a say.
        """
        heads = shown or range(len(history.header.heads))
        places = [history.run_of(head) for head in heads]
        reaches = [self._of_runs[id(run)].reaches[head] for run, head in places]
        extents = [self._of_runs[id(run)].extents[head] for run, head in places]
        low, high = common_ends([(float(down), float(up)) for down, up in reaches])
        furthest = np.max(extents, axis=0)
        return Reach(low, high, (bool(furthest[0] > -low), bool(furthest[1] > high)))


class _RunReach:
    """How far the heads of one run go, over what is taken in.

    Attributes:
        reaches: (heads, 2), of the central rows below and above 0.
        extents: (heads, 2), of all rows; inf for those that no bin holds.
    """

    def __init__(self, run: RunHistory) -> None:
        self.run = run
        heads = len(run.header.heads)
        self.reaches: Floats = np.zeros((heads, 2))
        self.extents: Floats = np.zeros((heads, 2))
        self._steps: Ints = np.empty(0, dtype=np.int64)
        self._taken = -1

    def update(self) -> None:
        if self.run.taken == self._taken:
            return
        steps, heads = self.run.histograms.steps, self.run.header.heads
        new = np.flatnonzero(~np.isin(steps, self._steps))
        self._steps, self._taken = steps, self.run.taken
        if not len(new):
            return
        for head, info in enumerate(heads):
            counts = self.run.histograms.series(head).counts[new].astype(np.int64)
            extents = _reaches(counts, tail=0.0, inside_only=False)
            self.extents[head] = np.maximum(self.extents[head], extents.max(axis=0))
            diverged = self.run.diverged_at.get(info.name)
            sound = counts if diverged is None else counts[steps[new] < diverged]
            if len(sound):
                reaches = _reaches(sound, tail=_TAIL, inside_only=True)
                self.reaches[head] = np.maximum(self.reaches[head], reaches.max(axis=0))


def _runs(history: HeadHistory) -> list[RunHistory]:
    return [history.run_of(head)[0] for head in range(len(history.header.heads))]


def _reaches(counts: Ints, tail: float, *, inside_only: bool) -> Floats:
    """How far rows go below and above 0 but for a share at either end: (moments, 2).

    Args:
        counts: (moments, 2, CELLS); the furthest class counts.
        inside_only: whether rows that no bin holds have no say. Where p was exactly 0 or 1 there
            is no logit to reach for.
    """
    if inside_only:
        counts = counts.copy()
        counts[..., [0, -1]] = 0
    up_to = np.cumsum(counts, axis=-1)
    rows = up_to[..., -1:]
    first = (up_to > tail * rows).argmax(axis=-1)  # (moments, 2)
    last = (up_to >= (1 - tail) * rows).argmax(axis=-1)
    edges = np.concatenate([[-np.inf], LOGIT_EDGES, [np.inf]])  # cell i lies from i to i + 1
    low, high = -edges[first], edges[np.minimum(last, BINS + 1) + 1]
    of_classes = np.where(rows > 0, np.stack([low, high], axis=-1), 0.0)  # (moments, 2, 2)
    reaches: Floats = np.maximum(of_classes, 0.0).max(axis=1)
    return reaches
