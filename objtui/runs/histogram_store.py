"""The histograms of a run over its steps, in bounded memory."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from objtui.measures.histogram import CELLS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MAX_MOMENTS = 512
"""Moments kept; a head takes 1.8 MB of them, 12 heads 22 MB."""

MAX_RECENT = 64
"""So many latest moments are never dropped."""

_FIRST_ROOM = 32


@dataclass(frozen=True, eq=False, slots=True)
class HistogramSeries:
    """The histograms of one head over steps, summed over seeds.

    Attributes:
        steps: (moments,), ascending.
        counts: (moments, 2, CELLS), negatives first.
    """

    steps: Ints
    counts: npt.NDArray[np.integer]


class HistogramStore:
    """Takes the histograms of moments in any order and keeps some, spread over the steps.

    What is kept are whole moments, so that each adds up to the rows. Once there are `most`, the
    one between the nearest neighbours goes, near by their steps and by the logarithm of them, so
    that both kinds of axis stay filled; never the first, and none of the latest `recent`. Which
    ones are kept depends on what was added, and in which order, alone.
    """

    def __init__(self, heads: int, most: int = MAX_MOMENTS, recent: int = MAX_RECENT) -> None:
        """`most` is at least `recent` + 2."""
        self._most = most
        self._recent = recent
        self._steps: list[int] = []
        self._slots: list[int] = []  # where the counts of each step stand
        self._free: list[int] = []
        self._counts: npt.NDArray[np.integer] = np.empty((0, heads, 2, CELLS), dtype=np.int32)

    def __len__(self) -> int:
        return len(self._steps)

    @property
    def steps(self) -> Ints:
        """Steps of the kept moments, ascending: (moments,)."""
        return np.array(self._steps, dtype=np.int64)

    def add(self, step: int, counts: npt.NDArray[np.integer]) -> None:
        """Take the counts (heads, 2, CELLS) of a step; they replace those it had."""
        if self._counts.dtype == np.int32 and counts.max(initial=0) > np.iinfo(np.int32).max:
            self._counts = self._counts.astype(np.int64)  # few runs have so many rows in a cell
        at = bisect_left(self._steps, step)
        if at < len(self._steps) and self._steps[at] == step:
            self._counts[self._slots[at]] = counts
            return
        if len(self._steps) >= self._most:
            dropped = self._most_crowded()
            del self._steps[dropped]
            self._free.append(self._slots.pop(dropped))
            at = bisect_left(self._steps, step)
        slot = self._room()
        self._counts[slot] = counts
        self._steps.insert(at, step)
        self._slots.insert(at, slot)

    def series(self, head: int) -> HistogramSeries:
        """What is kept of one head."""
        return HistogramSeries(self.steps, self._counts[self._slots, head])

    def _room(self) -> int:
        if not self._free:
            room = len(self._counts)
            more = min(max(room, _FIRST_ROOM), self._most - room)
            self._counts = np.concatenate(
                [self._counts, np.empty((more, *self._counts.shape[1:]), dtype=self._counts.dtype)]
            )
            self._free = list(range(room + more - 1, room - 1, -1))
        return self._free.pop()

    def _most_crowded(self) -> int:
        """Position of the moment between the nearest neighbours."""
        steps = np.array(self._steps, dtype=np.float64)
        logs = np.log1p(np.maximum(steps, 0.0))
        around = sum(
            (places[2:] - places[:-2]) / (places[-1] - places[0]) for places in (steps, logs)
        )
        return 1 + int(np.argmin(np.asarray(around)[: len(steps) - 1 - self._recent]))
