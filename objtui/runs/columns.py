"""Scores and training loss of a run over its steps: arrays that grow, in bounded memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from objtui.measures.frames import Flags, Frame, LossTrace, Scores, undefined_score
from objtui.measures.scores import SCORE_NAMES

FIRST_ROOM = 256
"""Frames that there is room for at first."""

MAX_STRETCHES = 1024
"""Stretches of steps kept; a trainer of objtui records fewer, one of another kind may not."""


class ScoreColumns:
    """One entry a frame, ascending by step; what a curve needs is at hand without a copy."""

    def __init__(self, heads: int, seeds: int, score_names: tuple[str, ...] = SCORE_NAMES) -> None:
        self.score_names = score_names
        self._count = 0
        entry = [
            ("step", np.int64),
            ("elapsed_s", np.float64),
            ("scheduled", np.bool_),
            ("row", np.int64),
            ("diverged", np.bool_, (heads, seeds)),
            ("measured", np.bool_, (heads,)),
        ]
        self._entries = np.empty(FIRST_ROOM, dtype=np.dtype(entry, align=True))
        # Apart, since a curve goes through one score of all frames.
        self._scores = np.empty((len(score_names), FIRST_ROOM, heads, seeds))

    def __len__(self) -> int:
        return self._count

    @property
    def steps(self) -> npt.NDArray[np.int64]:
        """(frames,)."""
        return self._recorded("step")

    @property
    def elapsed_s(self) -> npt.NDArray[np.float64]:
        """(frames,), seconds since the first training step."""
        return self._recorded("elapsed_s")

    @property
    def scheduled(self) -> Flags:
        """(frames,)."""
        return self._recorded("scheduled")

    @property
    def rows(self) -> npt.NDArray[np.int64]:
        """(frames,), where each is in the run file."""
        return self._recorded("row")

    @property
    def diverged(self) -> Flags:
        """(frames, heads, seeds)."""
        return self._recorded("diverged")

    @property
    def measured(self) -> Flags:
        """(frames, heads), whether a head was measured then."""
        return self._recorded("measured")

    def _recorded(self, name: str) -> npt.NDArray[Any]:
        entries: npt.NDArray[Any] = self._entries[name]
        return entries[: self._count]

    def score(self, name: str) -> Scores:
        """One score of every member: (frames, heads, seeds), NaN where the run has none such.

        ValueError where this version does not know it either.
        """
        if name not in self.score_names:
            return undefined_score(name, self.diverged.shape)
        column: Scores = self._scores[self.score_names.index(name), : self._count]
        return column

    def insert(self, at: int, frame: Frame, row: int = 0) -> None:
        """Put the frame of a row of the run file at a place; those from there on move up."""
        if self._count == len(self._entries):
            self._grow()
        end = self._count
        if at < end:
            self._entries[at + 1 : end + 1] = self._entries[at:end].copy()
            for scores in self._scores:
                scores[at + 1 : end + 1] = scores[at:end].copy()
        recorded = frame.step, frame.elapsed_s, frame.scheduled, row
        self._entries[at] = (*recorded, frame.diverged, frame.measured)
        self._scores[:, at] = np.moveaxis(frame.with_scores(self.score_names).scores, -1, 0)
        self._count += 1

    def keep(self, kept: list[int]) -> None:
        """Drop every frame but these, which ascend."""
        self._entries[: len(kept)] = self._entries[kept]
        for scores in self._scores:
            scores[: len(kept)] = scores[kept]
        self._count = len(kept)

    def _grow(self) -> None:
        self._entries = np.concatenate([self._entries, np.empty_like(self._entries)])
        self._scores = np.concatenate([self._scores, np.empty_like(self._scores)], axis=1)


class LossColumns:
    """One entry a stretch of steps, ascending: the mean loss of the batches of every member.

    Where more come than are kept, stretches become twice as long, whenever that is needed, and
    all are again about as long.
    """

    def __init__(self, heads: int, seeds: int, most: int = MAX_STRETCHES) -> None:
        """`most` is even."""
        self.taken = 0
        """Number of stretches taken so far, those that were joined too."""
        self._count = 0
        self._longest = 0  # steps up to which neighbours are joined
        self._steps = np.empty(most, dtype=np.int64)
        self._lengths = np.empty(most, dtype=np.int64)
        self._means = np.empty((most, heads, seeds))

    def __len__(self) -> int:
        return self._count

    @property
    def steps(self) -> npt.NDArray[np.int64]:
        """(stretches,), the last step of each."""
        return self._steps[: self._count]

    @property
    def means(self) -> Scores:
        """(stretches, heads, seeds), over the steps of each."""
        return self._means[: self._count]

    def add(self, trace: LossTrace) -> None:
        """Take the stretch that follows those taken so far.

        One of steps that were trained again takes the place of what stood there.
        """
        self.taken += 1
        while self._count and self._steps[self._count - 1] >= trace.first_step:
            self._count -= 1
        length = trace.last_step - trace.first_step + 1
        end = self._count
        if end and self._lengths[end - 1] + length <= self._longest:
            share = length / (self._lengths[end - 1] + length)
            self._means[end - 1] = _joined(self._means[end - 1], trace.mean, share)
            self._lengths[end - 1] += length
            self._steps[end - 1] = trace.last_step
            return
        if end == len(self._steps):
            self._halve()
            end = self._count
        self._steps[end], self._lengths[end] = trace.last_step, length
        self._means[end] = trace.mean
        self._count += 1

    def _halve(self) -> None:
        """Join every two neighbours; all places are taken."""
        first, second = self._lengths[0::2], self._lengths[1::2]
        half = len(second)
        shares = (second / (first + second))[:, None, None]
        self._means[:half] = _joined(self._means[0::2], self._means[1::2], shares)
        self._lengths[:half] = first + second
        self._steps[:half] = self._steps[1::2].copy()
        self._count = half
        self._longest = int(self._lengths[:half].max())


def _joined(first: Scores, second: Scores, share: npt.ArrayLike) -> Scores:
    """The mean over both, of which `share` of the steps are the second's."""
    weight = np.asarray(share)
    with np.errstate(invalid="ignore"):  # inf less inf: a loss that is not finite stays so
        means: Scores = first * (1 - weight) + second * weight
    return means
