"""Scores of a run's moments as arrays over time, which grow in place."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from objtui.frames import Flags, Frame, Scores
from objtui.scores import SCORE_NAMES

FIRST_ROOM = 256


class ScoreColumns:
    """One row a moment, ascending by step; what a curve needs is at hand without a copy."""

    def __init__(self, heads: int, seeds: int) -> None:
        self._count = 0
        self._steps = np.empty(FIRST_ROOM, dtype=np.int64)
        self._diverged = np.empty((FIRST_ROOM, heads, seeds), dtype=bool)
        self._scores = np.empty((len(SCORE_NAMES), FIRST_ROOM, heads, seeds))

    def __len__(self) -> int:
        return self._count

    @property
    def steps(self) -> npt.NDArray[np.int64]:
        """(moments,)."""
        return self._steps[: self._count]

    @property
    def diverged(self) -> Flags:
        """(moments, heads, seeds)."""
        return self._diverged[: self._count]

    def score(self, name: str) -> Scores:
        """One score of every member: (moments, heads, seeds)."""
        column: Scores = self._scores[SCORE_NAMES.index(name), : self._count]
        return column

    def insert(self, at: int, frame: Frame) -> None:
        """Make a frame the moment at a place; those from there on move up."""
        if self._count == len(self._steps):
            self._grow()
        end = self._count
        for rows in (self._steps, self._diverged, *self._scores):
            rows[at + 1 : end + 1] = rows[at:end].copy()
        self._steps[at] = frame.step
        self._diverged[at] = frame.diverged
        self._scores[:, at] = np.moveaxis(frame.scores, -1, 0)
        self._count += 1

    def keep(self, kept: list[int]) -> None:
        """Drop every moment but these, which ascend."""
        self._count = len(kept)
        for rows in (self._steps, self._diverged, *self._scores):
            rows[: self._count] = rows[kept]

    def _grow(self) -> None:
        self._steps = np.concatenate([self._steps, np.empty_like(self._steps)])
        self._diverged = np.concatenate([self._diverged, np.empty_like(self._diverged)])
        self._scores = np.concatenate([self._scores, np.empty_like(self._scores)], axis=1)
