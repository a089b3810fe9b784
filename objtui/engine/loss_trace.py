"""The training loss of every step, in 1000 stretches of a run, or more of a very long one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from objtui.measures.frames import LossTrace, Scores

MAX_STRETCHES = 1000

MAX_LENGTH = 2**16
"""Steps of a stretch: until it is whole their losses are in memory, and in every checkpoint."""


class LossTracer:
    """Folds the losses of successive steps into stretches of equal length."""

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._stretch = min(-(-steps // MAX_STRETCHES), MAX_LENGTH)
        self._waiting = 0  # steps of the losses pending
        self._pending: list[Scores] = []

    @property
    def pending(self) -> list[Scores]:
        """Losses that fill no stretch yet, each (steps, heads, seeds)."""
        return self._pending

    @pending.setter
    def pending(self, losses: list[Scores]) -> None:
        self._pending = losses
        self._waiting = sum(map(len, losses))

    def add(self, last_step: int, losses: npt.NDArray[np.floating]) -> list[LossTrace]:
        """Take the losses of the steps up to `last_step`; return the stretches now whole.

        Args:
            losses: (steps, heads, seeds), mean loss of each batch.
        """
        # In float64 from here on, as in a checkpoint: a resumed run has the same bits.
        self._pending.append(losses.astype(np.float64))
        self._waiting += len(losses)
        return self._fold(last_step, ended=last_step == self._steps)

    def finish(self, last_step: int) -> list[LossTrace]:
        """The last stretch, if any, of a training that ends at `last_step`."""
        return self._fold(last_step, ended=True) if self.pending else []

    def ending(self, last_step: int) -> list[LossTrace]:
        """What `finish` would give; the training goes on all the same."""
        losses = self.pending
        stretches = self.finish(last_step)
        self.pending = losses
        return stretches

    def _fold(self, last_step: int, *, ended: bool) -> list[LossTrace]:
        waiting = self._waiting
        if waiting < self._stretch and not ended:
            return []
        steps = np.concatenate(self.pending)
        whole = waiting if ended else waiting - waiting % self._stretch
        self.pending = [steps[whole:]] if whole < waiting else []
        starts = np.arange(0, whole, self._stretch)
        lengths = np.diff(starts, append=whole)
        minimum = np.minimum.reduceat(steps[:whole], starts)
        maximum = np.maximum.reduceat(steps[:whole], starts)
        # in float64, since a sum of large float32 losses may be inf
        total = np.add.reduceat(steps[:whole], starts, dtype=np.float64)
        mean = total / lengths[:, None, None]
        first_step = last_step - waiting + 1
        return [
            LossTrace(first_step + int(start), first_step + int(start + length) - 1, *values)
            for start, length, *values in zip(starts, lengths, minimum, mean, maximum, strict=True)
        ]
