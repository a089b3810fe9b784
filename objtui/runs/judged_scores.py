"""The scores that claims are judged by, out of the columns of a run."""

from __future__ import annotations

import numpy as np

from objtui.measures.frames import Scores
from objtui.runs.history import RunHistory


class JudgedScores:
    """Scores over the scheduled frames of a run, up to a step or all of them."""

    def __init__(self, history: RunHistory, step: int | None = None) -> None:
        self._columns = history.columns
        judged = self._columns.scheduled
        if step is not None:
            judged = judged & (self._columns.steps <= step)
        self._at = np.flatnonzero(judged)
        self.seeds = len(history.header.seeds)

    @property
    def count(self) -> int:
        """Number of frames."""
        return len(self._at)

    @property
    def steps(self) -> Scores:
        """Their steps: (frames,)."""
        return self._columns.steps[self._at].astype(np.float64)

    def score(self, head: int, name: str) -> Scores:
        """A score of the head at a position: (frames, seeds)."""
        values: Scores = self._columns.score(name)[self._at, head]
        return values
