"""The training loss of a run over its steps, in bounded memory."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from objtui.measures.frames import LossTrace, Scores

MAX_STRETCHES = 1024
"""Stretches of steps kept; a trainer of objtui records fewer, one of another kind may not."""


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
        """Take the stretch that follows those taken so far."""
        self.taken += 1
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
