"""A score over the seeds of a head: its mean and how far seeds lie apart; the best of means."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from objtui.measures.scores import Score

ALIKE = 1e-4
"""Of their size, what values that are alike differ by at most: no colours tell them apart."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean and sample standard deviation over seeds; sd is NaN for a single one."""

    mean: float
    sd: float


def spread(values: npt.ArrayLike) -> Spread:
    """The spread of `(seeds,)` values: not finite where one of them is not."""
    array = np.asarray(values, dtype=np.float64)
    if array.size == 0:
        return Spread(math.nan, math.nan)
    with np.errstate(all="ignore"):  # numpy's own mean and deviation are slow for few
        mean = float(np.add.reduce(array)) / array.size
        if array.size == 1:
            return Spread(mean, math.nan)
        off = array - mean
        return Spread(mean, math.sqrt(float(np.add.reduce(off * off)) / (array.size - 1)))


def are_alike(values: npt.ArrayLike) -> bool:
    """Whether the finite ones of values are alike, see `ALIKE`; so are none, and a single one."""
    array = np.asarray(values, dtype=np.float64)
    finite = array[np.isfinite(array)]
    if not finite.size:
        return True
    low, high = float(finite.min()), float(finite.max())
    return high - low <= ALIKE * max(abs(low), abs(high))


def best_place(score: Score, means: Sequence[float]) -> int | None:
    """Where the best of some means stands, the most where no value is better.

    Those that are not finite do not count; None where the others are alike, so that none is best.
    """
    there = [place for place, mean in enumerate(means) if math.isfinite(mean)]
    if are_alike([means[place] for place in there]):
        return None
    return min(there, key=lambda place: score.shortfall(means[place]))
