"""How sure a mean over seeds is: 95 % intervals by Student's t."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

_EXACT = (
    *(12.7062047, 4.3026527, 3.1824463, 2.7764451, 2.5705818, 2.4469119),
    *(2.3646243, 2.3060041, 2.2621572, 2.2281389, 2.2009852, 2.1788128),
)
_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with its 95 % interval.

    Attributes:
        low, high: NaN where there is one value, which says nothing of its spread.
        seeds: how many values the mean is of.
    """

    mean: float
    low: float
    high: float
    seeds: int

    @property
    def above(self) -> float:
        """What the mean is surely above: `low`, or the mean itself where there is no interval."""
        return self.mean if math.isnan(self.low) else self.low

    @property
    def below(self) -> float:
        """What the mean is surely below, likewise."""
        return self.mean if math.isnan(self.high) else self.high

    @property
    def half(self) -> float:
        """Half of the width of the interval, NaN where there is none."""
        return (self.high - self.low) / 2

    @property
    def inside_noise(self) -> bool:
        """Of a difference: whether its interval contains 0; False where there is none."""
        return self.low <= 0 <= self.high


def estimate(values: npt.ArrayLike) -> Estimate:
    """Mean and 95 % t interval of `(seeds,)` values; NaN where one of them is not finite.

    Of differences of values of the same seeds it is the interval of the paired t-test.
    """
    array = np.asarray(values, dtype=np.float64)
    if not array.size or not np.isfinite(array).all():
        return Estimate(math.nan, math.nan, math.nan, array.size)
    mean = float(np.add.reduce(array)) / array.size
    if array.size == 1:
        return Estimate(mean, math.nan, math.nan, 1)
    off = array - mean
    variance = float(np.add.reduce(off * off)) / (array.size - 1)  # numpy's own is slow for few
    half = student(array.size - 1) * math.sqrt(variance) / math.sqrt(array.size)
    return Estimate(mean, mean - half, mean + half, array.size)


def estimate_share(values: npt.ArrayLike) -> Estimate:
    """The same of values from 0 to 1, as shares are; the interval stays there too."""
    each = estimate(values)
    return replace(each, low=_between_0_and_1(each.low), high=_between_0_and_1(each.high))


def _between_0_and_1(bound: float) -> float:
    return bound if math.isnan(bound) else min(max(bound, 0.0), 1.0)


def paired_difference(values: npt.ArrayLike, reference: npt.ArrayLike) -> Estimate:
    """By how much values are above a reference, `(seeds,)` each, of the same seeds in one order.

    The interval is that of the paired t-test. Seeds that are not finite in both are left out.
    """
    here, there = np.asarray(values, np.float64), np.asarray(reference, np.float64)
    both = np.isfinite(here) & np.isfinite(there)
    return estimate(here[both] - there[both])


def unpaired_difference(values: npt.ArrayLike, reference: npt.ArrayLike) -> Estimate:
    """The same of values whose seeds have nothing in common: `(seeds,)` each, of any number.

    The interval is that of Welch's t-test, its degrees of freedom rounded down, which makes it
    no narrower. Seeds that are not finite are left out.
    """
    here, there = (np.asarray(each, np.float64) for each in (values, reference))
    here, there = here[np.isfinite(here)], there[np.isfinite(there)]
    seeds = min(len(here), len(there))
    if not seeds:
        return Estimate(math.nan, math.nan, math.nan, 0)
    mean = float(here.mean() - there.mean())
    if seeds < 2:
        return Estimate(mean, math.nan, math.nan, seeds)
    parts = [float(each.var(ddof=1)) / len(each) for each in (here, there)]
    squares = sum(
        part**2 / (len(each) - 1) for part, each in zip(parts, (here, there), strict=True)
    )
    freedom = max(int(sum(parts) ** 2 / squares), 1) if squares > 0 else seeds - 1
    half = student(freedom) * math.sqrt(sum(parts))
    return Estimate(mean, mean - half, mean + half, seeds)


def student(freedom: int) -> float:
    """The 97.5 % point of Student's t.

    Beyond those listed by its expansion about the normal distribution (Abramowitz and Stegun
    26.7.5), good to six digits there.
    """
    if freedom <= len(_EXACT):
        return _EXACT[freedom - 1]
    z, n = _Z, freedom
    return (
        z
        + (z**3 + z) / (4 * n)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * n**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * n**3)
        + (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / (92160 * n**4)
    )
