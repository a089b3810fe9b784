"""The horizontal axis that every histogram of a dashboard shares: range, columns, ticks, marks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from objtui.measures.histogram import BINS, LOGIT_EDGES, rebin, rebin_probability
from objtui.measures.scores import SATURATED_LOGIT, SATURATED_P
from objtui.runs.history import Moment
from objtui.ui.theme import Theme

Floats = npt.NDArray[np.float64]

MIN_REACH = 6.0
"""The axis reaches at least from minus this logit to this logit."""

MAX_REACH = 120.0
"""It reaches no further than this, so that a head on its way to infinity does not squeeze the
others into one column. float32 has no p > 0 below about −104; what lies outside is counted."""

_TAIL = 0.0005  # share of a class's rows that may lie outside, at either end
_ENDS = (MIN_REACH, 8.0, 10.0, 12.0, 15.0, 20.0, 25.0, 30.0, 40.0, 50.0, 60.0, 80.0, 100.0)
_SYMMETRIC_FROM = 0.75  # shorter over longer side from which both get the longer one's length
_DUST = 1e-13  # of a histogram's rows: below it, a spread count is rounding alone
_LABEL_SPACING = 7  # cells from tick to tick at least

SIGMOID_IS_ONE = {
    "bfloat16": (6.25, "6.25"),
    "float32": (16.6357, "16.6"),
    "float64": (36.7369, "36.7"),
}
"""By dtype, the logit from which its sigmoid is exactly 1, and how that is written."""


class AxisRange:
    """The logits that the axis shows: over all moments so far, so for the same heads it only grows.

    A head that is not shown has no say, but comes in with all of its moments when it is shown.
    """

    def __init__(self) -> None:
        self._reaches: Floats = np.empty((0, 2))  # by head, how far it goes down and up
        self._ends: dict[frozenset[int], tuple[float, float]] = {}  # by the heads that are shown

    def update(self, moment: Moment) -> None:
        """Take in a new moment.

        Afterwards the range of any heads covers the central 99.9 % of their rows of every class,
        as far as `MAX_REACH`. A head of which a seed has diverged by then has no say.
        """
        reaches = _reaches(moment)
        if len(self._reaches) < len(reaches):
            self._reaches = np.zeros_like(reaches)
        self._reaches = np.maximum(self._reaches, reaches)

    def ends_of(self, shown: Sequence[int]) -> tuple[float, float]:
        """Both ends, as panels take them, for the heads that are shown; of all where none is."""
        heads = frozenset(shown)
        low, high = self._ends.get(heads, (-MIN_REACH, MIN_REACH))
        measured = [head for head in shown if head < len(self._reaches)]
        reaches = self._reaches[measured] if heads else self._reaches
        if reaches.any():
            down, up = (_end(float(reach)) for reach in reaches.max(axis=0))
            longer = max(down, up)
            if min(down, up) >= _SYMMETRIC_FROM * longer:
                down = up = longer
            low, high = min(low, -down), max(high, up)
        self._ends[heads] = low, high
        return low, high


def _reaches(moment: Moment) -> Floats:
    """By head, how far its rows go below and above 0: (heads, 2), 0 where it has no say."""
    counts = moment.counts.astype(np.int64)  # (heads, 2, CELLS)
    # Where p was exactly 0 or 1 there is no logit to reach for: notes at the edges tell of them.
    inside = counts[..., 1:-1].sum(axis=(1, 2), keepdims=True)  # (heads, 1, 1)
    counts[..., [0, -1]] *= inside == 0
    up_to = np.cumsum(counts, axis=-1)
    rows = up_to[..., -1:]
    first = (up_to > _TAIL * rows).argmax(axis=-1)  # (heads, 2)
    last = (up_to >= (1 - _TAIL) * rows).argmax(axis=-1)
    low = -LOGIT_EDGES[np.maximum(first - 1, 0)]
    high = LOGIT_EDGES[np.minimum(last, BINS)]
    counted = (rows[..., 0] > 0) & ~moment.diverged.any(axis=1, keepdims=True)
    of_classes = np.stack([np.where(counted, end, 0.0) for end in (low, high)], axis=-1)
    reaches: Floats = np.maximum(of_classes, 0.0).max(axis=1)  # over the classes
    return reaches


def _end(reach: float) -> float:
    return next((end for end in _ENDS if end >= reach), MAX_REACH)


@dataclass(frozen=True, slots=True)
class Spread:
    """Counts over the bins of an axis.

    Attributes:
        inside: (..., bins).
        below, above: (...), what lies outside.
    """

    inside: Floats
    below: Floats
    above: Floats

    def of(self, index: int) -> Spread:
        """One entry of the first axis."""
        return Spread(self.inside[index], self.below[index], self.above[index])

    def summed(self) -> Spread:
        """The sums over the first axis."""
        return Spread(self.inside.sum(axis=0), self.below.sum(axis=0), self.above.sum(axis=0))


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis on a line of cells: of logits from `low` to `high`, or of p from 0 to 1.

    Attributes:
        dtype: the run's number format; it decides where the sigmoid is exactly 1.
    """

    low: float
    high: float
    cells: int
    probability: bool
    dtype: str

    @classmethod
    def of(cls, ends: tuple[float, float], cells: int, probability: bool, dtype: str) -> Axis:
        """The axis that a person has chosen."""
        low, high = (0.0, 1.0) if probability else ends
        return cls(low, high, cells, probability, dtype)

    def cell(self, value: float) -> int | None:
        """The cell in which a value lies; None outside. The last cell holds the upper end."""
        if not self.low <= value <= self.high:
            return None
        return min(int((value - self.low) / (self.high - self.low) * self.cells), self.cells - 1)

    def spread(self, counts: npt.ArrayLike, bins: int) -> Spread:
        """Counts `(..., CELLS)` over `bins` equal bins; every p lies inside."""
        edges = np.linspace(self.low, self.high, bins + 1)
        cells = (rebin_probability if self.probability else rebin)(counts, edges)
        cells[cells <= _DUST * cells.sum(axis=-1, keepdims=True)] = 0.0
        inside, below, above = cells[..., 1:-1], cells[..., 0], cells[..., -1]
        if self.probability:
            inside[..., 0] += below
            inside[..., -1] += above
            below, above = np.zeros_like(below), np.zeros_like(above)
        return Spread(inside, below, above)

    def marks(self) -> list[tuple[int, str]]:
        """(cell, label) where saturation begins on either side and where the sigmoid is 1."""
        if self.probability:
            values = [(SATURATED_P, ".01"), (1 - SATURATED_P, ".99")]
        else:
            shown = f"{SATURATED_LOGIT:.1f}"
            values = [(-SATURATED_LOGIT, "-" + shown), (SATURATED_LOGIT, shown)]
            values += [SIGMOID_IS_ONE[self.dtype]] if self.dtype in SIGMOID_IS_ONE else []
        cells = [(self.cell(value), label) for value, label in values]
        return [(cell, label) for cell, label in cells if cell is not None]

    def ticks(self) -> list[tuple[int, str]]:
        """(cell, label) at both ends, then at round values, as dense as labels allow."""
        steps = (0.1, 0.2, 0.5) if self.probability else (1, 2, 5, 10, 20, 50, 100)
        a_cell = (self.high - self.low) / self.cells
        step = next((step for step in steps if step >= _LABEL_SPACING * a_cell), steps[-1])
        numbers = range(math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9) + 1)
        values = dict.fromkeys([self.low, self.high, *(number * step for number in numbers)])
        cells = [(self.cell(value), f"{value:.3g}".replace("0.", ".")) for value in values]
        return [(cell, label) for cell, label in cells if cell is not None]

    def line(self, theme: Theme) -> str:
        """The axis itself, with its ticks and marks."""
        rule, tick, mark = "-+|" if theme.glyphs == "ascii" else "─┬┼"
        line = [rule] * self.cells
        for cell, _ in self.ticks():
            line[cell] = tick
        for cell, _ in self.marks():
            line[cell] = mark
        return "".join(line)

    def guides(self, theme: Theme) -> str:
        """A line of what runs from top to bottom at the marks."""
        line = [" "] * self.cells
        for cell, _ in self.marks():
            line[cell] = "|" if theme.glyphs == "ascii" else "┊"
        return "".join(line)

    def labels(self, theme: Theme) -> str:
        """The bottom of the frame: the numbers of marks, then of ticks, that have room."""
        line = ["-" if theme.glyphs == "ascii" else "─"] * self.cells
        occupied = [False] * self.cells
        for cell, label in self.marks() + self.ticks():
            start = max(0, min(cell - (len(label) - 1) // 2, self.cells - len(label)))
            end = start + len(label)
            around = slice(max(0, start - 1), end + 1)
            if any(occupied[around]):
                continue
            line[around] = " " * len(line[around])
            line[start:end] = label.replace("-", theme.minus)
            occupied[start:end] = [True] * len(label)
        return "".join(line)
