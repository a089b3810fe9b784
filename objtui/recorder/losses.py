"""The training loss of every step, folded into stretches, of a training of unknown length."""

from __future__ import annotations

import math
import threading

import numpy as np

from objtui.measures.frames import LossTrace

MAX_STRETCHES = 1000
"""So many stretches of one length; then they become twice as long."""


class LossFolder:
    """Folds losses as they come, in any order of steps; what is whole waits to be taken.

    A stretch goes upward in its steps: where the user's step falls back, another begins.
    Steps are added by one thread and taken by another.
    """

    def __init__(self, heads: int, steps: int | None) -> None:
        self._heads = heads
        self._length = 1 if steps is None else -(-steps // MAX_STRETCHES)
        self._whole = 0  # stretches of this length so far
        self._lock = threading.Lock()
        self._waiting: list[LossTrace] = []
        self._step: int | None = None
        self._clear()

    def _clear(self) -> None:
        self._first = self._last = 0
        self._steps = 0
        # By head: losses, their sum, the least and the largest.
        self._folded = [[0.0, 0.0, math.inf, -math.inf] for _ in range(self._heads)]

    def add(self, step: int, head: int, loss: float) -> None:
        """Take the mean loss of a batch of a head."""
        with self._lock:
            if step != self._step:
                if self._steps and (self._steps >= self._length or step < self._last):
                    self._end()
                self._step = self._last = step
                self._first = step if self._steps == 0 else self._first
                self._steps += 1
            folded = self._folded[head]
            folded[0] += 1
            folded[1] += loss
            if math.isnan(loss):  # which stays
                folded[2] = folded[3] = math.nan
            elif loss < folded[2]:
                folded[2] = loss
            folded[3] = max(folded[3], loss)

    def take(self, *, all_of_it: bool = False) -> list[LossTrace]:
        """The stretches that have become whole since the last call; at the end also the last."""
        with self._lock:
            if all_of_it and self._steps:
                self._end()
                self._step = None
            waiting, self._waiting = self._waiting, []
        return waiting

    def _end(self) -> None:
        columns = []
        for count, total, least, largest in self._folded:
            columns.append(
                (least, total / count, largest) if count else (math.nan, math.nan, math.nan)
            )
        minimum, mean, maximum = np.array(columns).T[:, :, None]  # (heads, 1) each
        self._waiting.append(
            LossTrace(max(self._first, 1), max(self._last, 1), minimum, mean, maximum)
        )
        self._whole += 1
        if self._whole == MAX_STRETCHES:
            self._whole, self._length = 0, 2 * self._length
        self._clear()
