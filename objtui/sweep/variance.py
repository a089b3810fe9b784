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

from objtui.measures.f_distribution import f_tail
from objtui.measures.spread import are_alike
from objtui.sweep.cells import CellResult
from objtui.sweep.halving import STOPPED_EARLY
from objtui.sweep.plan import Factor

LEVEL = 0.05
"""What chance alone gives more often than this is noise."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FactorShare:
    """What a factor does to a score.

    Attributes:
        share: of the variance, in [0, 1].
        within_noise: whether it is not told apart from the spread over seeds: the F tests of its
            mean square against that within cells, and of what it does together with the others,
            are both above LEVEL. Where the latter is below, the factor matters, if only in some
            cells, whatever it does on the average. False where there is a single seed.
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
    """Shares of a full grid's score; None where a cell or value is missing, or all are alike.

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
    """Shares of values (…, values of each factor, seeds); None where all are alike."""
    if are_alike(table):
        return None
    total = float(np.square(table - table.mean()).sum())
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
    cells = table.mean(-1)  # (…, values of each factor)
    seeds = table.shape[-1]
    values = cells.shape[axis]
    freedom = table.size - cells.size
    if freedom == 0 or values < 2:
        return False
    within = float(np.square(table - cells[..., None]).sum()) / freedom
    others = tuple(place for place in range(cells.ndim) if place != axis)
    means = cells.mean(others, keepdims=True)
    alone = seeds * cells.size / values * float(np.square(means - cells.mean()).sum())
    # All that changes with the factor where the others stay as they are.
    changes = seeds * float(np.square(cells - cells.mean(axis, keepdims=True)).sum())
    tests = [
        (alone, values - 1),
        (max(0.0, changes - alone), cells.size - cells.size // values - (values - 1)),
    ]
    return all(_is_chance(squares, of, within, freedom) for squares, of in tests if of)


def _is_chance(squares: float, freedom: int, within: float, below: int) -> bool:
    """Whether a sum of squares is no more than the mean square within cells explains."""
    if within <= 0:
        return squares <= 0
    return f_tail(squares / freedom / within, freedom, below) > LEVEL
