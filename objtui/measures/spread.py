"""A score over the seeds of a head, and whether two heads differ by more than seeds explain."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

ERRORS = 2.0
"""Standard errors within which a difference is taken for chance: about 95 % for many seeds."""


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
    with np.errstate(all="ignore"):
        sd = float(np.std(array, ddof=1)) if array.size > 1 else math.nan
        return Spread(float(np.mean(array)), sd)


@dataclass(frozen=True, slots=True)
class Difference:
    """A head's mean score minus that of the reference.

    Attributes:
        mean: NaN where nothing can be compared.
        error: standard error of the mean over seeds; NaN for a single one.
        paired: whether seeds were compared one by one.
    """

    mean: float
    error: float
    paired: bool

    @property
    def spread(self) -> float:
        """Twice the standard error."""
        return ERRORS * self.error

    @property
    def inside(self) -> bool:
        """Whether it is none, or lies inside its spread; False where that is unknown."""
        return abs(self.mean) < self.spread or self.mean == 0


def paired_difference(values: Floats, reference: Floats) -> Difference:
    """The difference of heads that share seeds: (seeds,) each, in the same order.

    The standard error is that of the mean of the seeds' own differences, sd / √n, as in the
    paired t-test. Seeds that are not finite in both are left out.
    """
    both = np.isfinite(values) & np.isfinite(reference)
    return _of(values[both] - reference[both])


def _of(differences: Floats) -> Difference:
    count = len(differences)
    if not count:
        return Difference(math.nan, math.nan, True)
    error = float(differences.std(ddof=1)) / math.sqrt(count) if count > 1 else math.nan
    return Difference(float(differences.mean()), error, True)


def unpaired_difference(values: Floats, reference: Floats) -> Difference:
    """The difference of heads of several runs, whose seeds have nothing in common: (seeds,) each.

    The standard error is √(s₁²/n₁ + s₂²/n₂), as in Welch's t-test. Seeds that are not finite are
    left out.
    """
    here, there = values[np.isfinite(values)], reference[np.isfinite(reference)]
    if not len(here) or not len(there):
        return Difference(math.nan, math.nan, False)
    mean = float(here.mean() - there.mean())
    if len(here) < 2 or len(there) < 2:
        return Difference(mean, math.nan, False)
    variance = here.var(ddof=1) / len(here) + there.var(ddof=1) / len(there)
    return Difference(mean, math.sqrt(float(variance)), False)
