"""Which share of the variance of a score each factor of a sweep has, and which the seeds.

The analysis of variance of a full grid with as many seeds in every cell (Montgomery, Design and
Analysis of Experiments, chapter 5): there the sums of squares of factors, of what they do together,
and of seeds within cells are independent parts of the whole, and add up to it exactly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from objtui.measures.intervals import paired_difference
from objtui.sweep.cells import CellResult
from objtui.sweep.halving import STOPPED_EARLY
from objtui.sweep.plan import Factor

STUDENTIZED_RANGE = {
    2: 2.77, 3: 3.31, 4: 3.63, 5: 3.86, 6: 4.03, 7: 4.17, 8: 4.29, 9: 4.39, 10: 4.47,
}  # fmt: skip
"""Its 95 % points for so many means and many seeds (Tukey, 1949): the best and the worst of several
values lie further apart by chance than any two of them."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FactorShare:
    """What a factor does to a score.

    Attributes:
        share: of the variance, in [0, 1].
        within_noise: whether its best and its worst value differ by less than seeds, and what the
            other factors change in it, explain: the 95 % interval paired by seed and cell, wider
            where there are more values; False where there is a single seed.
    """

    key: str
    share: float
    within_noise: bool


@dataclass(frozen=True, slots=True)
class VarianceShares:
    """Shares of the variance of a score over all cells and seeds; they add up to 1.

    Attributes:
        factors: of each by itself.
        together: of what factors do together, beyond that.
        seeds: of the seeds within cells.
    """

    factors: tuple[FactorShare, ...]
    together: float
    seeds: float


def variance_shares(
    factors: Sequence[Factor], cells: Sequence[CellResult], head: str, score: str
) -> VarianceShares | None:
    """Shares of a full grid's score; None where a cell or value is missing, or all are equal.

    A cell that was stopped early has no value either: it is not as far as the others.
    `cells` are in the order of the grid, whose last factor runs fastest.
    """
    shape = tuple(len(factor.values) for factor in factors)
    values = [cell.values(head, score) for cell in cells]
    counts = {len(of_cell) for of_cell in values}
    if any(cell.state == STOPPED_EARLY for cell in cells):
        return None
    if len(values) != math.prod(shape) or len(counts) != 1 or 0 in counts:
        return None
    table = np.array(values, np.float64).reshape(*shape, -1)  # (…, values of each factor, seeds)
    if not np.isfinite(table).all():
        return None
    return shares_of(table, [factor.key for factor in factors])


def shares_of(table: Floats, keys: Sequence[str]) -> VarianceShares | None:
    """Shares of values (…, values of each factor, seeds); None where all are equal."""
    total = float(np.square(table - table.mean()).sum())
    if total <= 0:
        return None
    seeds = float(np.square(table - table.mean(-1, keepdims=True)).sum())
    of_factors = []
    for axis, key in enumerate(keys):
        others = tuple(place for place in range(table.ndim) if place != axis)
        means = table.mean(others)  # (values of the factor,)
        squares = float(np.square(means - table.mean()).sum()) * table.size / len(means)
        of_factors.append(FactorShare(key, squares / total, _is_noise(table, axis)))
    together = 1 - seeds / total - sum(each.share for each in of_factors)
    return VarianceShares(tuple(of_factors), max(0.0, together), seeds / total)


def _is_noise(table: Floats, axis: int) -> bool:
    of_values = np.moveaxis(table, axis, 0).reshape(table.shape[axis], -1)
    means = of_values.mean(-1)  # (values of the factor,)
    best, worst = of_values[means.argmax()], of_values[means.argmin()]
    difference = paired_difference(best, worst)
    if table.shape[-1] == 1:
        return False
    if math.isnan(difference.half):
        return False
    values = min(len(means), max(STUDENTIZED_RANGE))
    wider = STUDENTIZED_RANGE[values] / STUDENTIZED_RANGE[2]
    return abs(difference.mean) <= wider * difference.half
