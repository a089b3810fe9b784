"""The axis that every histogram of a dashboard shares: places, bins, ticks, marks, their words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from objtui.measures.histogram import rebin, rebin_probability
from objtui.measures.logit_axis import BEND, MAX_LINEAR, SIGMOID_IS_ONE, LogitScale
from objtui.measures.scores import SATURATED_LOGIT, SATURATED_P
from objtui.ui.charts.label_line import LabelLine
from objtui.ui.theme import Theme

Floats = npt.NDArray[np.float64]

_DUST = 1e-13  # of a histogram's rows: below it, a spread count is rounding alone
_LABEL_SPACING = 7  # cells from tick to tick at least
_DECADES = (0.0, 10.0, 100.0, 1000.0, 20.0, 50.0, 200.0, 500.0, 5.0, 2.0, 1.0)
_MIN_CELLS = 6  # of an axis from which some of them are kept for what lies beyond it
_KEPT = 16  # lines of axes: every panel of a row asks for those of one
_SHIFT = 2  # cells that the label of a mark may stand further out than the mark


@dataclass(frozen=True, slots=True)
class Spread:
    """Counts over the bins of an axis.

    Attributes:
        inside: (..., bins).
        below, above: (...), what lies beyond its ends.
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
    """An axis on a line of cells: of logits from `low` to `high`, as LogitScale, or of p.

    Attributes:
        dtype: the run's number format; it decides where the sigmoid is exactly 1.
        below, above: cells kept at either end for what lies beyond it; 0 for none.
        gap: how many of these stay blank, next to the axis itself.
    """

    low: float
    high: float
    cells: int
    probability: bool
    dtype: str
    below: int = 0
    above: int = 0
    gap: int = 0

    @classmethod
    def of(
        cls,
        ends: tuple[float, float],
        cells: int,
        probability: bool,
        dtype: str,
        beyond: tuple[bool, bool] = (False, False),
        gap: int = 1,
    ) -> Axis:
        """The axis that a person has chosen; `beyond`: whether rows lie below and above it."""
        if probability:
            return cls(0.0, 1.0, cells, True, dtype)
        kept = 1 + gap if cells >= _MIN_CELLS else 0
        below, above = (kept if some else 0 for some in beyond)
        return cls(*ends, cells, False, dtype, below, above, gap)

    @property
    def inner(self) -> int:
        """Cells from the low end to the high one."""
        return max(self.cells - self.below - self.above, 1)

    @property
    def is_linear(self) -> bool:
        """Whether values lie evenly."""
        return self.probability or max(-self.low, self.high) <= MAX_LINEAR

    @property
    def names(self) -> list[str]:
        """What it is an axis of, from long to short."""
        if self.probability:
            return ["p = sigmoid(z)", "p"]
        if self.is_linear:
            return ["logit z", "z"]
        return ["logit z, log scale far from 0", "logit z, log scale", "logit z", "z"]

    def place(self, values: npt.ArrayLike) -> Floats:
        """Where values lie, 0 at the low end and 1 at the high one."""
        return LogitScale(self.low, self.high).place(values)

    def cell(self, value: float) -> int | None:
        """The cell in which a value lies; None beyond. The last cell holds the upper end."""
        if not self.low <= value <= self.high:
            return None
        low, high, at = self.low, self.high, value
        if not self.is_linear:  # as `place`, for one value and without the cost of arrays
            low, high, at = (math.asinh(each / BEND) for each in (low, high, at))
        inside = min(int((at - low) / (high - low) * self.inner + 1e-9), self.inner - 1)
        return self.below + inside

    def edges(self, bins: int) -> Floats:
        """The edges of so many bins of one width on the axis: (bins + 1,)."""
        return LogitScale(self.low, self.high).edges(bins)

    def spread(self, counts: npt.ArrayLike, bins: int) -> Spread:
        """Counts `(..., CELLS)` over `bins` bins of one width; every p lies inside."""
        cells = (rebin_probability if self.probability else rebin)(counts, self.edges(bins))
        cells[cells <= _DUST * cells.sum(axis=-1, keepdims=True)] = 0.0
        inside, below, above = cells[..., 1:-1], cells[..., 0], cells[..., -1]
        if self.probability:
            inside[..., 0] += below
            inside[..., -1] += above
            below, above = np.zeros_like(below), np.zeros_like(above)
        return Spread(inside, below, above)

    def columns(self, spread: Spread) -> Floats:
        """All rows over the whole line: (..., bins) → (..., cells · bins a cell).

        What lies beyond an end fills the cell that is kept for it, or counts to the last bin.
        """
        inside = spread.inside
        fine = inside.shape[-1] // self.inner
        columns = np.zeros((*inside.shape[:-1], self.cells * fine))
        columns[..., self.below * fine : (self.below + self.inner) * fine] = inside
        columns[..., : max(self.below - self.gap, 1) * fine] += spread.below[..., None]
        columns[..., -max(self.above - self.gap, 1) * fine :] += spread.above[..., None]
        return columns

    def marks(self) -> list[tuple[int, str]]:
        """(cell, label) where saturation begins on either side and where the sigmoid is 1."""
        return [(cell, label) for cell, label, _ in self._marks()]

    def mark_words(self) -> list[tuple[int, list[str]]]:
        """(cell, what its mark means from long to short); none of p, whose labels say it."""
        return [(cell, words) for cell, _, words in self._marks() if words]

    def ticks(self, spacing: int = _LABEL_SPACING) -> list[tuple[int, str]]:
        """(cell, label) at 0 and both ends, then at round values, so many cells apart or more."""
        if self.is_linear:
            steps = (0.1, 0.2, 0.5) if self.probability else (1, 2, 5, 10, 20, 50, 100)
            a_cell = (self.high - self.low) / self.inner
            step = next((step for step in steps if step >= spacing * a_cell), steps[-1])
            first, last = (end / step for end in (self.low, self.high))
            numbers = range(math.ceil(first - 1e-9), math.floor(last + 1e-9) + 1)
            values = [number * step for number in numbers]
        else:
            values = [sign * size for size in _DECADES for sign in (-1, 1)]
        cells: dict[int, str] = {}
        least = 1 if self.is_linear else spacing - 1
        for value in (0.0, self.low, self.high, *values):
            cell = self.cell(value)
            if cell is not None and (
                value in (0.0, self.low, self.high)
                or all(abs(cell - other) >= least for other in cells)
            ):
                cells.setdefault(cell, _label(value))
        return list(cells.items())

    def line(self, theme: Theme) -> str:
        """The axis itself, with its ticks and marks."""
        return _line(self, theme)

    def guides(self, theme: Theme) -> str:
        """A line of what runs from top to bottom at the marks."""
        return _guides(self, theme)

    def labels(self, theme: Theme) -> str:
        """The bottom of the frame: 0, both ends, marks, its name, and ticks that have room."""
        return _labels(self, theme)

    def _marks(self) -> list[tuple[int, str, list[str]]]:
        of_values: list[tuple[float, str, list[str]]] = []
        if self.probability:
            of_values += [(SATURATED_P, ".01", []), (1 - SATURATED_P, ".99", [])]
        else:
            shown = f"{SATURATED_LOGIT:.1f}"
            of_values += [
                (-SATURATED_LOGIT, "-" + shown, ["p = .01", "p .01", ".01"]),
                (SATURATED_LOGIT, shown, ["p = .99", "p .99", ".99"]),
            ]
            if self.dtype in SIGMOID_IS_ONE:
                value, label = SIGMOID_IS_ONE[self.dtype]
                one = [f"sigmoid = 1 in {self.dtype}", "sigmoid = 1", "p = 1"]
                of_values.append((value, label, one))
        placed = [(self.cell(value), label, words) for value, label, words in of_values]
        return [(cell, label, words) for cell, label, words in placed if cell is not None]


def _label(value: float) -> str:
    return "0" if value == 0 else f"{value:.4g}".replace("0.", ".")


@lru_cache(maxsize=_KEPT)
def _line(axis: Axis, theme: Theme) -> str:
    rule, tick, mark = "-+|" if theme.glyphs == "ascii" else "─┬┼"
    left, right = "<>" if theme.glyphs == "ascii" else "‹›"
    line = [rule] * axis.cells
    for cell, _ in axis.ticks():
        line[cell] = tick
    for cell, _ in axis.marks():
        line[cell] = mark
    if axis.below:
        line[: axis.below] = left * (axis.below - axis.gap) + " " * axis.gap
    if axis.above:
        line[-axis.above :] = " " * axis.gap + right * (axis.above - axis.gap)
    return "".join(line)


@lru_cache(maxsize=_KEPT)
def _guides(axis: Axis, theme: Theme) -> str:
    line = [" "] * axis.cells
    for cell, _ in axis.marks():
        line[cell] = "|" if theme.glyphs == "ascii" else "┊"
    return "".join(line)


@lru_cache(maxsize=_KEPT)
def _labels(axis: Axis, theme: Theme) -> str:
    ticks = axis.ticks()
    zero = axis.cell(0.0) or 0
    ends = [(cell, label, 0) for cell, label in ticks[:3]]
    marks = [(c, label, -_SHIFT if c < zero else _SHIFT) for c, label in axis.marks()]
    further = [(cell, label, 0) for cell, label in ticks[3:]]
    first, second = (marks, ends) if axis.probability else (ends, marks)
    # Where room lacks, the name goes before ticks, and before marks.
    line = LabelLine(axis.cells, theme)
    for before, after in (
        ([*first, *second, *further], []),
        ([*first, *second], further),
        (first, [*second, *further]),
    ):
        line = LabelLine(axis.cells, theme)
        line.put_all(before)
        # Of p the short name is enough for every tick to stay.
        whole = axis.names if axis.probability else axis.names[:-1]
        named = line.put_in_gap(axis.names[-2:] if after else whole)
        line.put_all(after)
        if named:
            break
    return line.text
